"""Reads a message, and says whether its request is ours to handle. Pure: it neither answers nor sets aside.

There are three results: a request; an answer FAILED, where the message is genuine and in its place but unreadable, so
that its stack does not wait in vain; or a RequestError, whose message is to be set aside unanswered, because an answer
would let a forger fail another's resource.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from customresource_bridge.protocol import Identity, Request, RequestError, Response, Secret, fields, limits
from customresource_bridge.protocol.crypto.signature import verify
from customresource_bridge.protocol.stack_id import StackId

_LONGEST = timedelta(seconds=limits.MAX_SERVICE_TIMEOUT, hours=1)
"""With an hour for clocks that differ."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A genuine message that breaks the protocol: what to answer, and where."""

    response_url: Secret
    response: Response


def admit(
    body: Any, *, queue: str, project_id: str, now: datetime, keys: Sequence[Secret] = ()
) -> Request | Unreadable:
    """Read a message's body.

    :param queue: the queue it was claimed from.
    :param project_id: the project that queue belongs to.
    :param keys: what its signature may be made with; none means that signatures are not asked for.
    :raises RequestError: it is not ours, not authentic, or there is no telling whose it is.
    """
    source = fields.object_(body, "The message", error=RequestError)
    _check_size(source)
    verify(source, keys)
    identity = _identity(source)
    _check_place(identity, queue=queue, project_id=project_id)
    response_url = Secret(fields.text(source, "ResponseURL", error=RequestError, limit=8192))
    try:
        request = Request.parse(source)
        _check_deadline(request, now)
    except RequestError as error:
        reason = f"The bridge cannot read this request: {error}"
        return Unreadable(response_url, Response.failed(identity, reason))
    if request.extras.project_id != project_id:
        raise RequestError("OpenStack.ProjectId", "is another project's", "post into a queue of the stack's project")
    return request


def _check_deadline(request: Request, now: datetime) -> None:
    # No request may hold one of the bridge's places for ever.
    if request.extras.deadline > now + _LONGEST:
        limit = limits.MAX_SERVICE_TIMEOUT
        raise RequestError("OpenStack.Deadline", "is too far away", f"a request may take {limit} seconds at most")


def _check_size(source: Mapping[str, Any]) -> None:
    fields.check_nesting(source, "The message", error=RequestError)
    size = len(json.dumps(source, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > 2 * limits.MAX_REQUEST_BYTES:  # Zaqar's limit counts its own spelling of the JSON
        raise RequestError("The message", f"has {size} bytes", f"the limit is {limits.MAX_REQUEST_BYTES} bytes")


def _identity(source: Mapping[str, Any]) -> Identity:
    return Identity(
        stack_id=fields.text(source, "StackId", error=RequestError),
        request_id=fields.text(source, "RequestId", error=RequestError),
        logical_resource_id=fields.text(source, "LogicalResourceId", error=RequestError),
    )


def _check_place(identity: Identity, *, queue: str, project_id: str) -> None:
    stack = StackId.parse(identity.stack_id)
    if stack.project_id != project_id:
        raise RequestError("StackId", "is of another project", "post into a queue of the stack's project")
    if stack.queue != queue:
        raise RequestError("StackId", "is of another stack than its queue", f"post into the queue {stack.queue}")
