"""The requests in flight in this process: a table that says who must wait for whom. Nothing here is ever stored.

Losing it loses nothing: each request is still in its queue, or posted again, and its execution still has its id.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime

from customresource_bridge.bridge.settings import Settings
from customresource_bridge.clients.zaqar import Message
from customresource_bridge.protocol import Identity, Request, Response, Secret
from customresource_bridge.protocol.naming import shown

RECENT = 5.0
"""Seconds. A queue's requests that have run longer no longer count against its share of new ones."""


@dataclass(slots=True, eq=False, kw_only=True)
class InFlight:
    """One claimed request and how far it has come.

    :ivar key: the id derived from it, which is the same for each delivery of it.
    :ivar request: None for a genuine message that cannot be read further.
    :ivar message: without its body.
    :ivar since: when it was claimed, on the monotonic clock.
    :ivar started_at: when its execution was seen first; None until then.
    :ivar settled_at: when its outcome was known; None until then.
    :ivar workflow: that of its execution; empty until that is seen.
    :ivar claimed: whether we still hold its claim, as far as we know.
    :ivar started: whether its execution has been seen.
    :ivar execution_id: its execution's id, which is the key but for a Delete that took its predecessor's place.
    :ivar superseded: whether a later Delete has put an end to it.
    :ivar answered: whether the response was accepted, or finally refused.
    :ivar look_at: when it is advanced next though nothing is heard of it, on the monotonic clock.
    """

    key: str
    identity: Identity
    response_url: Secret
    deadline: datetime
    request: Request | None
    message: Message
    since: float
    claimed: bool = True
    started: bool = False
    superseded: bool = False
    answered: bool = False
    attempts: int = 0
    look_at: float | None = None
    response: Response | None = field(default=None, repr=False)
    execution_id: str = ""
    workflow: str = ""
    started_at: float | None = None
    settled_at: float | None = None

    def __post_init__(self) -> None:
        self.execution_id = self.execution_id or self.key

    @property
    def resource(self) -> tuple[str, str]:
        """What it is about; requests of one resource are handled in order."""
        return self.identity.stack_id, self.identity.logical_resource_id

    @property
    def previous_request_id(self) -> str | None:
        """The request it puts an end to."""
        return self.request.extras.previous_request_id if self.request else None

    @property
    def request_type(self) -> str | None:
        """The phase, where the request can be read."""
        return str(self.request.request_type) if self.request else None

    def __str__(self) -> str:
        return shown(self.identity, self.request_type)


class Table:
    """All requests in flight; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, InFlight] = {}
        self._resources: dict[tuple[str, str], list[InFlight]] = {}
        self._queues: dict[str, dict[str, InFlight]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: InFlight) -> InFlight:
        """Add a request, or return the entry that it is a repetition of."""
        with self._lock:
            known = self._entries.get(entry.key)
            if known is not None:
                return known
            self._entries[entry.key] = entry
            self._queues.setdefault(entry.message.queue, {})[entry.key] = entry
            line = self._resources.setdefault(entry.resource, [])
            for other in line:
                _supersede(other, entry)
                _supersede(entry, other)
            line.append(entry)
            return entry

    def remove(self, entry: InFlight) -> None:
        """Forget a request."""
        with self._lock:
            self._entries.pop(entry.key, None)
            queued = self._queues.get(entry.message.queue, {})
            queued.pop(entry.key, None)
            if not queued:
                self._queues.pop(entry.message.queue, None)
            line = self._resources.get(entry.resource, [])
            if entry in line:
                line.remove(entry)
            if not line:
                self._resources.pop(entry.resource, None)

    def blocked(self, entry: InFlight, now: datetime) -> bool:
        """Return whether an earlier request of the same resource must come to its end first.

        Its outcome is its end, whether or not that finds a taker. The one that ``entry`` stops need only have been
        started: stopping it is part of handling ``entry``. Nobody waits beyond its own deadline.
        """
        if now >= entry.deadline:
            return False
        with self._lock:
            for other in self._resources.get(entry.resource, []):
                if other is entry:
                    return False
                stops = other.identity.request_id == entry.previous_request_id
                if other.response is None and not (stops and other.started):
                    return True
        return False

    def followers(self, entry: InFlight) -> list[InFlight]:
        """Return the other requests of the same resource."""
        with self._lock:
            return [other for other in self._resources.get(entry.resource, []) if other is not entry]

    def get(self, key: str) -> InFlight | None:
        """Return the request whose execution has this id."""
        return self._entries.get(key)

    def all(self) -> list[InFlight]:
        """Return all requests."""
        with self._lock:
            return list(self._entries.values())

    def started(self) -> list[InFlight]:
        """Return those whose execution is awaited."""
        return [entry for entry in self.all() if entry.started and entry.response is None]

    def fresh(self, queue: str, now: float) -> int:
        """Return how many new requests a queue has: not yet started, or only just."""
        with self._lock:
            entries = list(self._queues.get(queue, {}).values())
        return sum(entry.response is None and (not entry.started or now - entry.since < RECENT) for entry in entries)

    def has_its_share(self, queue: str, now: float, settings: Settings) -> bool:
        """Return whether a queue has all that it may have for now: of what is new, and of the places there are."""
        held = len(self._queues.get(queue, {}))
        room = settings.has_room(held, in_flight=len(self))
        return not room or self.fresh(queue, now) >= settings.fair_share


def _supersede(earlier: InFlight, later: InFlight) -> None:
    if later.previous_request_id == earlier.identity.request_id:
        earlier.superseded = True
