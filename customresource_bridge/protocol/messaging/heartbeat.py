"""The heartbeat: what a bridge, or a provider, says of itself, again and again, in a queue of its credentials' project.

It is a message that soon runs out, so that a bridge that has died is soon seen no more. It holds no secret, and nothing
depends on it but what people are shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from customresource_bridge.compat import StrEnum
from customresource_bridge.protocol import fields
from customresource_bridge.protocol.errors import RequestError

INTERVAL = 30
"""Seconds from one heartbeat to the next."""
TTL = 3 * INTERVAL
"""Seconds that a heartbeat lives: two may be lost. Zaqar takes no less than 60."""
_LARGEST = 2**53
"""Up to which every reader of JSON takes a number for what it is."""


class BridgeMode(StrEnum):
    """Whose requests a bridge handles."""

    TENANT = "tenant"
    """Those of the project whose credentials it has."""
    OPERATOR = "operator"
    """Those of all projects that trust it."""
    PROVIDER = "provider"
    """Those of one queue: it is no bridge, and a release that does not know this mode shows none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """What one process of a bridge, or of a provider, says of itself.

    :ivar id: of this process and no other, at whatever host: processes in containers often bear the same number.
    :ivar workers: threads that handle requests, in operator mode for each project.
    :ivar in_flight: requests claimed and not yet answered.
    :ivar oldest: seconds since the first of them was claimed; None where there is none.
    :ivar stopped: whether it is the last, posted at a clean end.
    :ivar queue: of a provider: the one that it answers; empty for a bridge.
    """

    id: str
    host: str
    pid: int
    version: str
    mode: BridgeMode
    workers: int
    started_at: datetime
    in_flight: int = 0
    oldest: int | None = None
    stopped: bool = False
    queue: str = ""

    @classmethod
    def parse(cls, body: Any) -> "Heartbeat":
        """Read a heartbeat message's body.

        :raises RequestError: it is none.
        """
        said = fields.object_(body, "The heartbeat", error=RequestError)
        return cls(
            id=fields.text(said, "id", error=RequestError, limit=64),
            host=fields.text(said, "host", error=RequestError),
            pid=_number(said, "pid"),
            version=fields.text(said, "version", error=RequestError),
            mode=_mode(said),
            workers=_number(said, "workers"),
            started_at=fields.moment(said, "started_at", error=RequestError),
            in_flight=_number(said, "in_flight"),
            oldest=None if said.get("oldest") is None else _number(said, "oldest"),
            stopped=said.get("stopped") is True,
            queue=fields.text(said, "queue", error=RequestError) if said.get("queue") else "",
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what :meth:`parse` reads."""
        return {**asdict(self), "mode": str(self.mode), "started_at": self.started_at.isoformat()}


def alive(posted: Iterable[tuple[Any, int]]) -> list[tuple[Heartbeat, int]]:
    """Return the last heartbeat of each process that is there, with its age.

    What cannot be read is left out: each user of the project may post into the queue, and for as long as Zaqar allows.

    :param posted: bodies of messages with their ages in seconds, the oldest first.
    """
    last: dict[str, tuple[Heartbeat, int]] = {}
    for body, age in posted:
        try:
            said = Heartbeat.parse(body)
        except RequestError:
            continue
        if age <= TTL:
            last[said.id] = said, age
    return [(said, age) for said, age in last.values() if not said.stopped]


def _mode(said: Mapping[str, Any]) -> BridgeMode:
    try:
        return BridgeMode(fields.text(said, "mode", error=RequestError))
    except ValueError:
        raise RequestError("mode", "is no mode of a bridge", f"send one of {', '.join(BridgeMode)}") from None


def _number(said: Mapping[str, Any], field: str) -> int:
    value = said.get(field)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _LARGEST:
        raise RequestError(field, "is no number from 0 on", "send a whole number")
    return value
