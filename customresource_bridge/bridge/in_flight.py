"""The requests in flight in this process: a table that says which request must wait for which. Nothing here is stored.

Losing it loses nothing: each request is still in its queue, or is posted again, and its execution still has its id.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime

from customresource_bridge.bridge.settings import Settings
from customresource_bridge.clients.zaqar.zaqar import Message
from customresource_bridge.compat import StrEnum
from customresource_bridge.protocol import Identity, Request, Response, Secret
from customresource_bridge.protocol.naming import shown

RECENT = 5.0
"""Seconds. A queue's requests that have run longer no longer count against its share of new ones."""


class Stage(StrEnum):
    """How far a request has come; it only moves down this list, and may leave stages out."""

    CLAIMED = "claimed"
    """No execution of it has been seen, and it has no response."""
    RUNNING = "running"
    """Its execution has been seen (``run``), and it has no response."""
    DRAINING = "draining"
    """Its execution was cancelled (``drains``), and tasks of it may still act."""
    SETTLED = "settled"
    """Its response is known (``response``, ``settled_at``) and is to be delivered. It has a ``run`` if one was seen."""
    ANSWERED = "answered"
    """Its response was accepted, or finally refused: only its message is left to be deleted."""


class Hearing(StrEnum):
    """Whether Heat has heard what a predecessor of a request came to."""

    OPEN = "open"
    HEARD = "heard"
    """It was delivered and accepted."""
    IN_VAIN = "in vain"
    """It cannot be delivered, or not in time."""


@dataclass(frozen=True, slots=True)
class Run:
    """A request's execution, as it was seen first.

    :ivar execution_id: the request's key, except for a Delete that took a predecessor's place.
    :ivar workflow: its name.
    :ivar seen_at: on the monotonic clock.
    :ivar age: the seconds for which it had run then: not 0.0 where another bridge, or this one before its restart,
        started it.
    """

    execution_id: str
    workflow: str
    seen_at: float
    age: float = 0.0


@dataclass(slots=True, eq=False, kw_only=True)
class InFlight:
    """One claimed request and how far it has come.

    The first seven fields say what it is, and stay. ``run``, ``drains``, ``response`` and ``answered`` say how far it
    has come and are set by :meth:`runs`, :meth:`drain`, :meth:`settle` and :meth:`answer` alone, which keep the
    combinations that :class:`Stage` names. A genuine message that cannot be read has no request, and begins SETTLED:
    its response is known.

    :ivar key: the id derived from it, which is the same for each delivery of it.
    :ivar request: None for a message that cannot be read further.
    :ivar since: when it was claimed, on the monotonic clock.
    :ivar message: without its body; another copy's, where the claim of the first was lost.
    :ivar claimed: whether this process still holds the message's claim, as far as it knows.
    :ivar superseded: whether a later request has put an end to it.
    :ivar hearings: whether Heat has heard what its predecessors came to, by their RequestIds.
    :ivar telling: a predecessor's outcome, while that is to be delivered before anything else.
    :ivar attempts: failed ones since it last moved on.
    :ivar look_at: when it is advanced next though nothing is heard of it, on the monotonic clock.
    :ivar settled_at: when its response was known, on the monotonic clock; None until then.
    :ivar has_place: whether it counts among the project's running requests; see :meth:`Table.may_start`.
    :ivar held_back: whether it waits for such a place.
    """

    key: str
    identity: Identity
    response_url: Secret
    deadline: datetime
    request: Request | None
    since: float
    message: Message
    claimed: bool = True
    superseded: bool = False
    hearings: dict[str, Hearing] = field(default_factory=dict)
    telling: Response | None = field(default=None, repr=False)
    attempts: int = 0
    look_at: float | None = None
    run: Run | None = None
    drains: bool = False
    response: Response | None = field(default=None, repr=False)
    settled_at: float | None = None
    answered: bool = False
    has_place: bool = False
    held_back: bool = False

    def __post_init__(self) -> None:
        if self.request is None and self.response is None:
            raise ValueError("a message without a request has its response from the beginning")

    def runs(self, execution_id: str, workflow: str, *, at: float, age: float = 0.0) -> None:
        """Note that its execution has been seen, which has run for ``age`` seconds."""
        if self.stage is not Stage.CLAIMED:
            raise ValueError(f"a request that is {self.stage} does not begin to run")
        self.run = Run(execution_id, workflow, at, age)

    def drain(self) -> None:
        """Note that its execution was cancelled, and that tasks of it may still act."""
        if self.stage not in {Stage.RUNNING, Stage.DRAINING}:
            raise ValueError(f"a request that is {self.stage} does not drain")
        self.drains = True

    def settle(self, response: Response, *, at: float) -> None:
        """Note its response."""
        if self.response is not None:
            raise ValueError(f"a request that is {self.stage} has its response")
        self.response, self.settled_at, self.attempts = response, at, 0

    def answer(self) -> None:
        """Note that its response was accepted, or finally refused."""
        if self.response is None:
            raise ValueError(f"a request that is {self.stage} has no response to deliver")
        self.answered, self.attempts = True, 0

    @property
    def stage(self) -> Stage:
        """How far it has come."""
        if self.answered:
            return Stage.ANSWERED
        if self.response is not None:
            return Stage.SETTLED
        if self.run is None:
            return Stage.CLAIMED
        return Stage.DRAINING if self.drains else Stage.RUNNING

    @property
    def started(self) -> bool:
        """Whether its execution has been seen, at whatever stage it is now."""
        return self.run is not None

    @property
    def delivers(self) -> bool:
        """Whether what comes next is a PUT, which may take as long as its receiver likes."""
        return self.response is not None or self.telling is not None

    @property
    def begins(self) -> bool:
        """Whether what comes next is to begin with it: nothing of it has been seen to run, and nothing is to be PUT."""
        return self.stage is Stage.CLAIMED and not self.delivers

    @property
    def execution_id(self) -> str:
        """The id that its execution has, or is to have."""
        return self.key if self.run is None else self.run.execution_id

    @property
    def workflow(self) -> str:
        """The workflow of its execution; empty until that is seen."""
        return "" if self.run is None else self.run.workflow

    @property
    def started_at(self) -> float | None:
        """When its execution was seen first; None until then."""
        return None if self.run is None else self.run.seen_at

    @property
    def in_hand_since(self) -> float:
        """When the first bridge claimed it, as far as that can be told; on the monotonic clock.

        A bridge that starts claims again what others have had in hand for hours: that is not new, nor likely to end at
        the next moment.
        """
        return self.since if self.run is None else min(self.since, self.run.seen_at - self.run.age)

    @property
    def resource(self) -> tuple[str, str]:
        """What it is about; requests of one resource are handled in order."""
        return self.identity.stack_id, self.identity.logical_resource_id

    @property
    def previous(self) -> tuple[str, ...]:
        """The requests it puts an end to."""
        return self.request.extras.previous if self.request else ()

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
        """Forget a request; one that was dropped already and has come anew meanwhile is another."""
        with self._lock:
            if self._entries.get(entry.key) is not entry:
                return
            del self._entries[entry.key]
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

        Its outcome is its end, whether or not a receiver takes that. The one that ``entry`` stops need only have been
        started: stopping it is part of handling ``entry``. No request waits beyond its own deadline.
        """
        if now >= entry.deadline:
            return False
        with self._lock:
            for other in self._resources.get(entry.resource, []):
                if other is entry:
                    return False
                stops = other.identity.request_id in entry.previous
                if other.response is None and not (stops and other.started):
                    return True
        return False

    def may_start(self, entry: InFlight, limit: int | None, now: datetime) -> bool:
        """Return whether a request has a place among those that run; it keeps that until its response is known.

        One that stops another takes that one's place, or a full project could stop nothing. One that a later request
        has put an end to, or whose deadline has passed, is only answered.

        :param limit: how many places there are; None means enough.
        """
        with self._lock:
            if not entry.has_place:
                free = limit is None or self._running() < limit
                entry.has_place = free or entry.superseded or now >= entry.deadline or self._stops_another(entry)
            entry.held_back = not entry.has_place
            return entry.has_place

    def held_back(self) -> list[InFlight]:
        """Return the requests that wait for a place, the first claimed first."""
        return [entry for entry in self.all() if entry.held_back]

    def followers(self, entry: InFlight) -> list[InFlight]:
        """Return the other requests of the same resource."""
        with self._lock:
            return [other for other in self._resources.get(entry.resource, []) if other is not entry]

    def get(self, key: str) -> InFlight | None:
        """Return the request that has this key."""
        return self._entries.get(key)

    def all(self) -> list[InFlight]:
        """Return all requests."""
        with self._lock:
            return list(self._entries.values())

    def started(self) -> list[InFlight]:
        """Return those whose execution is awaited."""
        return [entry for entry in self.all() if entry.stage is Stage.RUNNING]

    def fresh(self, queue: str, now: float) -> int:
        """Return how many new requests a queue has: not yet started, or only just."""
        with self._lock:
            entries = list(self._queues.get(queue, {}).values())
        return sum(
            1
            for entry in entries
            if entry.stage is Stage.CLAIMED or (entry.stage is Stage.RUNNING and now - entry.in_hand_since < RECENT)
        )

    def has_its_share(self, queue: str, now: float, settings: Settings) -> bool:
        """Return whether a queue has all that it may have for now: of what is new, and of the places there are."""
        held = len(self._queues.get(queue, {}))
        room = settings.has_room(held, in_flight=len(self))
        return not room or self.fresh(queue, now) >= settings.fair_share

    def _running(self) -> int:
        return sum(1 for entry in self._entries.values() if entry.has_place and entry.response is None)

    def _stops_another(self, entry: InFlight) -> bool:
        return any(
            other.identity.request_id in entry.previous and other.has_place and other.response is None
            for other in self._resources.get(entry.resource, [])
        )


def _supersede(earlier: InFlight, later: InFlight) -> None:
    if earlier.identity.request_id in later.previous:
        earlier.superseded = True
