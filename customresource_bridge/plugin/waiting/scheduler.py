"""When which row that waits without a thread is looked after: a schedule, and the thread that follows it.

One thread per heat-engine process. What a process parked it remembers itself, and asks the database nothing until it
is due. Once a minute it looks for what others parked, and takes that up when it is overdue: they may have died. That a
process takes a resource up is settled in the database, so that of several only one acts. Whether others still look
after theirs is asked for many rows at once: where ten thousand wait, every process asks for all of them.
"""

import heapq
import math
import random
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from oslo_log import log as logging

from customresource_bridge.plugin import clock
from customresource_bridge.plugin.clock import Clock
from customresource_bridge.plugin.lifecycle.schedule import GRACE
from customresource_bridge.protocol.printing import without_text

LOG = logging.getLogger(__name__)

_START = timedelta(seconds=3)
"""After the start of a process: its message bus must be up."""

AGAIN = timedelta(seconds=30)
"""After which time a row is looked after again where that failed."""
CLEAN_UP = timedelta(hours=1)
_AT_ONCE = 1000
"""Rows of others that are asked for by one question, at most."""


class Attend(Protocol):
    """See :meth:`monitor.Monitor.attend`."""

    def __call__(self, row_id: int, *, anew: bool) -> datetime | None:
        """Look after one row."""


Kept = Callable[[Collection[int]], Mapping[int, datetime]]
Scan = Callable[[], list[tuple[int, datetime]]]


class Scheduler:
    """A schedule of rows, and the thread that follows it.

    :param attend: looks after a row now, which may have been parked anew; returns when it is due again, or None.
    :param kept: returns those of some rows that other processes look after, and until when.
    :param scan: returns the rows of others, and when they are due.
    :param clean_up: called after the first scan, and every hour.
    """

    def __init__(  # noqa: PLR0913 - what it calls, by name
        self,
        *,
        attend: Attend,
        kept: Kept,
        scan: Scan,
        interval: Callable[[], float],
        clean_up: Callable[[], None] = lambda: None,
        now: Clock = clock.now,
    ) -> None:
        self._attend = attend
        self._now = now
        self._kept = kept
        self._scan = scan
        self._interval = interval
        self._clean_up = clean_up
        self._due: dict[int, datetime] = {}
        self._others: set[int] = set()
        self._anew: set[int] = set()
        self._heap: list[tuple[datetime, int]] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._next_scan = self._next_clean_up = self._now() + _START

    def expect(self, row_id: int, due: datetime) -> None:
        """Look after a row that this process has parked at ``due``, or earlier where that was said before."""
        with self._changed:
            self._others.discard(row_id)
            self._anew.add(row_id)
            self._schedule(row_id, due)

    def _schedule(self, row_id: int, due: datetime) -> None:
        known = self._due.get(row_id)
        if known is None or due < known:
            self._due[row_id] = due
            heapq.heappush(self._heap, (due, row_id))
        self._changed.notify()

    def start(self) -> None:
        """Start the thread, once."""
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="custom-resource-monitor", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                self.step()
                continue
            except Exception as error:
                # Heat's database or bus may be away for a while; what waits still has to be looked after.
                wrong = without_text(error)
            LOG.error("Looking after waiting custom resources failed; trying again: %s", wrong)
            time.sleep(GRACE.total_seconds())

    def step(self) -> None:
        """Sleep until something is due, and look after it."""
        row_id = self._await_due()
        if row_id is None:
            self._look_for_others()
            return
        with self._changed:
            others = [row_id, *self._others_due()] if row_id in self._others else []
        if others:
            self._look_at_others(others)
        else:
            self._look_after(row_id)

    def _look_after(self, row_id: int) -> None:
        with self._changed:
            anew = row_id in self._anew
            self._anew.discard(row_id)
        again, wrong = None, ""
        try:
            again = self._attend(row_id, anew=anew)
        except Exception as error:
            wrong, again = without_text(error), self._now() + AGAIN
        if wrong:
            # Not while the error is handled: oslo.log would add its text, which may quote what was to be stored.
            LOG.error("Looking after custom resource %s failed; it is tried again: %s", row_id, wrong)
        if again is not None:
            with self._changed:
                self._schedule(row_id, again)

    def _look_at_others(self, row_ids: Collection[int]) -> None:
        """Have those of others' rows looked after here that no other process looks after any more."""
        wrong = ""
        try:
            kept = self._kept(row_ids)
        except Exception as error:
            wrong, kept = without_text(error), dict.fromkeys(row_ids, self._now() + AGAIN)
        if wrong:
            LOG.error("Whether %d custom resources are looked after cannot be seen: %s", len(row_ids), wrong)
        with self._changed:
            now = self._now()
            for row_id in self._others.intersection(row_ids):  # not those that were parked here meanwhile
                if row_id in kept:
                    self._schedule(row_id, together(kept[row_id]))
                else:
                    self._others.discard(row_id)
                    self._schedule(row_id, now)

    def _others_due(self) -> Iterator[int]:
        """Take from the schedule what else is due of others' rows, in a row."""
        now, taken = self._now(), 1
        while self._heap and self._heap[0][0] <= now and taken < _AT_ONCE:
            due, row_id = self._heap[0]
            if self._due.get(row_id) == due:
                if row_id not in self._others:
                    return
                del self._due[row_id]
                taken += 1
                yield row_id
            heapq.heappop(self._heap)

    def _await_due(self) -> int | None:
        with self._changed:
            while True:
                now = self._now()
                if self._heap and self._heap[0][0] <= now:
                    due, row_id = heapq.heappop(self._heap)
                    if self._due.get(row_id) == due:
                        del self._due[row_id]
                        return row_id
                    continue
                if self._next_scan <= now:
                    return None
                wake = min(self._next_scan, self._heap[0][0]) if self._heap else self._next_scan
                self._changed.wait(max(0.0, (wake - now).total_seconds()))

    def _look_for_others(self) -> None:
        pause = self._interval() * random.uniform(0.8, 1.2)  # noqa: S311 - so that processes do not go in step
        self._next_scan = self._now() + timedelta(seconds=pause)
        for row_id, due in self._scan():
            with self._changed:
                if row_id not in self._due:
                    self._others.add(row_id)
                    self._schedule(row_id, together(due))
        if self._next_clean_up <= self._now():
            self._next_clean_up = self._now() + CLEAN_UP
            self._clean_up()


def together(due: datetime) -> datetime:
    """Return a time that is the same for all that are due within a few seconds, and later for none than by those."""
    slot = GRACE.total_seconds()
    return datetime.fromtimestamp(math.ceil(due.timestamp() / slot) * slot, due.tzinfo)
