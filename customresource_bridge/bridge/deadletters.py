"""Sets aside messages that nobody can answer, in a queue of the same project. Used by ``handle`` and by a command."""

import json
from datetime import datetime
from typing import Any

from customresource_bridge.clients.zaqar import Message, Zaqar
from customresource_bridge.protocol import ids

TTL = 7 * 24 * 3600
"""Seconds a dead letter is kept."""
_LARGEST = 200 * 1024


def set_aside(zaqar: Zaqar, message: Message, *, reason: str, now: datetime) -> None:
    """Copy a message to the dead letters with the reason, then delete it.

    :raises ServiceError: it could not be copied, and is not deleted; or not be deleted, and will come again.
    """
    zaqar.post(ids.DEAD_LETTER_QUEUE, letter(message, reason=reason, now=now), ttl=TTL)
    zaqar.delete(message)


def letter(message: Message, *, reason: str, now: datetime) -> dict[str, Any]:
    """Return what is kept: the body as it came, or its beginning where it is too large to be kept with a reason."""
    result: dict[str, Any] = {"reason": reason, "queue": message.queue, "set_aside_at": now.isoformat()}
    text = json.dumps(message.body)
    if len(text) <= _LARGEST:
        return {**result, "body": message.body}
    return {**result, "beginning_of_body": text[:1000], "bytes": len(text)}
