"""The bell: a tiny message that says which queue has work. A hint: it may be lost, doubled or late.

A tenant's own bridge hears it in a queue of its project; an operator's hears it on the cloud's message bus, where it
names the project too. It holds no secret: a reader of the bus learns that a stack is busy.
"""

import re
from dataclasses import dataclass
from typing import Any

from customresource_bridge.protocol import fields, ids
from customresource_bridge.protocol.errors import RequestError

BUS_TOPIC = "heat_custom_resources"
"""The notification topic on the bus, by default."""
BUS_EVENT = "customresource.bell"
BUS_PROBE = "customresource.probe"
"""By which bridges learn whether they hear; a bridge of an earlier release drops it."""

_PROJECT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


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
class BusBell:
    """Names a stack's queue, and the project that both belong to."""

    project_id: str
    queue: str

    @classmethod
    def parse(cls, payload: Any) -> "BusBell":
        """Read a notification's payload.

        :raises RequestError: it does not name a project and a stack's queue.
        """
        bell = Bell.parse(payload)
        project_id = fields.text(payload, "project_id", error=RequestError)
        if not _PROJECT_ID.fullmatch(project_id):
            raise RequestError("project_id", "is no project's id", "send the id that Keystone gave it")
        return cls(project_id, bell.queue)

    def to_dict(self) -> dict[str, Any]:
        """Return what :meth:`parse` reads."""
        return {"project_id": self.project_id, "queue": self.queue}
