"""Decides what the provider answers after a handler has ended. Pure.

Called by the consumer. The provider always answers, and need not know whether the handler did: the first valid answer
wins, here and at CloudFormation, so an answer after the handler's own has no effect, and one in its place saves the
resource from waiting for its time-out.

* A returned object with a response's fields is the answer (Status may be left out: it returned, so it succeeded), as
  the CDK's ``onEvent`` functions and many home-made handlers do it.
* Anything else that was returned: the handler is taken to have answered by itself. If it has not, the resource fails
  with a reason that says so.
* It broke: FAILED, with what happened.
"""

from collections.abc import Mapping
from typing import Any

from customresource_bridge.protocol import Request, Response, Status
from customresource_bridge.protocol.errors import ResponseError
from customresource_bridge.provider.runner import Broke, Ending, Returned

_FIELDS = frozenset({"Status", "PhysicalResourceId", "Data", "NoEcho", "Reason"})


def answer_after(ending: Ending, request: Request) -> Response:
    """Return what to PUT once the handler has ended."""
    if isinstance(ending, Broke):
        return _failed(request, ending.reason)
    return answer_in(ending, request) or _failed(
        request, "The handler returned, but neither did it PUT an answer to ResponseURL nor was its result one"
    )


def answer_in(ending: Returned, request: Request) -> Response | None:
    """Return the answer that a returned value is, or None where it is none."""
    value = ending.value
    if isinstance(value, Mapping) and not _FIELDS.isdisjoint(value) and not _is_request(value, request):
        return _returned(value, request)
    return None


def _is_request(value: Mapping[str, Any], request: Request) -> bool:
    # ``return event`` says nothing; an Update's has an id, which alone would make it a success.
    given = {name: value[name] for name in _FIELDS & value.keys()}
    return "RequestType" in value and given == {"PhysicalResourceId": request.physical_resource_id}


def _returned(value: Mapping[str, Any], request: Request) -> Response:
    body = {"Status": str(Status.SUCCESS), **value}
    if not body.get("PhysicalResourceId"):
        body["PhysicalResourceId"] = request.physical_resource_id
    try:
        return Response.parse(body, request.identity)
    except ResponseError as error:
        return _failed(request, f"The handler returned no valid response: {error}")


def _failed(request: Request, reason: str) -> Response:
    return Response.failed(request.identity, reason, physical_resource_id=request.physical_resource_id)
