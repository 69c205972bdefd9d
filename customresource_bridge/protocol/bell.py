"""The bell: a tiny message that says which queue has work. A hint: it may be lost, doubled or late."""

from dataclasses import dataclass
from typing import Any

from customresource_bridge.protocol import fields, ids
from customresource_bridge.protocol.errors import RequestError


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
