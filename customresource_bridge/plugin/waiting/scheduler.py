"""When which row that waits without a thread is looked after: a schedule, and the thread that follows it.

One thread per heat-engine process. What a process parked it remembers itself, and asks the database nothing until it
is due. Once a minute it looks for what others parked, and takes that up when it is overdue: they may have died. That a
process takes a resource up is settled in the database, so that of several only one acts.
"""

import heapq
import random
import threading
import time
from collections.abc import Callable
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


class Attend(Protocol):
    """See :meth:`monitor.Monitor.attend`."""

    def __call__(self, row_id: int, *, anew: bool) -> datetime | None:
        """Look after one row."""


Kept = Callable[[int], datetime | None]
Scan = Callable[[], list[tuple[int, datetime]]]


class Scheduler:
    """A schedule of rows, and the thread that follows it.

    :param attend: looks after a row now, which may have been parked anew; returns when it is due again, or None.
    :param kept: returns until when another process looks after a row, or None where none does any more.
    :param scan: returns the rows of others, and when they are due.
    :param begin: called once, before the first scan.
    """

    def __init__(  # noqa: PLR0913 - what it calls, by name
        self,
        *,
        attend: Attend,
        kept: Kept,
        scan: Scan,
        interval: Callable[[], float],
        begin: Callable[[], None] = lambda: None,
        now: Clock = clock.now,
    ) -> None:
        self._attend = attend
        self._now = now
        self._kept = kept
        self._scan = scan
        self._interval = interval
        self._begin: Callable[[], None] | None = begin
        self._due: dict[int, datetime] = {}
        self._others: set[int] = set()
        self._anew: set[int] = set()
        self._heap: list[tuple[datetime, int]] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._next_scan = self._now() + _START

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
        again, wrong = None, ""
        try:
            again = self._look_after(row_id)
        except Exception as error:
            wrong, again = without_text(error), self._now() + AGAIN
        if wrong:
            # Not while the error is handled: oslo.log would add its text, which may quote what was to be stored.
            LOG.error("Looking after custom resource %s failed; it is tried again: %s", row_id, wrong)
        if again is not None:
            with self._changed:
                self._schedule(row_id, again)

    def _look_after(self, row_id: int) -> datetime | None:
        kept = self._kept(row_id) if row_id in self._others else None
        with self._changed:
            if kept is not None:
                return kept
            self._others.discard(row_id)
            anew = row_id in self._anew
            self._anew.discard(row_id)
        return self._attend(row_id, anew=anew)

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
        begin, self._begin = self._begin, None
        if begin is not None:
            begin()
        for row_id, due in self._scan():
            with self._changed:
                if row_id not in self._due:
                    self._others.add(row_id)
                    self._schedule(row_id, due)
