"""What the functions behind the CDK's provider framework mean by what they return and raise. Pure.

Returning is success, raising is failure. ``onEvent`` returns PhysicalResourceId, Data and NoEcho, or nothing; where
there is an ``isComplete``, all that ``onEvent`` returned is added to the event that it gets, and it returns IsComplete
and perhaps further Data. Source: the "Provider Framework" page of aws-cdk-lib's custom-resources module.

In three things this is kinder than the framework: a FAILED that is returned is one; an id that is missing is derived as
everywhere here (the framework takes the RequestId); a Delete that names another id succeeds.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from customresource_bridge.protocol import Request, RequestType, Response, Status, ids
from customresource_bridge.protocol.answers.reader import HandlerAnswer, read_value
from customresource_bridge.provider.ending import Broke, Ending
from customresource_bridge.provider.response import returned_object

_REFUSED = "The handler returned no valid response"
_NOT_YET: tuple[Any, ...] = (None, False, 0, "")
"""What is no IsComplete in JavaScript, in which the framework is written."""

Event = dict[str, Any]


def event_of(body: Mapping[str, Any]) -> Event:
    """Return the event for ``onEvent``: the request without the ResponseURL, which is the framework's to answer."""
    return {**body, "ResponseURL": "..."}


def known_answer(request: Request) -> Response | None:
    """Return the answer to the Delete of what a failed Create did not make, for which no handler is asked."""
    if request.request_type is RequestType.DELETE and request.physical_resource_id == ids.NOTHING_MADE:
        return Response(status=Status.SUCCESS, identity=request.identity, physical_resource_id=ids.NOTHING_MADE)
    return None


def after_on_event(ending: Ending, request: Request) -> Response:
    """Return the answer that ``onEvent`` gave."""
    if isinstance(ending, Broke):
        return _failed(request, ending.reason)
    value = returned_object(ending.value)
    if value is None and not ending.lost:
        value = {}
    if not isinstance(value, Mapping):
        return _failed(request, f"onEvent returned {_kind(value)}: it has to return an object, or nothing")
    return _answer(value, request, lost=ending.lost)


def event_after(ending: Ending, request: Request, event: Mapping[str, Any]) -> Event | None:
    """Return the event for ``isComplete``, or None where ``onEvent`` has failed.

    :param event: the one that ``onEvent`` was given.
    """
    answer = after_on_event(ending, request)
    if isinstance(ending, Broke) or answer.status is Status.FAILED:
        return None
    value = returned_object(ending.value) or {}
    return {**event, **value, "PhysicalResourceId": answer.physical_resource_id}


def after_is_complete(ending: Ending, request: Request, event: Mapping[str, Any]) -> Response | None:
    """Return the answer, or None where the work is not complete yet.

    :param event: the one that ``isComplete`` was given.
    """
    if isinstance(ending, Broke):
        return _failed(request, ending.reason, physical_id=_id_in(event))
    value = returned_object(ending.value)
    if not isinstance(value, Mapping):
        why = f"isComplete returned {_kind(value)}: it has to return an object with IsComplete"
        return _failed(request, why, physical_id=_id_in(event))
    if value.get("IsComplete") in _NOT_YET:
        if not value.get("Data"):
            return None
        why = "isComplete returned Data without IsComplete: Data may come with IsComplete true only"
        return _failed(request, why, physical_id=_id_in(event))
    return _answer(_merged(event, value), request, lost=ending.lost)


def timed_out(request: Request, event: Mapping[str, Any]) -> Response:
    """Return the answer for what was not complete in time, or was given up: it tells Heat the id that was made."""
    why = "Operation timed out: isComplete did not return IsComplete true in time"
    return _failed(request, why, physical_id=_id_in(event))


def _merged(event: Mapping[str, Any], value: Mapping[str, Any]) -> Event:
    first, more = event.get("Data"), value.get("Data")
    both = isinstance(first, Mapping) and isinstance(more, Mapping)
    data = {**first, **more} if both else first if more is None else more  # type: ignore[dict-item] # both say so
    result = {name: event[name] for name in ("PhysicalResourceId", "NoEcho", "Reason") if name in event}
    return {**result, **{name: value[name] for name in value if name != "NoEcho" or value[name]}, "Data": data}


def _answer(value: Mapping[str, Any], request: Request, *, lost: str) -> Response:
    own = {name: item for name, item in value.items() if name not in {"StackId", "RequestId", "LogicalResourceId"}}
    problem = f"is not JSON ({lost})" if lost else ""
    answer: HandlerAnswer = read_value(own, request.identity, default=Status.SUCCESS, lost=problem)
    response = answer.response(request.request_type, refused=_REFUSED)
    if not request.request_type.makes or response.physical_resource_id is None:
        return replace(response, physical_resource_id=_default_id(request))
    return response


def _failed(request: Request, reason: str, *, physical_id: str | None = None) -> Response:
    # As the framework does: after a Create that raised, no Delete reaches the handler.
    nothing = ids.NOTHING_MADE if request.request_type is RequestType.CREATE else request.physical_resource_id
    return Response.failed(request.identity, reason, physical_resource_id=physical_id or nothing)


def _default_id(request: Request) -> str:
    return request.physical_resource_id or ids.default_physical_resource_id(
        stack_id=request.stack_id, logical_resource_id=request.logical_resource_id, request_id=request.request_id
    )


def _id_in(event: Mapping[str, Any]) -> str | None:
    given = event.get("PhysicalResourceId")
    return given if isinstance(given, str) else None


def _kind(value: Any) -> str:
    return {type(None): "nothing", str: "a text", list: "a list", bool: "a truth value"}.get(type(value), "a number")
