"""The bell: a tiny message that says which queue has work. A hint: it may be lost, doubled or late.

A tenant's own bridge hears it in a queue of its project; an operator's hears it on the cloud's message bus, where it
names the project too, and the trust by which the stack's owner lets the bridge act, so that Keystone need not list all
there are. A reader of the bus learns that a stack is busy: a trust's id is of use to the bridge's own user alone.
"""

import re
from dataclasses import dataclass
from typing import Any

from customresource_bridge.protocol import fields, ids
from customresource_bridge.protocol.errors import RequestError
from customresource_bridge.protocol.secret import Secret

BUS_TOPIC = "heat_custom_resources"
"""The notification topic on the bus, by default."""
BUS_EVENT = "customresource.bell"
BUS_PROBE = "customresource.probe"
"""By which bridges learn whether they hear; a bridge of an earlier release drops it."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST_USER_ID = 64


@dataclass(frozen=True, slots=True)
class Bell:
    """Names a stack's queue."""

    queue: str

    @classmethod
    def parse(cls, body: Any) -> "Bell":
        """Read a bell message's body.

        :raises RequestError: it does not name a stack's queue.
        """
        queue = fields.text(fields.object_(body, "The bell", error=RequestError), "queue", error=RequestError)
        if not ids.is_stack_queue(queue):
            raise RequestError("queue", "is no stack's queue", f"name one that begins with {ids.QUEUE_PREFIX}")
        return cls(queue)

    def to_dict(self) -> dict[str, Any]:
        """Return what :meth:`parse` reads."""
        return {"queue": self.queue}


@dataclass(frozen=True, slots=True)
class OwnersTrust:
    """Names a stack's owner, and the trust that this one gave the bridge in the stack's project."""

    owner_id: str
    trust_id: Secret


@dataclass(frozen=True, slots=True)
class BusBell:
    """Names a stack's queue, and the project that both belong to.

    :ivar trust: None where the sender does not know of one, or is of an earlier release.
    """

    project_id: str
    queue: str
    trust: OwnersTrust | None = None

    @classmethod
    def parse(cls, payload: Any) -> "BusBell":
        """Read a notification's payload.

        What names no trust, or none that can be used, is a bell all the same: the trust is found in Keystone's list.

        :raises RequestError: it does not name a project and a stack's queue.
        """
        project = fields.text(fields.object_(payload, "The bell", error=RequestError), "project_id", error=RequestError)
        if not _ID.fullmatch(project):
            raise RequestError("project_id", "is no project's id", "send the id that Keystone gave it")
        return cls(project, Bell.parse(payload).queue, _trust(payload.get("owner_id"), payload.get("trust_id")))

    def to_dict(self) -> dict[str, Any]:
        """Return what :meth:`parse` reads."""
        named = {"project_id": self.project_id, "queue": self.queue}
        if self.trust is None:
            return named
        return {**named, "owner_id": self.trust.owner_id, "trust_id": self.trust.trust_id.reveal()}


def _trust(owner: Any, trust: Any) -> OwnersTrust | None:
    # A user's id may be any text where a directory gives it, such as an address; it is compared, and never sent.
    if not isinstance(owner, str) or not 0 < len(owner) <= _LONGEST_USER_ID:
        return None
    return OwnersTrust(owner, Secret(trust)) if isinstance(trust, str) and _ID.fullmatch(trust) else None
