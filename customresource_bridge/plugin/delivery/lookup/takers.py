"""Who has a request that was posted, as far as Mistral and Zaqar tell. It changes nothing."""

from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Any

from customresource_bridge.plugin.delivery.lookup import executions
from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.plugin.lifecycle.request_view import RequestExecution
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.protocol import QueueToken, SignedQueueToken, parse_service_token
from customresource_bridge.protocol.ids import stack_queue

_LOOKED_AT = 100
"""Messages, from the oldest on: five answers of Zaqar's."""


class Untaken(Enum):
    """Where a request lies that no consumer has taken."""

    BRIDGE = "in its stack's queue, for a bridge"
    PROVIDER = "in a provider's queue"


@dataclass(frozen=True, slots=True)
class Taken:
    """A bridge has a request, and has begun to handle it."""

    execution: RequestExecution


def find(ref: ResourceRef, pending: Pending, *, posts: int) -> Taken | Untaken | None:
    """Return who has a request; None where that cannot be known.

    :param posts: how often the request was posted, at least once.
    :raises ServiceError: Mistral or Zaqar did not say.
    """
    match parse_service_token(pending.spec.service_token):
        case SignedQueueToken():
            return None  # another project's queue, of which a signature shows nothing more
        case QueueToken(queue):
            return Untaken.PROVIDER if _lies_in(ref, queue, pending, posts=posts) else None
        case _:
            known = executions.found(ref, pending.request_id, previous=pending.previous)
            if known is not None:
                return Taken(executions.shown(known))
            return Untaken.BRIDGE if _lies_in(ref, stack_queue(ref.stack_uuid), pending, posts=posts) else None


def _lies_in(ref: ResourceRef, queue: str, pending: Pending, *, posts: int) -> bool:
    """Return whether every copy of a request is seen among the queue's oldest messages that no consumer has claimed."""
    seen = islice(ref.zaqar().messages(queue), _LOOKED_AT)
    copies = (message for message in seen if _is_of(message.body, pending))
    return sum(1 for _ in islice(copies, posts)) == posts


def _is_of(body: Any, pending: Pending) -> bool:
    return isinstance(body, dict) and body.get("RequestId") == pending.request_id
