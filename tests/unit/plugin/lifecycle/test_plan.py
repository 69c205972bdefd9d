import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from customresource_bridge.plugin.lifecycle import transitions
from customresource_bridge.plugin.lifecycle.plan import (
    Absent,
    Ask,
    Await,
    CleanUp,
    Goal,
    Present,
    Replace,
    Settle,
    next_step,
)
from customresource_bridge.plugin.lifecycle.spec import PhaseWorkflow, ReplacePolicy, Spec
from customresource_bridge.plugin.lifecycle.state import Entry, Pending, PhysicalResource, State
from customresource_bridge.protocol import Identity, RequestType, Response, Status
from customresource_bridge.protocol.ids import default_physical_resource_id

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ARN = "arn:openstack:heat::p:stacks/s/1"
ONE = Spec(resource_type="Custom::A", service_token="t", properties={"Size": "1"})
TWO = replace(ONE, properties={"Size": "2"})
DERIVED = default_physical_resource_id(stack_id=ARN, logical_resource_id="a", request_id="r")


def identity(request_id: str = "r") -> Identity:
    return Identity(stack_id=ARN, request_id=request_id, logical_resource_id="a")


def success(physical_resource_id: str | None = None, *, request_id: str = "r", **more: Any) -> Response:
    named = {"identity": identity(request_id), "physical_resource_id": physical_resource_id}
    return Response(status=Status.SUCCESS, **named, **more)


def failure(physical_resource_id: str | None = None, *, request_id: str = "r") -> Response:
    return Response.failed(identity(request_id), "no", physical_resource_id=physical_resource_id)


def asked(state: State, goal: Goal, request_id: str = "r", *, rollback: bool = False) -> State:
    step = next_step(state, goal, traversal="op")
    assert isinstance(step, Ask)
    return transitions.ask(state, step, identity=identity(request_id), traversal="op", now=NOW, rollback=rollback)


def created(spec: Spec = ONE, name: str = "k1") -> State:
    return transitions.accept(asked(State(), Present(spec=spec)), success(name))


def test_nothing_yet_asks_for_a_create() -> None:
    assert next_step(State(), Present(spec=ONE)) == Ask(request_type=RequestType.CREATE, spec=ONE)


def test_a_pending_request_is_waited_for() -> None:
    assert next_step(asked(State(), Present(spec=ONE)), Present(spec=TWO)) == Await()


def test_a_created_thing_is_done_until_its_properties_change() -> None:
    state = created()
    assert next_step(state, Present(spec=ONE)) == Settle()
    assert next_step(state, Present(spec=TWO)) == Ask(
        request_type=RequestType.UPDATE, spec=TWO, physical_resource_id="k1", old=ONE
    )


def test_always_asks_although_nothing_changed() -> None:
    step = next_step(created(), Present(spec=ONE, always=True))
    assert isinstance(step, Ask)
    assert step.request_type is RequestType.UPDATE


def test_what_only_heat_reads_asks_nobody() -> None:
    assert next_step(created(), Present(spec=replace(ONE, service_timeout=5, description="x"))) == Settle()


def test_an_update_names_the_old_properties_and_its_deadline() -> None:
    pending = asked(created(), Present(spec=replace(TWO, service_timeout=7))).pending
    assert pending is not None
    assert pending.old_properties == {"Size": "1"}
    assert pending.deadline == NOW + timedelta(seconds=7)


def test_an_update_with_another_id_supersedes_the_old_thing() -> None:
    state = transitions.accept(asked(created(), Present(spec=TWO)), success("k2"))
    assert state.current is not None
    assert state.current.physical_resource_id == "k2"
    assert [old.physical_resource_id for old in state.superseded] == ["k1"]
    assert next_step(state, CleanUp()) == Ask(
        request_type=RequestType.DELETE, spec=ONE, physical_resource_id="k1", superseded=True
    )


def test_a_replacement_rolled_back_supersedes_the_new_thing_instead() -> None:
    state = transitions.accept(asked(created(), Present(spec=TWO)), success("k2"))
    state = transitions.accept(asked(state, Present(spec=ONE)), success("k1"))
    assert [old.physical_resource_id for old in state.superseded] == ["k2"]


def test_a_retained_thing_is_not_superseded() -> None:
    kept = replace(TWO, update_replace_policy=ReplacePolicy.RETAIN)
    assert transitions.accept(asked(created(), Present(spec=kept)), success("k2")).account == ()


def test_a_policy_to_retain_does_not_keep_what_a_rollback_puts_away() -> None:
    one, two = (replace(spec, update_replace_policy=ReplacePolicy.RETAIN) for spec in (ONE, TWO))
    state = transitions.accept(asked(created(one), Present(spec=two)), success("k2"))
    assert state.account == (), "k1 is retained"
    state = transitions.accept(asked(state, Present(spec=one), rollback=True), success("k1"))
    assert [old.physical_resource_id for old in state.superseded] == ["k2"]


def test_an_update_answered_without_an_id_keeps_it() -> None:
    state = transitions.accept(asked(created(), Present(spec=TWO)), success())
    assert state.current is not None
    assert state.current.physical_resource_id == "k1"


def test_a_failed_update_keeps_the_id_and_is_swapped_back() -> None:
    state = transitions.accept(asked(created(), Present(spec=TWO)), failure("ignored"))
    assert next_step(state, Present(spec=ONE)) == Ask(
        request_type=RequestType.UPDATE, spec=ONE, physical_resource_id="k1", old=TWO
    )


def test_a_failed_update_is_asked_again_by_the_same_template() -> None:
    state = transitions.accept(asked(created(), Present(spec=TWO)), failure())
    assert isinstance(next_step(state, Present(spec=TWO)), Ask)


def test_a_failed_create_is_replaced_by_an_update_and_deleted_by_the_id_it_named() -> None:
    state = transitions.accept(asked(State(), Present(spec=ONE)), failure("half"))
    assert next_step(state, Present(spec=ONE)) == Replace()
    step = next_step(state, Absent())
    assert isinstance(step, Ask)
    assert step.physical_resource_id == "half"


def test_a_create_without_an_id_gets_the_derived_one() -> None:
    state = transitions.accept(asked(State(), Present(spec=ONE), "r1"), success())
    assert state.current is not None
    assert state.current.physical_resource_id == default_physical_resource_id(
        stack_id=ARN, logical_resource_id="a", request_id="r1"
    )


@pytest.mark.parametrize("given_up", [False, True])
def test_an_unanswered_create_is_deleted_under_the_derived_id(given_up: bool) -> None:
    state = asked(State(), Present(spec=ONE), "r1")
    state = transitions.give_up(state) if given_up else state
    pending = asked(state, Absent(), "r2").pending
    assert pending is not None
    assert pending.request_type is RequestType.DELETE
    assert pending.previous_request_id == "r1"
    assert pending.physical_resource_id == default_physical_resource_id(
        stack_id=ARN, logical_resource_id="a", request_id="r1"
    )


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


def test_an_unanswered_update_is_interrupted_by_a_delete_of_the_known_id() -> None:
    step = next_step(asked(created(), Present(spec=TWO), "u"), Absent())
    assert step == Ask(request_type=RequestType.DELETE, spec=ONE, physical_resource_id="k1", previous_request_id="u")


def test_a_delete_is_not_interrupted_by_another() -> None:
    assert next_step(asked(created(), Absent()), Absent()) == Await()


def test_a_request_that_was_never_sent_needs_no_delete() -> None:
    assert next_step(transitions.withdraw(asked(State(), Present(spec=ONE))), Absent()) == Settle()


def test_a_delete_takes_superseded_things_along() -> None:
    state = transitions.accept(asked(created(), Present(spec=TWO)), success("k2"))
    state = asked(state, Absent(), "d1")
    assert state.pending is not None
    assert state.pending.physical_resource_id == "k1"
    state = asked(transitions.accept(state, failure()), Absent(), "d2")
    assert state.pending is not None
    assert state.pending.physical_resource_id == "k2"
    assert next_step(transitions.accept(state, success()), Absent(), traversal="op") == Settle()


def test_what_another_row_holds_is_not_deleted() -> None:
    assert next_step(created(), Absent(held={"k1"})) == Settle()


def test_what_another_row_holds_is_not_let_go_while_its_update_is_out() -> None:
    state = asked(created(), Present(spec=TWO), "u")
    assert next_step(state, Absent(held={"k1"})) == Await()
    assert next_step(transitions.accept(state, success("k1")), Absent(held={"k1"})) == Settle()


def test_a_delete_that_was_given_up_does_not_hide_its_create() -> None:
    state = asked(asked(State(), Present(spec=ONE), "c"), Absent(), "d")
    again = asked(transitions.give_up(state), Absent(), "e").pending
    assert again is not None
    assert again.previous_request_id == "c"


def test_a_failed_delete_is_asked_again() -> None:
    state = transitions.accept(asked(created(), Absent()), failure())
    assert isinstance(next_step(state, Absent()), Ask)


def test_a_failed_delete_of_an_unanswered_create_is_asked_again_with_the_same_id() -> None:
    state = asked(asked(State(), Present(spec=ONE), "c"), Absent(), "d")
    first = state.pending
    again = asked(transitions.accept(state, failure()), Absent(), "e").pending
    assert first is not None
    assert again is not None
    assert again.physical_resource_id == first.physical_resource_id


def test_a_superseded_thing_that_will_not_go_waits_for_the_next_clean_up() -> None:
    state = asked(transitions.accept(asked(created(), Present(spec=TWO)), success("k2")), CleanUp())
    state = transitions.give_up(state)
    assert next_step(state, CleanUp(), traversal="op") == Settle()
    assert isinstance(next_step(state, CleanUp(), traversal="the next one"), Ask), "it is not forgotten"


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


def test_phases_without_a_workflow_ask_nobody() -> None:
    spec = Spec(resource_type="T", workflows={"create": PhaseWorkflow(workflow="w")})
    state = transitions.accept(asked(State(), Present(spec=spec)), success("k1"))
    assert next_step(state, Present(spec=replace(spec, properties={"x": 1}))) == Settle()
    assert next_step(state, Absent()) == Settle()


def test_what_nobody_had_to_create_is_there_all_the_same() -> None:
    spec = Spec(resource_type="T", workflows={"delete": PhaseWorkflow(workflow="w")})
    assert next_step(State(), Present(spec=spec)) == Settle()
    state = transitions.settle(State(), spec, unasked_id="a-7")
    step = next_step(state, Absent())
    assert isinstance(step, Ask)
    assert step.physical_resource_id == "a-7"


def test_the_state_survives_its_text() -> None:
    state = transitions.accept(asked(created(), Present(spec=TWO)), success("k2", data={"a": [1]}, no_echo=True))
    state = transitions.learn(transitions.give_up(asked(state, Present(spec=ONE), "u")), success("k3", request_id="r"))
    state = transitions.give_up(asked(state, CleanUp()))
    state = asked(state, Present(spec=TWO), "u2")
    assert state.pending is not None
    assert [entry.physical_resource_id for entry in state.account] == ["k1", "", "k3"]
    assert State.parse(state.to_json()) == state
    assert State.parse(None) == State()


def version_1(**more: Any) -> State:
    nothing = {"version": 1, "thing": None, "pending": None, "abandoned": None, "superseded": []}
    return State.parse(json.dumps(nothing | more))


def a_request(request_type: str, **more: Any) -> dict[str, Any]:
    times = {"asked_at": NOW.isoformat(), "deadline": NOW.isoformat()}
    nothing = {"physical_resource_id": None, "old_properties": None, "previous_request_id": None}
    flags = {"superseded": False, "rollback": False, "hindrance": "", "operation": "op"}
    given = {"request_id": "r", "request_type": request_type, "spec": ONE.to_dict()}
    return {**given, **times, **nothing, **flags, **more}


def a_thing(name: str, *, is_created: bool = True) -> dict[str, Any]:
    rest = {"attempted": None, "data": {}, "no_echo": False}
    return {"physical_resource_id": name, "spec": ONE.to_dict(), "created": is_created, **rest}


def test_the_version_before_left_a_thing_and_what_it_replaced() -> None:
    assert version_1() == State()
    state = version_1(thing=a_thing("k2"), superseded=[a_thing("k1")])
    assert state.current == PhysicalResource(physical_resource_id="k2", spec=ONE)
    assert state.account == (Entry(physical_resource_id="k1", spec=ONE, superseded=True),)


def test_the_version_before_left_the_rest_of_a_failed_create() -> None:
    step = next_step(version_1(thing=a_thing("half-1", is_created=False)), Absent())
    assert step == Ask(request_type=RequestType.DELETE, spec=ONE, physical_resource_id="half-1")


def test_the_version_before_left_an_unanswered_create() -> None:
    for state in (version_1(abandoned=a_request("Create")), version_1(pending=a_request("Create"))):
        deleting = asked(state, Absent(), "d").pending
        assert deleting is not None
        assert deleting.previous_request_id == "r"
        assert deleting.physical_resource_id == DERIVED


def test_the_version_before_left_a_delete_of_an_unanswered_create() -> None:
    delete = a_request("Delete", request_id="d", physical_resource_id=DERIVED, previous_request_id="r")
    state = version_1(abandoned=a_request("Create"), pending=delete)
    assert next_step(transitions.accept(state, success(request_id="d")), Absent()) == Settle()
    learnt = transitions.accept(transitions.learn(state, failure("half-1")), success(request_id="d"))
    step = next_step(learnt, Absent())
    assert isinstance(step, Ask)
    assert step.physical_resource_id == "half-1"


def test_a_state_shows_no_secrets() -> None:
    spec = replace(
        ONE, service_token="zaqar:q?signature=hidden", properties={"Password": "hidden"}, input={"x": "hidden"}
    )
    state = State(current=PhysicalResource(physical_resource_id="k", spec=spec, data={"x": "hidden"}))
    assert "hidden" not in repr(asked(state, Present(spec=replace(spec, properties={"Password": "hidden2"}))))


def test_a_clean_up_that_cannot_be_sent_waits_for_the_next_one() -> None:
    state = asked(transitions.accept(asked(created(), Present(spec=TWO)), success("k2")), CleanUp())
    assert next_step(transitions.withdraw(state), CleanUp(), traversal="op") == Settle()
    assert isinstance(next_step(transitions.withdraw(state), CleanUp(), traversal="the next one"), Ask)
