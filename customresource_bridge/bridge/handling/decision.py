"""Decides what to do about one request: pure, without a clock of its own, so that a test can ask it anything.

It looks at nothing and does nothing: each verdict is acted on elsewhere, and the outcome of that is observed anew.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from customresource_bridge.bridge.handling.execution_ids import start_id
from customresource_bridge.clients.mistral import Execution
from customresource_bridge.protocol import Request, RequestType, Response, Status, ids
from customresource_bridge.protocol.workflow import outcome, workflow_input

STOP_GRACE = timedelta(seconds=30)
"""How long after its deadline a request is still answered late rather than with its workflow left running."""


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
    """The execution still runs, or another may be about to begin."""


@dataclass(frozen=True, slots=True)
class Respond:
    """The outcome is known."""

    response: Response


Verdict = Start | Stop | Wait | Respond


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What is known of a request besides its message.

    :ivar execution: what runs for the request, or under its id; or None.
    :ivar previous: what runs for the request that this one puts an end to, or None.
    :ivar started: whether the execution has been seen before: one that vanished is never started again.
    :ivar superseded: whether a later Delete has put an end to this request.
    """

    execution: Execution | None = None
    previous: Execution | None = None
    started: bool = False
    superseded: bool = False


def decide(request: Request, seen: Observation, now: datetime) -> Verdict:
    """Say what to do next.

    :param now: aware.
    """
    if seen.execution is None:
        return _nothing_to_delete(request) or _nothing_runs(request, seen, now)
    if not belongs(request, seen.execution):
        return _failed(request, "Another request's execution has the id of this one")
    if seen.execution.final:
        return Respond(_outcome(request, seen.execution, now))
    if now < request.extras.deadline:
        return Wait()
    if now < request.extras.deadline + STOP_GRACE:
        return Stop(seen.execution.id)
    return Respond(timed_out(request))


def _nothing_to_delete(request: Request) -> Respond | None:
    if request.request_type is RequestType.DELETE and request.physical_resource_id == ids.NOTHING_MADE:
        return Respond(Response(status=Status.SUCCESS, identity=request.identity))
    return None


def _nothing_runs(request: Request, seen: Observation, now: datetime) -> Verdict:
    if now >= request.extras.deadline:
        return Respond(timed_out(request))
    if seen.started:
        return _failed(request, "The workflow's execution was deleted before it ended")
    if seen.superseded:
        return _failed(request, "A later request took its place before it began")
    if seen.previous is not None and not seen.previous.final:
        return Stop(seen.previous.id)
    execution_id = start_id(request, predecessor_began=seen.previous is not None)
    return Start(with_learnt_id(request, seen.previous), execution_id)


def belongs(request: Request, execution: Execution) -> bool:
    """Return whether an execution was started for this very request.

    Its id is derived from the request's ids alone, so a message that repeats them with other content must not be shown
    the first one's output.
    """
    ours = workflow_input(request)
    if request.request_type is RequestType.DELETE:
        # The id may have been learnt between two deliveries; all else must be the same.
        return bool(_without_id(ours) == _without_id(execution.input))
    return all(key in execution.input and execution.input[key] == value for key, value in ours.items())


def with_learnt_id(request: Request, previous: Execution | None) -> Request:
    """Return a Delete with the id that the Create it was to stop made after all.

    Only one that names the id derived for that Create, which stands for an id not known. Any other id is a thing of its
    own: where an Update has made another one meanwhile, its response tells Heat of that.
    """
    if previous is None or previous.state != "SUCCESS" or not _names_no_thing(request):
        return request
    answered = outcome(request, state=previous.state, output=previous.output, state_info=previous.state_info)
    learnt = isinstance(previous.output, dict) and previous.output.get("physical_resource_id")
    if not learnt or answered is None or not answered.physical_resource_id:
        return request
    return replace(request, physical_resource_id=answered.physical_resource_id)


def _names_no_thing(request: Request) -> bool:
    create = request.extras.previous_request_id
    if request.request_type is not RequestType.DELETE or create is None:
        return False
    stands_in = ids.default_physical_resource_id(
        stack_id=request.stack_id, logical_resource_id=request.logical_resource_id, request_id=create
    )
    return request.physical_resource_id == stands_in


def timed_out(request: Request) -> Response:
    """Return the answer to a request whose time is over."""
    seconds = service_timeout(request)
    waited = f"within {seconds} seconds" if seconds else f"before {request.extras.deadline.isoformat()}"
    provider = request.service_token if request.service_token.startswith("mistral:") else request.resource_type
    return Response.failed(
        request.identity,
        f"{provider[:200]} did not respond {waited} (RequestId {request.request_id})",
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
    reason = f"{problem} (RequestId {request.request_id})"
    return Respond(Response.failed(request.identity, reason, physical_resource_id=request.physical_resource_id))


def _without_id(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    inner = given.get("request")
    if not isinstance(inner, dict):
        return given
    return {**given, "request": {key: value for key, value in inner.items() if key != "PhysicalResourceId"}}
