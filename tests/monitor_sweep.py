"""A monitor on real rows of Heat's tables, and what it did; needs Heat."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from heat_tables import Tables

from customresource_bridge.plugin.delivery.lookup.takers import Taken, Untaken
from customresource_bridge.plugin.heat import leases
from customresource_bridge.plugin.lifecycle.lease import Lease, LeaseState
from customresource_bridge.plugin.lifecycle.spec import Delivery, Spec
from customresource_bridge.plugin.lifecycle.state import Pending, State
from customresource_bridge.plugin.lifecycle.wait_decision import Seen, Surroundings
from customresource_bridge.plugin.metrics.untaken import UntakenRequests
from customresource_bridge.plugin.waiting.monitor import SLOW, Monitor
from customresource_bridge.plugin.waiting.rows import Row
from customresource_bridge.protocol import RequestType

SLOW_CALL = SLOW.total_seconds() + 1


@dataclass
class Sweep(Tables):
    """A monitor on real rows, what it did, and what it is told."""

    seen: Seen | Exception = Seen.RUNNING
    fails: Exception | None = None
    """What sending raises, after a while."""
    taker: Taken | Untaken | Exception | None = None
    posts_told: int = 0
    """What the search for the taker was told."""
    posts_counted: int = 0
    """What the row counted meanwhile."""
    bridges: tuple[str, ...] | None = None
    begins_at: datetime | None = None
    """When a row that has no request is to be looked at again."""
    told: list[str] = field(default_factory=list)
    around: dict[str, Any] = field(default_factory=dict)
    done: list[tuple[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.loaded: dict[int, Row] = {}
        self.untaken = UntakenRequests()
        way: Any = SimpleNamespace(see=self._see, send_again=self._send)
        self.monitor = Monitor(
            load=self._load,
            begin_again=self._begin_again,
            is_as_loaded=lambda _row: not self.around,
            wake=self._wake,
            ways={Delivery.QUEUE: way, Delivery.DIRECT: way},
            now=self.clock,
            find_taker=self._find_taker,
            find_bridges=lambda _ref: self.bridges,
            tell=lambda _ref, text: self.told.append(text),
            untaken=self.untaken,
        )

    def _find_taker(self, ref: Any, pending: Pending, *, posts: int) -> Taken | Untaken | None:  # noqa: ARG002
        self.done.append(("look for its taker", None))
        self.posts_told, self.posts_counted = posts, self.lease(ref.row_id).posts
        if isinstance(self.taker, Exception):
            raise self.taker
        return self.taker

    def _see(self, ref: Any, _pending: Pending) -> Seen:
        self.done.append(("see", ref.row_id))
        if isinstance(self.seen, Exception):
            self.clock.advance(SLOW_CALL)
            raise self.seen
        return self.seen

    def _send(self, ref: Any, _pending: Pending) -> None:
        self.done.append(("send", ref.row_id))
        if self.fails:
            self.clock.advance(SLOW_CALL)
            raise self.fails

    def _wake(self, context: Any, _stack: Any, row_id: int, lease: Lease, waking: Lease) -> bool:
        self.done.append(("wake", row_id))
        return leases.swap(context, row_id, lease, waking)

    def _begin_again(self, row_id: int, _now: datetime) -> datetime | None:
        self.done.append(("begin again", row_id))
        return self.begins_at

    def _load(self, row_id: int, _now: datetime) -> Row | None:
        self.done.append(("load", row_id))
        row = self.loaded.get(row_id)
        if row is None:
            return None
        around = Surroundings(thread_from=self.clock() + timedelta(seconds=self.time_remaining), **self.around)
        return Row(ref=row.ref, pending=row.pending, lease=self.lease(row_id), around=around)

    def take_at_the_look(self) -> None:
        """Have another process take a row in the moment in which this one looks for its answer."""

        def take(ref: Any, _pending: Pending) -> Seen:
            lease = self.lease(ref.row_id)
            assert leases.swap(self.context, ref.row_id, lease, lease.held_by_thread())
            return Seen.MISSING

        self.monitor._ways[Delivery.QUEUE].see = take  # type: ignore[method-assign]

    def waiting(  # noqa: PLR0913 - what differs, by name
        self,
        delivery: Delivery = Delivery.DIRECT,
        *,
        next_post: float = 60,
        expires: float = 60,
        state: LeaseState = LeaseState.PARKED,
        deadline: float = 3600,
        hindrance: str = "",
        posts: int = 1,
    ) -> int:
        """Insert a row that waits."""
        row_id = self.row()
        now = self.clock()
        pending = Pending(
            request_id="r",
            request_type=RequestType.CREATE,
            spec=Spec(resource_type="T", delivery=delivery),
            traversal="op",
            asked_at=now,
            deadline=now + timedelta(seconds=deadline),
            hindrance=hindrance,
        )
        lease = Lease(
            request_id="r",
            posts=posts,
            next_post_at=now + timedelta(seconds=next_post),
            expires_at=now + timedelta(seconds=expires),
            state=state,
        )
        self.remember(row_id, State(pending=pending), lease)
        around = Surroundings(thread_from=now + timedelta(seconds=self.time_remaining))
        self.loaded[row_id] = Row(ref=self.ref(row_id), pending=pending, lease=lease, around=around)
        return row_id

    def attend(self, row_id: int, *, anew: bool = False) -> float | None:
        """Look after a row; return after how many seconds it is due again."""
        self.done.clear()
        again = self.monitor.attend(row_id, anew=anew)
        return None if again is None else (again - self.clock()).total_seconds()

    def did(self) -> list[str]:
        return [what for what, _row_id in self.done]
