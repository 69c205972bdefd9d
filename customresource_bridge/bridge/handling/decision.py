"""Decides what to do about one request: pure, without a clock of its own, so that a test can ask it anything.

It looks at nothing and does nothing: each verdict is acted on elsewhere, and the outcome of that is observed anew.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from customresource_bridge.bridge.handling.execution_ids import start_id
from customresource_bridge.bridge.handling.predecessor import Predecessor, learnt_id, outcome_of_predecessor
from customresource_bridge.bridge.in_flight import Hearing
from customresource_bridge.clients.mistral.mistral import Execution
from customresource_bridge.protocol import Request, RequestType, Response, Status, ids
from customresource_bridge.protocol.answers.workflow import REQUEST_INPUT, outcome, workflow_input
from customresource_bridge.protocol.naming import printable
from customresource_bridge.protocol.request import heeds_predecessor_until

STOP_GRACE = timedelta(seconds=30)
"""How long after its deadline a request waits for the end of an execution that Mistral took the order to stop."""
DRAIN_GRACE = timedelta(seconds=10)
"""How long after its deadline a request is not answered while a task of its cancelled execution may still act."""
GIVE_UP = timedelta(minutes=10)
"""How long after the deadline a response that was not accepted is put again. Heat has failed the resource by then."""


@dataclass(frozen=True, slots=True)
class Start:
    """Start the request's workflow, for the request as it stands here: a Delete may have learnt its id meanwhile.

    :ivar execution_id: see ``execution_ids``.
    """

    request: Request
    execution_id: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Cancel this execution, then look again."""

    execution_id: str


@dataclass(frozen=True, slots=True)
class Wait:
    """The execution still runs.

    :ivar draining: it was stopped, its own or a predecessor's, and a task of it may still act.
    """

    draining: bool = False


@dataclass(frozen=True, slots=True)
class Tell:
    """Deliver a predecessor's outcome, which Heat may not have heard, then look again."""

    response: Response


@dataclass(frozen=True, slots=True)
class Respond:
    """The outcome is known."""

    response: Response


Verdict = Start | Stop | Wait | Tell | Respond


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What is known of a request besides its message.

    :ivar execution: what runs for the request, or under its id; or None.
    :ivar previous: the requests that this one puts an end to and that have begun, newest first.
    :ivar started: whether the execution has been seen before: one that vanished is never started again.
    :ivar superseded: whether a later Delete has put an end to this request.
    :ivar stopped: whether Mistral has just taken the order to stop the execution.
    :ivar draining: whether its own execution was cancelled, and a task of it may still act.
    """

    execution: Execution | None = None
    previous: tuple[Predecessor, ...] = ()
    started: bool = False
    superseded: bool = False
    stopped: bool = False
    draining: bool = False


def decide(request: Request, seen: Observation, now: datetime) -> Verdict:
    """Say what to do next.

    :param now: aware.
    """
    if seen.execution is None:
        return _nothing_to_delete(request) or _nothing_runs(request, seen, now)
    if not belongs(request, seen.execution):
        return _failed(request, "Another request's execution has the id of this one")
    if seen.execution.final:
        return Wait(draining=True) if seen.draining else Respond(_outcome(request, seen.execution, now))
    if now < request.extras.deadline:
        return Wait()
    if not seen.stopped:
        return Stop(seen.execution.id)
    return Wait() if now < request.extras.deadline + STOP_GRACE else Respond(timed_out(request))


def _nothing_to_delete(request: Request) -> Respond | None:
    if request.request_type is RequestType.DELETE and request.physical_resource_id == ids.NOTHING_MADE:
        return Respond(Response(status=Status.SUCCESS, identity=request.identity))
    return None


def _nothing_runs(request: Request, seen: Observation, now: datetime) -> Verdict:
    late = now >= request.extras.deadline
    if seen.started and not late:
        return _failed(request, "The workflow's execution was deleted before it ended")
    if seen.superseded and not late:
        return _failed(request, "A later request took its place before it began")
    for before in seen.previous:
        first = _first(before, stopped=seen.stopped, late=late)
        if first is not None:
            return first
    if late:
        return Respond(timed_out(request))
    began = {before.request_id for before in seen.previous}
    return Start(_with_learnt_id(request, seen.previous), start_id(request, began=began))


def _first(before: Predecessor, *, stopped: bool, late: bool) -> Verdict | None:
    """Return what is to be done about a predecessor before the request may begin: stop it, let it drain, tell it."""
    final = before.execution.final
    if not final and not stopped:
        return Stop(before.execution.id)
    if not final or before.draining:
        return None if late else Wait(draining=True)
    heard = before.hearing is not Hearing.OPEN
    response = None if heard else outcome_of_predecessor(before.named, before.execution)
    return None if response is None else Tell(response)


def _with_learnt_id(request: Request, previous: tuple[Predecessor, ...]) -> Request:
    """Return a Delete with the id that a predecessor's handler named after all."""
    for before in previous:
        # What Heat has heard it deletes by a request of its own, unless another resource goes on using it.
        if before.hearing is Hearing.HEARD:
            continue
        named = learnt_id(before.named, before.execution)
        if named and named not in request.extras.held:
            return replace(request, physical_resource_id=named)
    return request


def drains_until(request: Request) -> datetime:
    """Return until when an own execution that was cancelled may drain before it is answered.

    Then Heat has given the request up by itself, and whatever follows names it, and waits for it.
    """
    return request.extras.deadline + DRAIN_GRACE


def heeds_until(request: Request, claimed_at: datetime) -> datetime:
    """Return until when a request waits for its predecessor to drain and to be heard: half of its own time.

    Of its whole time: what is left when it is claimed again, after a bridge died with it, is not halved once more.
    """
    asked_at = min(request.extras.asked_at or claimed_at, claimed_at)
    return heeds_predecessor_until(asked_at=asked_at, deadline=request.extras.deadline)


def belongs(request: Request, execution: Execution) -> bool:
    """Return whether an execution was started for this very request.

    Its id is derived from the request's ids alone, so a message that repeats them with other content must not be shown
    the first one's output.
    """
    ours, given = workflow_input(request), dict(execution.input)
    if request.request_type is RequestType.DELETE:
        # The id may have been learnt between two deliveries; all else must be the same.
        ours, given = _without_id(ours), _without_id(given)
    # Mistral adds the defaults of the workflow's other inputs.
    return all(key in given and given[key] == value for key, value in ours.items())


def timed_out(request: Request) -> Response:
    """Return the answer to a request whose time is over."""
    seconds = service_timeout(request)
    waited = f"within {seconds} seconds" if seconds else f"before {request.extras.deadline.isoformat()}"
    provider = request.service_token if request.service_token.startswith("mistral:") else request.resource_type
    return Response.failed(
        request.identity,
        f"{printable(provider[:200])} did not respond {waited}",
        physical_resource_id=request.physical_resource_id,
    )


def service_timeout(request: Request) -> int | None:
    """Return the ServiceTimeout the template gave, if its properties show it."""
    given = request.resource_properties.get("ServiceTimeout")
    try:
        return int(given) if isinstance(given, int | str) else None
    except ValueError:
        return None


def _outcome(request: Request, execution: Execution, now: datetime) -> Response:
    if execution.state == "CANCELLED" and now >= request.extras.deadline:
        return timed_out(request)  # it was most likely cancelled for that
    response = outcome(request, state=execution.state, output=execution.output, state_info=execution.state_info)
    if response is None:  # pragma: no cover - the caller asked only about final ones
        raise ValueError(execution.state)
    return response


def _failed(request: Request, problem: str) -> Respond:
    return Respond(Response.failed(request.identity, problem, physical_resource_id=request.physical_resource_id))


def _without_id(given: dict[str, Any]) -> dict[str, Any]:
    inner = given.get(REQUEST_INPUT)
    if not isinstance(inner, dict):
        return given
    return {**given, REQUEST_INPUT: {key: value for key, value in inner.items() if key != "PhysicalResourceId"}}
