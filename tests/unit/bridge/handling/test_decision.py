"""decide: pure, so every situation is a line here, and hypothesis looks for the ones nobody thought of."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import golden
import pytest
from decision_parts import BEFORE, CREATE, CREATE_ID, DELETE

from customresource_bridge.bridge.handling.decision import (
    DRAIN_GRACE,
    STOP_GRACE,
    Observation,
    Respond,
    Start,
    Stop,
    Tell,
    Wait,
    decide,
    drains_until,
    heeds_until,
    timed_out,
)
from customresource_bridge.bridge.handling.execution_ids import by_predecessor, own_id, predecessor_id
from customresource_bridge.bridge.handling.predecessor import Predecessor
from customresource_bridge.bridge.in_flight import Hearing
from customresource_bridge.clients.mistral.mistral import Execution
from customresource_bridge.protocol import Request, Status, ids
from customresource_bridge.protocol.answers.workflow import workflow_input

DELETE_OF_NOBODY_KNOWS = replace(
    DELETE,
    physical_resource_id=ids.default_physical_resource_id(
        stack_id=CREATE.stack_id, logical_resource_id=CREATE.logical_resource_id, request_id=CREATE.request_id
    ),
)


def before(request: Request, execution: Execution, **seen: Any) -> tuple[Predecessor, ...]:
    """What is known of the one predecessor that a request has."""
    return tuple(Predecessor(named=named, execution=execution, **seen) for named in by_predecessor(request))


AFTER = CREATE.extras.deadline + timedelta(seconds=1)


def execution(state: str, request: Any = CREATE, **given: Any) -> Execution:
    return Execution(id="e1", state=state, **{"input": workflow_input(request), **given})


def test_nothing_runs_so_start() -> None:
    assert decide(CREATE, Observation(), BEFORE) == Start(CREATE, own_id(CREATE))


@pytest.mark.parametrize("state", ["RUNNING", "PAUSED", "IDLE", "DELAYED"])
def test_it_runs_so_wait(state: str) -> None:
    assert decide(CREATE, Observation(execution=execution(state)), BEFORE) == Wait()


@pytest.mark.parametrize("now", [BEFORE, AFTER])
def test_it_succeeded_so_answer_even_late(now: datetime) -> None:
    verdict = decide(CREATE, Observation(execution=execution("SUCCESS", output={"a": 1})), now)
    assert isinstance(verdict, Respond)
    assert verdict.response.status is Status.SUCCESS
    assert verdict.response.data == {"a": 1}


def test_it_failed_so_answer_its_reason() -> None:
    verdict = decide(CREATE, Observation(execution=execution("ERROR", state_info="out of paper")), BEFORE)
    assert isinstance(verdict, Respond)
    assert (verdict.response.status, verdict.response.reason) == (Status.FAILED, "out of paper")


@pytest.mark.parametrize("late", [timedelta(0), STOP_GRACE, timedelta(hours=5), timedelta(days=9)])
def test_a_deadline_stops_the_execution_however_late_it_is_noticed(late: timedelta) -> None:
    now = CREATE.extras.deadline + late
    assert decide(CREATE, Observation(execution=execution("RUNNING")), now) == Stop("e1")
    cancelled = Observation(execution=execution("CANCELLED", state_info="Failed by user"), stopped=True)
    assert decide(CREATE, cancelled, now) == Respond(timed_out(CREATE))


def test_what_mistral_does_not_stop_though_it_took_the_order_is_answered_after_a_while() -> None:
    seen = Observation(execution=execution("RUNNING"), stopped=True)
    assert decide(CREATE, seen, AFTER) == Wait()
    assert decide(CREATE, seen, CREATE.extras.deadline + STOP_GRACE) == Respond(timed_out(CREATE))


@pytest.mark.parametrize("now", [BEFORE, AFTER])
def test_what_was_cancelled_is_not_answered_while_a_task_of_it_may_still_act(now: datetime) -> None:
    seen = Observation(execution=execution("CANCELLED"), draining=True)
    assert decide(CREATE, seen, now) == Wait(draining=True)


def test_past_the_deadline_nothing_is_started() -> None:
    assert decide(CREATE, Observation(), AFTER) == Respond(timed_out(CREATE))


def test_the_time_out_names_the_seconds() -> None:
    request = replace(CREATE, resource_properties={"ServiceTimeout": "90"})
    assert "90 seconds" in timed_out(request).reason
    assert CREATE.extras.deadline.isoformat() in timed_out(replace(CREATE, resource_properties={})).reason


@pytest.mark.parametrize("odd", ["soon", None, [], {}, 1.5, "9" * 5000])
def test_an_odd_service_timeout_is_no_harm(odd: Any) -> None:
    assert "did not respond before" in timed_out(replace(CREATE, resource_properties={"ServiceTimeout": odd})).reason


def test_an_execution_that_vanished_is_never_started_again() -> None:
    verdict = decide(CREATE, Observation(started=True), BEFORE)
    assert isinstance(verdict, Respond)
    assert verdict.response.status is Status.FAILED


CHECK = golden.request("check")
CHECK_AFTER_UPDATE = replace(
    CHECK, extras=replace(CHECK.extras, previous_request_id=golden.request("update").request_id)
)


def test_a_check_is_started_stopped_and_answered_for_as_any_other() -> None:
    assert decide(CHECK, Observation(), BEFORE) == Start(CHECK, own_id(CHECK))
    assert decide(CHECK, Observation(execution=execution("RUNNING", CHECK)), AFTER) == Stop("e1")
    assert decide(CHECK, Observation(), AFTER) == Respond(timed_out(CHECK))
    drifted = execution("ERROR", CHECK, state_info="the record points elsewhere")
    verdict = decide(CHECK, Observation(execution=drifted), BEFORE)
    assert isinstance(verdict, Respond)
    assert (verdict.response.status, verdict.response.reason) == (Status.FAILED, "the record points elsewhere")


def test_a_check_stops_what_it_puts_an_end_to_and_does_not_take_its_place() -> None:
    running = execution("RUNNING", golden.request("update"))
    assert decide(CHECK_AFTER_UPDATE, Observation(previous=before(CHECK_AFTER_UPDATE, running)), BEFORE) == Stop("e1")
    assert decide(CHECK_AFTER_UPDATE, Observation(), BEFORE) == Start(CHECK_AFTER_UPDATE, own_id(CHECK_AFTER_UPDATE))


def test_what_follows_a_check_stops_it_and_has_nothing_to_tell_of_it() -> None:
    update = replace(
        golden.request("update"), extras=replace(golden.request("update").extras, previous_request_id=CHECK.request_id)
    )
    about = {"description": f"heat-cr Check {CHECK.request_id}"}
    assert decide(update, Observation(previous=before(update, execution("RUNNING", CHECK, **about))), BEFORE) == Stop(
        "e1"
    )
    seen = Observation(previous=before(update, execution("CANCELLED", CHECK, **about)), stopped=True)
    assert decide(update, seen, BEFORE) == Start(update, own_id(update))


def test_a_superseded_request_is_not_started() -> None:
    verdict = decide(CREATE, Observation(superseded=True), BEFORE)
    assert isinstance(verdict, Respond)
    assert verdict.response.status is Status.FAILED


def test_a_delete_of_what_was_never_begun_needs_no_handler() -> None:
    verdict = decide(replace(golden.request("delete"), physical_resource_id=ids.NOTHING_MADE), Observation(), BEFORE)
    assert isinstance(verdict, Respond)
    assert verdict.response.status is Status.SUCCESS


def test_a_delete_takes_the_place_of_what_has_not_begun() -> None:
    verdict = decide(DELETE, Observation(), BEFORE)
    assert verdict == Start(DELETE, predecessor_id(DELETE))
    assert verdict.execution_id != own_id(DELETE)


def test_a_delete_first_stops_what_it_puts_an_end_to() -> None:
    running = Execution(id="before", state="RUNNING")
    assert decide(DELETE, Observation(previous=before(DELETE, running)), BEFORE) == Stop("before")


def test_a_delete_waits_for_the_tasks_of_what_it_stopped() -> None:
    seen = Observation(previous=before(DELETE, Execution(id="before", state="CANCELLED"), draining=True))
    assert decide(DELETE, seen, BEFORE) == Wait(draining=True)
    assert decide(DELETE, seen, AFTER) == Respond(timed_out(DELETE))


@pytest.mark.parametrize("state", ["SUCCESS", "ERROR", "CANCELLED"])
def test_the_outcome_of_a_predecessor_that_nobody_heard_is_told_first(state: str) -> None:
    previous = Execution(
        id="before", state=state, output={"physical_resource_id": "half-1"}, description=f"heat-cr Create {CREATE_ID}"
    )
    verdict = decide(DELETE, Observation(previous=before(DELETE, previous)), BEFORE)
    assert isinstance(verdict, Tell)
    assert verdict.response.identity == replace(DELETE.identity, request_id=CREATE_ID)
    assert verdict.response.physical_resource_id == "half-1"
    assert (verdict.response.status is Status.SUCCESS) == (state == "SUCCESS")
    assert decide(DELETE, Observation(previous=before(DELETE, previous, hearing=Hearing.IN_VAIN)), BEFORE) == Start(
        DELETE, own_id(DELETE)
    )


def test_an_updates_predecessor_is_told_first_too() -> None:
    update = replace(golden.request("update"), extras=DELETE.extras)
    previous = Execution(id="before", state="SUCCESS", output={"physical_resource_id": "id-2"})
    assert isinstance(decide(update, Observation(previous=before(update, previous)), BEFORE), Tell)
    assert decide(update, Observation(previous=before(update, previous, hearing=Hearing.IN_VAIN)), BEFORE) == Start(
        update, own_id(update)
    )


@pytest.mark.parametrize("state", ["SUCCESS", "ERROR", "CANCELLED"])
def test_a_delete_learns_the_id_of_a_create_however_it_ended(state: str) -> None:
    previous = Execution(id="before", state=state, output={"physical_resource_id": "learnt"})
    verdict = decide(
        DELETE_OF_NOBODY_KNOWS,
        Observation(previous=before(DELETE_OF_NOBODY_KNOWS, previous, hearing=Hearing.IN_VAIN)),
        BEFORE,
    )
    assert isinstance(verdict, Start)
    assert verdict.request.physical_resource_id == "learnt"
    assert workflow_input(verdict.request)["request"]["PhysicalResourceId"] == "learnt"


def test_a_delete_keeps_its_id_where_heat_has_heard_the_other() -> None:
    """Heat deletes that one by a request of its own, unless another resource uses it."""
    previous = Execution(id="before", state="ERROR", output={"physical_resource_id": "learnt"})
    verdict = decide(
        DELETE_OF_NOBODY_KNOWS,
        Observation(previous=before(DELETE_OF_NOBODY_KNOWS, previous, hearing=Hearing.HEARD)),
        BEFORE,
    )
    assert verdict == Start(DELETE_OF_NOBODY_KNOWS, own_id(DELETE_OF_NOBODY_KNOWS))


def test_a_delete_does_not_learn_an_id_that_stays() -> None:
    """A later Create has taken over what the lost one made; Heat deletes it with that one."""
    request = replace(DELETE_OF_NOBODY_KNOWS, extras=replace(DELETE_OF_NOBODY_KNOWS.extras, held=("learnt",)))
    previous = Execution(id="before", state="SUCCESS", output={"physical_resource_id": "learnt"})
    seen = Observation(previous=before(request, previous, hearing=Hearing.IN_VAIN))
    assert decide(request, seen, BEFORE) == Start(request, own_id(request))


def test_a_predecessor_is_stopped_even_by_a_request_that_comes_too_late_itself() -> None:
    running = Execution(id="before", state="RUNNING")
    assert decide(DELETE, Observation(previous=before(DELETE, running)), AFTER) == Stop("before")
    assert decide(DELETE, Observation(previous=before(DELETE, running), stopped=True), AFTER) == Respond(
        timed_out(DELETE)
    )


def test_a_request_waits_for_its_predecessor_for_half_of_its_own_time() -> None:
    claimed_at = DELETE.extras.deadline - timedelta(seconds=100)
    assert heeds_until(DELETE, claimed_at) == claimed_at + timedelta(seconds=50)
    asked_at = DELETE.extras.deadline - timedelta(seconds=150)
    told = replace(DELETE, extras=replace(DELETE.extras, asked_at=asked_at))
    assert heeds_until(told, claimed_at) == asked_at + timedelta(seconds=75), "however often it was claimed before"
    ahead = replace(told, extras=replace(told.extras, asked_at=claimed_at + timedelta(seconds=9)))
    assert heeds_until(ahead, claimed_at) == heeds_until(DELETE, claimed_at), "by a clock that is ahead"
    assert drains_until(DELETE) == DELETE.extras.deadline + DRAIN_GRACE


def test_anothers_execution_under_our_id_is_not_shown() -> None:
    forged = replace(CREATE, resource_properties={"other": "properties"})
    verdict = decide(forged, Observation(execution=execution("SUCCESS", output={"secret": 1})), BEFORE)
    assert isinstance(verdict, Respond)
    assert verdict.response.status is Status.FAILED
    assert "secret" not in str(verdict.response.to_dict())


def test_a_delete_whose_id_was_learnt_is_still_recognised() -> None:
    learnt = execution("RUNNING", replace(DELETE, physical_resource_id="learnt"))
    assert decide(DELETE, Observation(execution=learnt), BEFORE) == Wait()


def test_a_delete_of_an_engine_that_tells_no_ids_that_stay_is_still_recognised() -> None:
    told = replace(DELETE, extras=replace(DELETE.extras, held=("record-www",)))
    assert "HeldIds" not in str(workflow_input(told)), "a bridge of before would take it for another request's"
    for started, asked in ((told, DELETE), (DELETE, told)):
        assert decide(asked, Observation(execution=execution("RUNNING", started)), BEFORE) == Wait()


@pytest.mark.parametrize("request_", [CREATE, DELETE], ids=["Create", "Delete"])
def test_a_workflow_with_further_inputs_of_its_own_handles_each_request(request_: Any) -> None:
    with_defaults = {**workflow_input(request_), "retries": 3}
    ended = replace(execution("SUCCESS", request_, output={}), input=with_defaults)
    verdict = decide(request_, Observation(execution=ended), BEFORE)
    assert isinstance(verdict, Respond)
    assert verdict.response.status is Status.SUCCESS
    others = replace(ended, input={**with_defaults, "request": {**with_defaults["request"], "LogicalResourceId": "X"}})
    refused = decide(request_, Observation(execution=others), BEFORE)
    assert isinstance(refused, Respond)
    assert refused.response.status is Status.FAILED
