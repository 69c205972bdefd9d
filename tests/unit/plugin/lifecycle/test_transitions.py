import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from life_cycle_parts import ARN, NOW, ONE, TWO, accepted, asked, created, failure, identity, success

from customresource_bridge.plugin.lifecycle import transitions
from customresource_bridge.plugin.lifecycle.plan import (
    Absent,
    Ask,
    Checked,
    CleanUp,
    Goal,
    Present,
    Settle,
    next_step,
)
from customresource_bridge.plugin.lifecycle.spec import ReplacePolicy
from customresource_bridge.plugin.lifecycle.state import Pending, State
from customresource_bridge.protocol import RequestType, Response
from customresource_bridge.protocol.ids import default_physical_resource_id


def test_a_failed_update_is_asked_again_by_the_same_template() -> None:
    state = accepted(asked(created(), Present(spec=TWO)), failure())
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
    state = asked(accepted(state, success()), Absent(), "d2")
    assert state.pending is not None
    assert state.pending.physical_resource_id == "k2"
    assert next_step(accepted(state, success()), Absent()) == Settle()


@pytest.mark.parametrize("answer", [success, failure])
def test_a_create_answered_while_its_delete_is_out_gets_a_second_delete(answer: Callable[..., Response]) -> None:
    state = asked(asked(State(), Present(spec=ONE), "c"), Absent(), "d")
    state = transitions.learn(state, answer("half-1", request_id="c"))
    state = asked(accepted(state, success()), Absent(), "d2")
    assert state.pending is not None
    assert state.pending.physical_resource_id == "half-1"
    assert next_step(accepted(state, success()), Absent()) == Settle()


def test_the_delete_after_a_failed_one_names_the_learnt_id() -> None:
    state = asked(asked(State(), Present(spec=ONE), "c"), Absent(), "d")
    state = accepted(transitions.learn(state, failure("half-1", request_id="c")), failure())
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
    state = accepted(asked(created(), Absent(), "d"), success())
    assert transitions.learn(state, success("k1", request_id="d")) == state


def test_what_a_failed_update_names_goes_with_the_resource_and_not_before() -> None:
    state = accepted(asked(created(), Present(spec=TWO)), failure("half-2"))
    assert next_step(state, CleanUp()) == Settle()
    step = next_step(state, Absent())
    assert isinstance(step, Ask)
    assert step.physical_resource_id == "half-2"


@pytest.mark.parametrize("answer", [success, failure])
def test_an_update_that_is_answered_again_by_the_id_it_was_asked_for_has_nothing_deleted_again(
    answer: Callable[..., Response],
) -> None:
    given_up = transitions.give_up(asked(created(), Present(spec=TWO), "u"))
    heard_late = transitions.learn(given_up, success("k2", request_id="u"))
    state = accepted(asked(heard_late, Absent(), "d"), success(request_id="d"))
    state = accepted(asked(state, Absent(), "e"), success(request_id="e"))
    assert transitions.learn(state, answer("k1", request_id="u")) == state
    assert next_step(state, Absent()) == Settle()


def test_what_a_further_answer_names_is_deleted_though_an_update_that_made_nothing_was_the_last_known() -> None:
    updating = asked(created(), Present(spec=TWO), "u")
    state = accepted(asked(updating, Absent(), "d"), success(request_id="d"))
    state = transitions.learn(state, failure(request_id="u"))
    assert transitions.learn(state, success("other", request_id="r")).ids == {"other"}


def test_a_repeat_of_an_old_answer_does_not_delete_what_was_retained_since() -> None:
    retained = replace(TWO, update_replace_policy=ReplacePolicy.RETAIN)
    state = accepted(asked(created(), Present(spec=retained), "u"), success("k2", request_id="u"))
    assert transitions.learn(state, success("k1")) == state
    assert transitions.learn(state, success("other")).ids == {"k2", "other"}, "what it had not told is news"


def test_what_was_heard_is_forgotten_with_the_request() -> None:
    state = created()
    for number in range(101):
        state = accepted(asked(state, Present(spec=(TWO, ONE)[number % 2]), f"u{number}"), success("k1"))
    assert len(state.heard) == len(state.asked) == 100


@pytest.mark.parametrize(("answer", "named"), [(success, None), (failure, None), (success, "late")])
def test_a_create_handled_after_its_delete_gets_a_second_delete(
    answer: Callable[..., Response], named: str | None
) -> None:
    state = asked(asked(State(), Present(spec=ONE), "c"), Absent(), "d")
    state = accepted(state, success(request_id="d"))
    assert next_step(state, Absent()) == Settle()
    state = transitions.learn(State.parse(state.to_json()), answer(named, request_id="c"))
    step = next_step(state, Absent())
    assert isinstance(step, Ask)
    assert step.spec == ONE
    assert step.physical_resource_id == (named or derived("c"))
    state = accepted(asked(state, Absent(), "d2"), success(request_id="d2"))
    assert transitions.learn(state, answer(named, request_id="c")) == state, "a repeat"
    assert next_step(state, Absent()) == Settle()


def test_a_late_update_s_other_thing_goes_in_the_clean_up() -> None:
    state = transitions.give_up(asked(created(), Present(spec=TWO), "u"))
    state = accepted(asked(state, Present(spec=TWO), "u2"), success("k1"))
    state = transitions.learn(state, success("k2", request_id="u"))
    step = next_step(state, CleanUp())
    assert isinstance(step, Ask)
    assert step.physical_resource_id == "k2"


def test_what_a_request_makes_that_was_not_heard_has_an_id_once_it_is_to_be_deleted() -> None:
    create = transitions.give_up(asked(State(), Present(spec=ONE)))
    (request_id,) = create.asked
    assert transitions.made_by(create, request_id) == ""
    delete = asked(create, Absent(), "r2")
    assert delete.pending is not None
    assert transitions.made_by(delete, request_id) == delete.pending.physical_resource_id
    assert transitions.made_by(delete, "of another") == ""
    update = transitions.give_up(asked(created(), Present(spec=TWO)))
    assert transitions.made_by(update, update.asked[-1]) == "k1"


def test_a_request_that_was_never_sent_needs_no_delete() -> None:
    assert next_step(transitions.withdraw(asked(State(), Present(spec=ONE))), Absent()) == Settle()


def test_the_reason_of_a_timeout_names_handler_and_seconds_but_no_signature() -> None:
    pending = Pending(
        request_id="r1",
        request_type=RequestType.CREATE,
        spec=replace(ONE, service_token="zaqar:q?signature=secret"),
        traversal="op",
        asked_at=NOW,
        deadline=NOW + timedelta(seconds=30),
    )
    reason = transitions.timeout_reason(pending, sent=True)
    assert "No answer" in reason
    assert "30 seconds" in reason
    assert "zaqar:q" in reason
    assert "secret" not in reason


def test_the_reason_says_where_a_request_was_never_sent_and_why() -> None:
    state = transitions.hinder(asked(State(), Present(spec=ONE)), "Zaqar is down")
    assert state.pending is not None
    reason = transitions.timeout_reason(state.pending, sent=False)
    assert reason.startswith("Could not send the Create request to ")
    assert reason.endswith("Zaqar is down")
    late = transitions.timeout_reason(state.pending, sent=True)
    assert late.startswith("No answer")
    assert late.endswith("at first it could not be sent: Zaqar is down")


@pytest.mark.parametrize("answer", [success, failure])
def test_of_a_check_s_answer_neither_id_nor_data_counts(answer: Callable[[str], Response]) -> None:
    state = created()
    checked = accepted(asked(state, Checked(), "c"), replace(answer("k2"), data={"Name": "other"}))
    assert replace(checked, check_failed=False) == state
    assert transitions.learn(checked, answer("k3")).ids == {"k1", "k3"}, "a second answer to its Create"
    late = success("k4", request_id="c")
    assert transitions.learn(checked, late) == checked


@pytest.mark.parametrize("ends", [transitions.give_up, transitions.withdraw, State.interrupted])
def test_a_check_without_an_answer_has_failed_and_leaves_nothing(ends: Callable[[State], State]) -> None:
    state = ends(asked(created(), Checked(), "c"))
    assert state.check_failed
    assert (state.pending, state.account, state.current) == (None, (), created().current)


@pytest.mark.parametrize("before", [State(), created()], ids=["Create", "Update"])
def test_what_was_made_anew_is_not_what_a_check_found_wanting(before: State) -> None:
    making = replace(asked(before, Present(spec=TWO), "n"), check_failed=True)
    assert not accepted(making, success("k2", request_id="n")).check_failed


def test_what_an_operator_says_takes_a_check_s_place() -> None:
    out = asked(created(), Checked(), "c")
    assert transitions.forget_check(out) == replace(created(), previous=("c",))
    assert transitions.forget_check(accepted(out, failure())) == created()
    waits = asked(created(), Present(spec=TWO))
    assert transitions.forget_check(waits) == waits


def test_what_an_update_was_asked_for_and_its_owner_retains_is_no_news_in_a_further_answer() -> None:
    retaining = replace(TWO, update_replace_policy=ReplacePolicy.RETAIN)
    state = accepted(asked(created(), Present(spec=retaining), "u"), success("k2", request_id="u"))
    assert transitions.learn(state, failure("k1", request_id="u")) == state


class Row:
    """A resource whose handler may name anything in any answer, and what it has named and not yet seen deleted."""

    def __init__(self) -> None:
        self.state = State()
        self.traversal = 0
        self.asked: dict[str, Pending] = {}
        self.owed: set[str] = set()
        self.said: set[tuple[str, str | None]] = set()

    def go(self, goal: Goal) -> None:
        step = next_step(self.state, goal, traversal=str(self.traversal))
        if isinstance(step, Settle) and isinstance(goal, Present):
            self.state = transitions.settle(self.state, goal.spec, unasked_id="unasked")
        if not isinstance(step, Ask):
            return
        request_id = f"r{len(self.asked)}"
        before = self.state.pending
        self.state = transitions.ask(
            self.state, step, identity=identity(request_id), traversal=str(self.traversal), now=NOW
        )
        assert self.state.pending is not None
        self.asked[request_id] = self.state.pending
        self._owe_what_was_not_answered(before)

    def _owe_what_was_not_answered(self, request: Pending | None) -> None:
        if request is not None and request.request_type is RequestType.CREATE:
            self.owed.add(derived(request.request_id))

    def answer(self, name: str | None, *, succeeds: bool) -> None:
        request = self.state.pending
        if request is None:
            return
        before = self.state.current
        self.state = accepted(self.state, told(request, name, succeeds=succeeds))
        if request.request_type is RequestType.DELETE:
            self.owed -= {request.physical_resource_id} if succeeds else set()
        if not request.request_type.makes:
            return
        made = name or (derived(request.request_id) if request.request_type is RequestType.CREATE else None)
        self.owed |= {made} if made else set()
        # What it was asked for is no news in another answer to it: that may be retained by now.
        self.said |= {(request.request_id, name), (request.request_id, request.physical_resource_id)}
        after = self.state.current
        if before and after and before.physical_resource_id != after.physical_resource_id and retains(request):
            self.owed -= {before.physical_resource_id}

    def late(self, number: int, name: str | None, *, succeeds: bool) -> None:
        made = [request for request in self.asked.values() if request.request_type.makes]
        if not made:
            return
        request = made[number % len(made)]
        if request == self.state.pending:
            return
        unheard = request in [entry.unheard for entry in self.state.account]
        self.state = transitions.learn(self.state, told(request, name, succeeds=succeeds))
        if name and unheard:
            self.owed -= {derived(request.request_id)}
        if (request.request_id, name) in self.said:
            return  # of a repeat nothing is new
        is_first = request.request_id not in {request_id for request_id, _ in self.said}
        self.said.add((request.request_id, name))
        self.said |= {(request.request_id, request.physical_resource_id)} if unheard else set()
        if name is None and is_first and request.request_type is RequestType.CREATE:
            name = derived(request.request_id)
        self.owed |= {name} if name else set()

    def give_up(self) -> None:
        request, self.state = self.state.pending, transitions.give_up(self.state)
        self._owe_what_was_not_answered(request)

    def delete_all(self) -> None:
        self.traversal += 1
        for _ in range(100):
            self.go(Absent())
            if self.state.pending is None:
                return
            self.answer(None, succeeds=True)
        raise AssertionError("it never ends")


def derived(request_id: str) -> str:
    return default_physical_resource_id(stack_id=ARN, logical_resource_id="a", request_id=request_id)


def told(request: Pending, name: str | None, *, succeeds: bool) -> Response:
    return (success if succeeds else failure)(name, request_id=request.request_id)


def retains(request: Pending) -> bool:
    return request.spec.update_replace_policy is ReplacePolicy.RETAIN


SPECS = [ONE, TWO, replace(TWO, update_replace_policy=ReplacePolicy.RETAIN)]
NAMES = st.sampled_from([None, "k1", "k2", "k3"])
STEPS = st.one_of(
    st.builds(lambda spec: lambda row: row.go(Present(spec=spec)), st.sampled_from(SPECS)),
    st.sampled_from([lambda row: row.go(Absent()), lambda row: row.go(CleanUp()), lambda row: row.give_up()]),
    st.just(lambda row: row.go(Checked())),
    st.builds(lambda name, ok: lambda row: row.answer(name, succeeds=ok), NAMES, st.booleans()),
    st.builds(lambda n, name, ok: lambda row: row.late(n, name, succeeds=ok), st.integers(0, 9), NAMES, st.booleans()),
    st.just(lambda row: setattr(row, "traversal", row.traversal + 1)),
)


@settings(max_examples=int(os.environ.get("CRB_MODEL_RUNS", "300")), deadline=None)
@given(st.lists(STEPS, min_size=8, max_size=25))
def test_the_account_holds_whatever_was_named_and_is_empty_when_all_is_deleted(steps: list[Any]) -> None:
    row = Row()
    for step in steps:
        step(row)
        row.state = State.parse(row.state.to_json())
        named = transitions.accounted(row.state, identity("any")).ids | derived_of(row.state)
        assert row.owed <= named, f"forgotten: {row.owed - named}"
    row.delete_all()
    assert row.owed == set()
    assert row.state.ids == set()


def derived_of(state: State) -> set[str]:
    """What a pending request may have made."""
    pending = state.pending
    return {pending.physical_resource_id or derived(pending.request_id)} if pending else set()
