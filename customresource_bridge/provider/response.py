"""Decides what the provider answers after a handler has ended. Pure.

The provider always answers, and need not know whether the handler did: the first valid answer wins, here and at
CloudFormation, so an answer after the handler's own has no effect, and one in its place saves the resource from waiting
for its time-out.

* A returned object with a response's fields is the answer (Status may be left out: it returned, so it succeeded), as
  many home-made handlers do it.
* Anything else that was returned: the handler is taken to have answered by itself. If it has not, the resource fails
  with a reason that says so.
* It broke: FAILED, with what happened.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from customresource_bridge.protocol import Request, RequestType, Response, Status, limits
from customresource_bridge.protocol.answers.reader import HandlerAnswer, read_value
from customresource_bridge.protocol.answers.salvage import salvage
from customresource_bridge.protocol.answers.spelling import FIELDS, is_response
from customresource_bridge.provider.ending import Broke, Ending, Returned

_REFUSED = "The handler returned no valid response"


def answer_after(ending: Ending, request: Request) -> Response:
    """Return what to PUT once the handler has ended."""
    if isinstance(ending, Broke):
        return _failed(request, ending.reason)
    if ending.lost and not _is_answer(returned_object(ending.value), request):
        return _failed(request, f"The handler returned a value that is not JSON ({ending.lost})")
    return answer_in(ending, request) or _failed(
        request, "The handler returned, but neither did it PUT an answer to ResponseURL nor was its result one"
    )


def too_late(request: Request) -> Response:
    """Return the answer to a request whose deadline had passed when it came."""
    return _failed(request, "The request came to its provider only after its deadline")


def answer_in(ending: Returned, request: Request) -> Response | None:
    """Return the answer that a returned value is, or None where it is none."""
    read = read_returned(ending, request)
    if read is None:
        return None
    response = read.response(request.request_type, refused=_REFUSED)
    if response.physical_resource_id is None and request.request_type is not RequestType.CREATE:
        return replace(response, physical_resource_id=request.physical_resource_id)
    return response


def read_returned(ending: Returned, request: Request) -> HandlerAnswer | None:
    """Return what a returned value says, or None where it is no answer."""
    value = returned_object(ending.value)
    if not _is_answer(value, request):
        return None
    lost = f"is not JSON ({ending.lost})" if ending.lost else ""
    return read_value(value, request.identity, default=Status.SUCCESS, lost=lost)


def returned_object(value: Any) -> Any:
    """Return a returned value; where it is the JSON of an object, that object."""
    # ``return json.dumps(response)`` means the response.
    found = salvage(value, limit=limits.MAX_RESPONSE_BYTES) if isinstance(value, str) else None
    return value if found is None or found.problem else found.members


def _is_answer(value: Any, request: Request) -> bool:
    return isinstance(value, Mapping) and is_response(value) and not _is_request(value, request)


def _is_request(value: Mapping[str, Any], request: Request) -> bool:
    # ``return event`` says nothing; an Update's has an id, which alone would make it a success.
    given = {name: value[name] for name in FIELDS if name in value}
    return "RequestType" in value and given == {"PhysicalResourceId": request.physical_resource_id}


def _failed(request: Request, reason: str) -> Response:
    return Response.failed(request.identity, reason, physical_resource_id=request.physical_resource_id)
