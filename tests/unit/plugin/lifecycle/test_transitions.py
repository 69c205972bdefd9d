from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from life_cycle_parts import NOW, ONE, TWO, asked, created, failure, success

from customresource_bridge.plugin.lifecycle import transitions
from customresource_bridge.plugin.lifecycle.plan import (
    Absent,
    Ask,
    CleanUp,
    Present,
    Settle,
    next_step,
)
from customresource_bridge.plugin.lifecycle.state import Pending, State
from customresource_bridge.protocol import RequestType, Response


def test_a_failed_update_is_asked_again_by_the_same_template() -> None:
    state = transitions.accept(asked(created(), Present(spec=TWO)), failure())
    assert isinstance(next_step(state, Present(spec=TWO)), Ask)


@pytest.mark.parametrize("answer", [success, failure])
def test_a_late_answer_tells_the_id(answer: Callable[[str], Response]) -> None:
    state = transitions.learn(transitions.give_up(asked(State(), Present(spec=ONE))), answer("late"))
    step = next_step(state, Absent())
    assert isinstance(step, Ask)
    assert step.physical_resource_id == "late"


@pytest.mark.parametrize("answer", [success, failure])
def test_an_update_that_made_another_thing_gets_a_second_delete(answer: Callable[..., Response]) -> None:
    state = asked(asked(created(), Present(spec=TWO), "u"), Absent(), "d")
    assert transitions.learn(state, answer("k1", request_id="u")).ids == {"k1"}, "nothing new"
    state = transitions.learn(state, answer("k2", request_id="u"))
    assert transitions.learn(state, answer("k2", request_id="u")) == state
    state = asked(transitions.accept(state, success()), Absent(), "d2")
    assert state.pending is not None
    assert state.pending.physical_resource_id == "k2"
    assert next_step(transitions.accept(state, success()), Absent()) == Settle()


@pytest.mark.parametrize("answer", [success, failure])
def test_a_create_answered_while_its_delete_is_out_gets_a_second_delete(answer: Callable[..., Response]) -> None:
    state = asked(asked(State(), Present(spec=ONE), "c"), Absent(), "d")
    state = transitions.learn(state, answer("half-1", request_id="c"))
    state = asked(transitions.accept(state, success()), Absent(), "d2")
    assert state.pending is not None
    assert state.pending.physical_resource_id == "half-1"
    assert next_step(transitions.accept(state, success()), Absent()) == Settle()


def test_the_delete_after_a_failed_one_names_the_learnt_id() -> None:
    state = asked(asked(State(), Present(spec=ONE), "c"), Absent(), "d")
    state = transitions.accept(transitions.learn(state, failure("half-1", request_id="c")), failure())
    step = next_step(state, Absent())
    assert isinstance(step, Ask)
    assert step.physical_resource_id == "half-1"


def test_a_second_answer_s_other_id_goes_with_the_resource() -> None:
    state = transitions.learn(created(), failure("other"))
    assert next_step(state, Present(spec=ONE)) == Settle()
    assert next_step(state, CleanUp()) == Settle()
    step = next_step(state, Absent())
    assert isinstance(step, Ask)
    assert step.physical_resource_id == "other"


def test_what_a_delete_s_repeated_answer_names_is_not_deleted_again() -> None:
    state = transitions.accept(asked(created(), Absent(), "d"), success())
    assert transitions.learn(state, success("k1", request_id="d")) == state


def test_what_a_failed_update_names_goes_with_the_resource_and_not_before() -> None:
    state = transitions.accept(asked(created(), Present(spec=TWO)), failure("half-2"))
    assert next_step(state, CleanUp()) == Settle()
    step = next_step(state, Absent())
    assert isinstance(step, Ask)
    assert step.physical_resource_id == "half-2"


def test_a_late_update_s_other_thing_goes_in_the_clean_up() -> None:
    state = transitions.give_up(asked(created(), Present(spec=TWO), "u"))
    state = transitions.accept(asked(state, Present(spec=TWO), "u2"), success("k1"))
    state = transitions.learn(state, success("k2", request_id="u"))
    step = next_step(state, CleanUp())
    assert isinstance(step, Ask)
    assert step.physical_resource_id == "k2"


def test_a_request_that_was_never_sent_needs_no_delete() -> None:
    assert next_step(transitions.withdraw(asked(State(), Present(spec=ONE))), Absent()) == Settle()


def test_the_reason_of_a_timeout_names_request_handler_and_seconds_but_no_signature() -> None:
    pending = Pending(
        request_id="r1",
        request_type=RequestType.CREATE,
        spec=replace(ONE, service_token="zaqar:q?signature=secret"),
        traversal="op",
        asked_at=NOW,
        deadline=NOW + timedelta(seconds=30),
    )
    reason = transitions.timeout_reason(pending, sent=True)
    assert "r1" in reason
    assert "No answer" in reason
    assert "30 seconds" in reason
    assert "zaqar:q" in reason
    assert "secret" not in reason


def test_the_reason_says_where_a_request_was_never_sent_and_why() -> None:
    state = transitions.hinder(asked(State(), Present(spec=ONE)), "Zaqar is down")
    assert state.pending is not None
    reason = transitions.timeout_reason(state.pending, sent=False)
    assert reason.startswith("Could not send the Create request r ")
    assert reason.endswith("Zaqar is down")
    late = transitions.timeout_reason(state.pending, sent=True)
    assert late.startswith("No answer")
    assert late.endswith("at first it could not be sent: Zaqar is down")
