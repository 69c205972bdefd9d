from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from life_cycle_parts import ARN, NOW, ONE, TWO, accepted, asked, created, failure, success

from customresource_bridge.plugin.lifecycle import transitions
from customresource_bridge.plugin.lifecycle.plan import (
    Absent,
    Ask,
    Await,
    Checked,
    CleanUp,
    Goal,
    Present,
    Refuse,
    Replace,
    Settle,
    next_step,
)
from customresource_bridge.plugin.lifecycle.spec import PhaseWorkflow, ReplacePolicy, Spec
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.protocol import RequestType
from customresource_bridge.protocol.ids import default_physical_resource_id
from customresource_bridge.protocol.limits import HELD_IDS


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
    state = accepted(asked(created(), Present(spec=TWO)), success("k2"))
    assert state.current is not None
    assert state.current.physical_resource_id == "k2"
    assert [old.physical_resource_id for old in state.superseded] == ["k1"]
    assert next_step(state, CleanUp()) == Ask(
        request_type=RequestType.DELETE, spec=ONE, physical_resource_id="k1", superseded=True, held=("k2",)
    )


def test_a_replacement_rolled_back_supersedes_the_new_thing_instead() -> None:
    state = accepted(asked(created(), Present(spec=TWO)), success("k2"))
    state = accepted(asked(state, Present(spec=ONE)), success("k1"))
    assert [old.physical_resource_id for old in state.superseded] == ["k2"]


def test_a_retained_thing_is_not_superseded() -> None:
    kept = replace(TWO, update_replace_policy=ReplacePolicy.RETAIN)
    assert accepted(asked(created(), Present(spec=kept)), success("k2")).account == ()


def test_a_policy_to_retain_does_not_keep_what_a_rollback_puts_away() -> None:
    one, two = (replace(spec, update_replace_policy=ReplacePolicy.RETAIN) for spec in (ONE, TWO))
    state = accepted(asked(created(one), Present(spec=two)), success("k2"))
    assert state.account == (), "k1 is retained"
    state = accepted(asked(state, Present(spec=one), rollback=True), success("k1"))
    assert [old.physical_resource_id for old in state.superseded] == ["k2"]


def test_an_update_answered_without_an_id_keeps_it() -> None:
    state = accepted(asked(created(), Present(spec=TWO)), success())
    assert state.current is not None
    assert state.current.physical_resource_id == "k1"


def test_a_failed_update_keeps_the_id_and_is_swapped_back() -> None:
    state = accepted(asked(created(), Present(spec=TWO)), failure("ignored"))
    assert next_step(state, Present(spec=ONE)) == Ask(
        request_type=RequestType.UPDATE, spec=ONE, physical_resource_id="k1", old=TWO
    )


def test_what_another_row_has_asked_of_the_same_thing_is_undone() -> None:
    assert next_step(created(), Present(spec=ONE, overwritten=TWO)) == Ask(
        request_type=RequestType.UPDATE, spec=ONE, physical_resource_id="k1", old=TWO
    )
    assert next_step(created(), Present(spec=TWO, overwritten=TWO)) == Settle()


def test_a_failed_create_is_replaced_by_an_update_and_deleted_by_the_id_it_named() -> None:
    state = accepted(asked(State(), Present(spec=ONE)), failure("half"))
    assert next_step(state, Present(spec=ONE)) == Replace()
    step = next_step(state, Absent())
    assert isinstance(step, Ask)
    assert step.physical_resource_id == "half"


def test_a_create_without_an_id_gets_the_derived_one() -> None:
    state = accepted(asked(State(), Present(spec=ONE), "r1"), success())
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
    assert pending.previous == ("r1",)
    assert pending.physical_resource_id == default_physical_resource_id(
        stack_id=ARN, logical_resource_id="a", request_id="r1"
    )


def test_an_unanswered_update_is_interrupted_by_a_delete_of_the_known_id() -> None:
    step = next_step(asked(created(), Present(spec=TWO), "u"), Absent())
    assert step == Ask(request_type=RequestType.DELETE, spec=ONE, physical_resource_id="k1", previous=("u",))


def test_a_delete_is_not_interrupted_by_another() -> None:
    assert next_step(asked(created(), Absent()), Absent()) == Await()


def test_a_delete_takes_superseded_things_along() -> None:
    state = accepted(asked(created(), Present(spec=TWO)), success("k2"))
    state = asked(state, Absent(), "d1")
    assert state.pending is not None
    assert state.pending.physical_resource_id == "k1"
    state = asked(accepted(state, failure()), Absent(), "d2")
    assert state.pending is not None
    assert state.pending.physical_resource_id == "k2"
    assert next_step(accepted(state, success()), Absent(), traversal="op") == Settle()


def test_what_another_row_holds_is_not_deleted() -> None:
    assert next_step(created(), Absent(held={"k1"})) == Settle()


def test_a_delete_says_which_ids_stay() -> None:
    """A Create whose answer was lost is deleted under the derived id, by the properties that another row has too."""
    lost = transitions.give_up(asked(State(), Present(spec=ONE), "r1"))
    deleting = asked(lost, Absent(held={"k2"})).pending
    assert deleting is not None
    assert deleting.held == ("k2",)
    assert asked(created(), Absent(held=("k9", "k8"))).pending.held == ("k9", "k8")  # type: ignore[union-attr]
    superseded = accepted(asked(created(), Present(spec=TWO)), success("k2"))
    assert asked(superseded, CleanUp()).pending.held == ("k2",)  # type: ignore[union-attr]
    assert asked(superseded, Absent()).pending.held == ()  # type: ignore[union-attr]


def test_a_delete_names_no_more_ids_than_a_message_has_room_for() -> None:
    deleting = asked(
        created(), Absent(held=["x" * 1025, "\u00e9" * 513, " ", "\ud800", *(f"k{n}" for n in range(2, 12))])
    ).pending
    assert deleting is not None
    assert deleting.held == ("k2", "k3", "k4", "k5"), "the weightiest, and none that no message may have"
    assert len(deleting.held) == HELD_IDS


def test_a_clean_up_leaves_what_the_resource_is() -> None:
    """An Update that failed and named it, and another that made it the resource's own."""
    state = accepted(asked(created(), Present(spec=TWO)), success("k2"))
    (old,) = state.superseded
    again = replace(state, account=(old, replace(old, physical_resource_id="k2")))
    state = accepted(asked(again, CleanUp()), success("k1"))
    assert next_step(state, CleanUp()) == Settle()


def test_what_another_row_holds_is_not_let_go_while_its_update_is_out() -> None:
    state = asked(created(), Present(spec=TWO), "u")
    assert next_step(state, Absent(held={"k1"})) == Await()
    assert next_step(accepted(state, success("k1")), Absent(held={"k1"})) == Settle()


def test_a_delete_that_was_given_up_does_not_hide_its_create() -> None:
    state = asked(asked(State(), Present(spec=ONE), "c"), Absent(), "d")
    again = asked(transitions.give_up(state), Absent(), "e").pending
    assert again is not None
    assert again.previous == ("d", "c")


def test_a_failed_delete_is_asked_again() -> None:
    state = accepted(asked(created(), Absent()), failure())
    assert isinstance(next_step(state, Absent()), Ask)


def test_a_failed_delete_of_an_unanswered_create_is_asked_again_with_the_same_id() -> None:
    state = asked(asked(State(), Present(spec=ONE), "c"), Absent(), "d")
    first = state.pending
    again = asked(accepted(state, failure()), Absent(), "e").pending
    assert first is not None
    assert again is not None
    assert again.physical_resource_id == first.physical_resource_id


def test_a_superseded_thing_that_will_not_go_waits_for_the_next_clean_up() -> None:
    state = asked(accepted(asked(created(), Present(spec=TWO)), success("k2")), CleanUp())
    state = transitions.give_up(state)
    assert next_step(state, CleanUp(), traversal="op") == Settle()
    assert isinstance(next_step(state, CleanUp(), traversal="the next one"), Ask), "it is not forgotten"


def test_phases_without_a_workflow_ask_nobody() -> None:
    spec = Spec(resource_type="T", workflows={"create": PhaseWorkflow(workflow="w")})
    state = accepted(asked(State(), Present(spec=spec)), success("k1"))
    assert next_step(state, Present(spec=replace(spec, properties={"x": 1}))) == Settle()
    assert next_step(state, Absent()) == Settle()


def test_what_nobody_had_to_create_is_there_all_the_same() -> None:
    spec = Spec(resource_type="T", workflows={"delete": PhaseWorkflow(workflow="w")})
    assert next_step(State(), Present(spec=spec)) == Settle()
    state = transitions.settle(State(), spec, unasked_id="a-7")
    step = next_step(state, Absent())
    assert isinstance(step, Ask)
    assert step.physical_resource_id == "a-7"


def test_a_clean_up_that_cannot_be_sent_waits_for_the_next_one() -> None:
    state = asked(accepted(asked(created(), Present(spec=TWO)), success("k2")), CleanUp())
    assert next_step(transitions.withdraw(state), CleanUp(), traversal="op") == Settle()
    assert isinstance(next_step(transitions.withdraw(state), CleanUp(), traversal="the next one"), Ask)


UPDATE_AGAIN = Ask(request_type=RequestType.UPDATE, spec=ONE, physical_resource_id="k1", old=ONE)


def test_a_check_speaks_of_the_thing_and_of_what_was_asked_for_last() -> None:
    ask = Ask(request_type=RequestType.CHECK, spec=ONE, physical_resource_id="k1")
    assert next_step(created(), Checked()) == ask
    attempted = accepted(asked(created(), Present(spec=TWO)), failure())
    assert next_step(attempted, Checked()) == replace(ask, spec=TWO)
    pending = asked(created(), Checked()).pending
    assert pending is not None
    assert (pending.physical_resource_id, pending.old_properties) == ("k1", None)


def test_a_check_is_waited_for_in_its_operation_and_asked_anew_in_the_next() -> None:
    state = asked(created(), Checked(), "c")
    assert next_step(state, Checked(), traversal="op") == Await()
    step = next_step(state, Checked(), traversal="next")
    assert isinstance(step, Ask)
    assert (step.request_type, step.previous) == (RequestType.CHECK, ("c",))


def test_what_is_not_there_or_waits_is_not_checked() -> None:
    assert isinstance(next_step(State(), Checked()), Refuse)
    step = next_step(asked(created(), Present(spec=TWO)), Checked())
    assert step == Refuse("It waits for the answer to its Update")


def test_what_a_check_found_wanting_is_updated_though_nothing_changed() -> None:
    state = accepted(asked(created(), Checked()), failure())
    assert next_step(state, Present(spec=ONE)) == UPDATE_AGAIN
    mended = accepted(asked(state, Present(spec=ONE)), success())
    assert next_step(mended, Present(spec=ONE)) == Settle()


def test_what_a_check_found_in_order_is_left_alone() -> None:
    state = accepted(asked(created(), Checked()), failure())
    state = accepted(asked(state, Checked()), success())
    assert next_step(state, Present(spec=ONE)) == Settle()


def test_an_update_that_fails_leaves_what_a_check_found_to_the_next() -> None:
    state = accepted(asked(created(), Checked()), failure())
    state = accepted(asked(state, Present(spec=ONE)), failure())
    assert next_step(state, Present(spec=ONE)) == UPDATE_AGAIN


def test_what_follows_a_check_stops_it_and_does_not_wait_for_it() -> None:
    state = asked(created(), Checked(), "c")
    assert next_step(state, Present(spec=ONE)) == replace(UPDATE_AGAIN, previous=("c",))
    step = next_step(state, Absent())
    assert isinstance(step, Ask)
    assert (step.request_type, step.previous) == (RequestType.DELETE, ("c",))


def test_a_check_does_not_hide_what_is_to_be_stopped_still() -> None:
    state = transitions.give_up(asked(created(), Present(spec=TWO), "u"))
    checked = asked(state, Checked(), "c")
    assert checked.pending is not None
    assert checked.pending.previous == ("u",)
    assert transitions.give_up(checked).previous == ("u",)


@pytest.mark.parametrize("ends", [transitions.give_up, State.interrupted])
def test_a_check_after_a_check_is_itself_what_the_next_request_stops(ends: Callable[[State], State]) -> None:
    second = asked(ends(asked(created(), Checked(), "c1")), Checked(), "c2")
    assert second.pending is not None
    assert second.pending.previous == ("c1",)
    assert ends(second).previous == ("c2", "c1")


def test_a_delete_that_may_never_have_begun_hides_no_update_before_it() -> None:
    state = asked(asked(created(), Present(spec=TWO), "u"), Absent(), "d")
    learnt = transitions.learn(state, failure(request_id="u"))
    late = accepted(learnt, failure(request_id="d"), now=learnt.pending.deadline)  # type: ignore[union-attr]
    for ended in (late, transitions.give_up(learnt), transitions.give_up(state)):
        again = asked(State.parse(ended.to_json()), Absent(), "e").pending
        assert again is not None
        assert again.previous == ("d", "u")


def test_a_create_is_named_though_a_delete_of_it_has_failed_since() -> None:
    state = asked(asked(State(), Present(spec=ONE), "c"), Absent(), "d")
    again = asked(accepted(state, failure(request_id="d")), Absent(), "e").pending
    assert again is not None
    assert again.previous == ("c",)


def test_a_request_names_no_more_than_a_message_holds_and_always_the_oldest() -> None:
    state = asked(created(), Present(spec=TWO), "u")
    for request_id in ("d1", "d2", "d3", "d4", "d5"):
        state = asked(transitions.give_up(state), Absent(), request_id)
    assert state.pending is not None
    assert state.pending.previous == ("d4", "d3", "d2", "u")


@pytest.mark.parametrize("goal", [Present(spec=TWO), Checked(), Absent()])
def test_what_a_bridge_failed_at_its_deadline_is_stopped_before_what_follows(goal: Goal) -> None:
    out = asked(created(), goal, "late")
    assert out.pending is not None
    late = accepted(out, failure(request_id="late"), now=out.pending.deadline - timedelta(seconds=4))
    in_time = accepted(out, failure(request_id="late"), now=out.pending.deadline - timedelta(seconds=6))
    done = accepted(out, success(request_id="late"), now=out.pending.deadline)
    assert (late.previous, in_time.previous, done.previous) == (("late",), (), ())


def test_a_check_that_failed_at_its_deadline_does_not_hide_what_is_to_be_stopped_still() -> None:
    checked = asked(transitions.give_up(asked(created(), Present(spec=TWO), "u")), Checked(), "c")
    assert checked.pending is not None
    assert accepted(checked, failure(request_id="c"), now=checked.pending.deadline).previous == ("u",)


def test_an_author_who_names_no_workflow_for_updates_has_nothing_mended() -> None:
    named = {phase: PhaseWorkflow(workflow="w") for phase in ("create", "check")}
    checks = replace(ONE, service_token="", workflows=named)
    state = accepted(asked(created(checks), Checked()), failure())
    assert next_step(state, Present(spec=checks)) == Settle()
    assert not transitions.settle(state, checks, unasked_id="x").check_failed
