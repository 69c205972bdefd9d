"""What a handler that crhelper serves means by what it answers to a poll. Pure.

crhelper PUTs SUCCESS once its poll function returns something, FAILED where that raises, and nothing as long as it
returns nothing. What the handler's first function has named is in the event of each poll.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from customresource_bridge.protocol import Request, Response, Status
from customresource_bridge.provider.ending import Broke, Ending
from customresource_bridge.provider.response import answer_after


def after_poll(ending: Ending, request: Request, event: Mapping[str, Any]) -> Response | None:
    """Return the answer, or None where the work is not complete yet.

    :param event: the one that the handler was called with.
    """
    if isinstance(ending, Broke):
        return _failed(request, event, ending.reason)
    if ending.again is not None:
        return None
    answer = answer_after(ending, request)
    named = _named(event)
    # crhelper leaves out of a failure what was made, whose Delete would reach nothing.
    return replace(answer, physical_resource_id=named) if named and answer.status is Status.FAILED else answer


def timed_out(request: Request, event: Mapping[str, Any]) -> Response:
    """Return the answer for what was not complete in time, or was given up: it tells Heat the id that was made."""
    poll = f"poll_{str(request.request_type).lower()}"
    return _failed(request, event, f"Operation timed out: {poll} returned nothing in time")


def _failed(request: Request, event: Mapping[str, Any], reason: str) -> Response:
    named = _named(event) or request.physical_resource_id
    return Response.failed(request.identity, reason, physical_resource_id=named)


def _named(event: Mapping[str, Any]) -> str | None:
    data = event.get("CrHelperData")
    named = data.get("PhysicalResourceId") if isinstance(data, Mapping) else None
    return named if isinstance(named, str) and named else None
