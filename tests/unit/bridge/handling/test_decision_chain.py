"""What is decided of a request with several predecessors, and what holds of whatever is seen."""

from dataclasses import replace
from datetime import datetime

import golden
from decision_parts import BEFORE, CREATE, CREATE_ID, DELETE
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.bridge.handling.decision import (
    Observation,
    Respond,
    Start,
    Stop,
    Tell,
    Wait,
    decide,
)
from customresource_bridge.bridge.handling.execution_ids import by_predecessor, own_id, predecessor_id
from customresource_bridge.bridge.handling.predecessor import Predecessor
from customresource_bridge.bridge.in_flight import Hearing
from customresource_bridge.clients.mistral.mistral import Execution
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import EarlierRequest, Request, RequestType, Status
from customresource_bridge.protocol.answers.workflow import workflow_input

CHECK = golden.request("check")
DELETE_OF_A_CHAIN = replace(
    DELETE,
    extras=replace(
        DELETE.extras, previous_request_id="earlier-delete", earlier=(EarlierRequest(request_id=CREATE.request_id),)
    ),
)


def chain(*executions: Execution | None) -> tuple[Predecessor, ...]:
    """What is known of each predecessor of the Delete of a chain, newest first; None did not begin."""
    named = by_predecessor(DELETE_OF_A_CHAIN)
    return tuple(
        Predecessor(named=one, execution=execution)
        for one, execution in zip(named, executions, strict=True)
        if execution is not None
    )


def test_a_delete_stops_and_lets_drain_what_began_before_the_one_that_never_did() -> None:
    running = Execution(id="before", state="RUNNING")
    assert decide(DELETE_OF_A_CHAIN, Observation(previous=chain(None, running)), BEFORE) == Stop("before")
    (drains,) = chain(None, Execution(id="before", state="CANCELLED"))
    seen = Observation(previous=(replace(drains, draining=True),), stopped=True)
    assert decide(DELETE_OF_A_CHAIN, seen, BEFORE) == Wait(draining=True)


def test_a_delete_takes_the_place_of_the_first_that_has_not_begun_after_the_last_that_has() -> None:
    newer, older = by_predecessor(DELETE_OF_A_CHAIN)
    ended = Execution(id="before", state="CANCELLED", description="heat-cr Check x")
    for began, place in (
        (chain(None, None), predecessor_id(older)),
        (chain(None, ended), predecessor_id(newer)),
        (chain(ended, None), own_id(DELETE_OF_A_CHAIN)),
        (chain(ended, ended), own_id(DELETE_OF_A_CHAIN)),
    ):
        verdict = decide(DELETE_OF_A_CHAIN, Observation(previous=began), BEFORE)
        assert isinstance(verdict, Start)
        assert verdict.execution_id == place


def test_what_any_of_its_predecessors_came_to_is_told_first() -> None:
    create = Execution(id="c", state="ERROR", description=f"heat-cr Create {CREATE_ID}")
    delete = Execution(id="d", state="CANCELLED", description="heat-cr Delete earlier-delete after x")
    newer, older = chain(delete, create)
    verdict = decide(DELETE_OF_A_CHAIN, Observation(previous=(newer, older)), BEFORE)
    assert isinstance(verdict, Tell)
    assert verdict.response.identity.request_id == "earlier-delete"
    heard = replace(newer, hearing=Hearing.HEARD)
    verdict = decide(DELETE_OF_A_CHAIN, Observation(previous=(heard, older)), BEFORE)
    assert isinstance(verdict, Tell)
    assert verdict.response.identity.request_id == CREATE_ID


executions = st.none() | st.builds(
    Execution,
    id=st.just("e1"),
    state=st.sampled_from(["RUNNING", "PAUSED", "SUCCESS", "ERROR", "CANCELLED"]),
    state_info=st.none() | golden.texts,
    input=st.sampled_from([workflow_input(CREATE), workflow_input(DELETE), {}]),
    output=golden.json_values,
)


@st.composite
def predecessors(draw: st.DrawFn, request: Request) -> tuple[Predecessor, ...]:
    """Some of the requests that one puts an end to."""
    began = [named for named in by_predecessor(request) if draw(st.booleans())]
    return tuple(
        Predecessor(
            named=named,
            execution=draw(executions.filter(bool)),
            draining=draw(st.booleans()),
            hearing=draw(st.sampled_from(Hearing)),
        )
        for named in began
    )


def observations(request: Request) -> st.SearchStrategy[tuple[Request, Observation]]:
    seen = st.builds(
        Observation,
        execution=executions,
        previous=predecessors(request),
        started=st.booleans(),
        superseded=st.booleans(),
        stopped=st.booleans(),
        draining=st.booleans(),
    )
    return st.tuples(st.just(request), seen)


@given(
    given_=st.sampled_from([CREATE, DELETE, DELETE_OF_A_CHAIN, golden.request("update"), CHECK]).flatmap(observations),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - given there
)
def test_whatever_is_seen_the_verdict_is_sound(given_: tuple[Request, Observation], now: datetime) -> None:
    request, seen = given_
    verdict = decide(request, seen, now)
    late = now >= request.extras.deadline
    match verdict:
        case Start(to_start, execution_id):
            began = {before.request_id for before in seen.previous}
            taken = {
                predecessor_id(named) for named in by_predecessor(request) if named.extras.previous_request_id in began
            }
            places = {own_id(request), *map(predecessor_id, by_predecessor(request))}
            assert execution_id in places - taken
            assert seen.execution is None
            assert not late
            assert not seen.started
            assert not seen.superseded
            assert all(before.execution.final for before in seen.previous)
            assert to_start.request_id == request.request_id
            changed = to_start != request
            assert not changed or request.request_type is RequestType.DELETE
        case Wait(draining):
            looked_at = [seen.execution] if seen.execution else [before.execution for before in seen.previous]
            assert looked_at
            assert draining or not all(execution.final for execution in looked_at)
            assert draining or not late or seen.stopped
        case Stop(_):
            assert not seen.stopped
            assert (seen.execution is not None and late) or seen.previous
        case Tell(response):
            hearings = {before.request_id: before.hearing for before in seen.previous}
            assert hearings[response.identity.request_id] is Hearing.OPEN
        case Respond(response):
            assert response.identity.request_id == request.request_id
            assert response.reason or response.status is Status.SUCCESS
