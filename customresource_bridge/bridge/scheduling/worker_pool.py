"""The threads that handle requests: never two at one request, and those that begin, or that PUT, apart from the others.

A gateway that hangs holds the thread that PUTs to it for as long as a PUT may take; workflows are started meanwhile
all the same, since delivering has threads of its own, for a request's own response and for its predecessor's. The
queues take turns there: the responses of a stack of hundreds, whose executions end together, do not hold up another
stack's single one. Beginning has threads of its own, too: many bridges begin in turn, and what has run to its end does
not wait for that. What is to be done with a request, and whether it succeeded, is not known here.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Executor

from oslo_log import log as oslo_log

from customresource_bridge.bridge.in_flight import InFlight
from customresource_bridge.bridge.scheduling.elastic_threads import ElasticThreads

LOG = oslo_log.getLogger(__name__)

BEGINNERS = 8
"""Threads that begin, at most: the bridges of many projects begin in one line, and none is to have all its turns."""


class _FairQueue:
    """Requests that wait for a thread, the queues in turn; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: OrderedDict[str, deque[InFlight]] = OrderedDict()

    def add(self, entry: InFlight) -> None:
        with self._lock:
            self._waiting.setdefault(entry.message.queue, deque()).append(entry)

    def withdraw(self, key: str, queue: str) -> bool:
        """Take out a request that still waits; return whether it did."""
        with self._lock:
            line = self._waiting.get(queue, deque())
            waits = next((entry for entry in line if entry.key == key), None)
            if waits is None:
                return False
            line.remove(waits)
            if not line:
                del self._waiting[queue]
            return True

    def take(self) -> InFlight | None:
        """Return the next one; None where it was withdrawn."""
        with self._lock:
            if not self._waiting:
                return None
            queue, line = self._waiting.popitem(last=False)
            entry = line.popleft()
            if line:
                self._waiting[queue] = line
        return entry


class WorkerPool:
    """Three pools of threads and the requests they work on; safe to use from any thread.

    :param work: advances a request.
    :param current: returns the request in flight under a key, if there is one.
    :param threads: of each pool; of those that begin, no more than :data:`BEGINNERS`.
    :param executor: takes the place of them all.
    """

    def __init__(
        self,
        work: Callable[[InFlight], None],
        current: Callable[[str], InFlight | None],
        *,
        threads: int,
        executor: Executor | None = None,
    ) -> None:
        self._work = work
        self._current = current
        self._pools: list[ElasticThreads | Executor] = []
        try:
            for name, most in (("begin", min(threads, BEGINNERS)), ("worker", threads), ("deliver", threads)):
                self._pools.append(executor or ElasticThreads(most, name=name))
        except RuntimeError:
            self._close_pools()
            raise
        self._beginning, self._settling, self._delivering = self._pools
        self._answers = _FairQueue()
        self._lock = threading.Lock()
        self._again: dict[str, bool] = {}
        self._unsettled: set[str] = set()
        self._closed = False

    def __len__(self) -> int:
        """How many requests have, or wait for, a thread."""
        return len(self._again)

    @property
    def unsettled(self) -> int:
        """How many of them are not yet known to succeed or fail."""
        return len(self._unsettled)

    def submit(self, entry: InFlight) -> None:
        """Have a thread advance a request; if one is advancing it now, once more after that.

        One that waits for a thread that delivers, and has meanwhile something else to do, waits for that no longer.
        """
        with self._lock:
            settles = not entry.delivers
            if self._closed:  # another bridge, or the next run, will do it
                LOG.debug("%s: left for later", entry)
                return
            if entry.key in self._again and not (settles and self._answers.withdraw(entry.key, entry.message.queue)):
                self._again[entry.key] = True
                return
            self._again[entry.key] = False
            if settles:
                self._unsettled.add(entry.key)
        try:
            if settles:
                (self._beginning if entry.begins else self._settling).submit(self._run, entry)
            else:
                self._answers.add(entry)
                self._delivering.submit(self._run_next)
        except RuntimeError:  # it was closed meanwhile
            self._over(entry)

    def finish(self, patience: float) -> None:
        """Wait for the threads to come to the end of what they are doing, but no longer than so many seconds."""
        until = time.monotonic() + patience
        while len(self) and time.monotonic() < until:
            time.sleep(0.05)

    def close(self) -> None:
        """Begin nothing more."""
        with self._lock:
            self._closed = True
        self._close_pools()

    def _close_pools(self) -> None:
        for pool in self._pools:
            if isinstance(pool, ElasticThreads):
                pool.close()

    def _run_next(self) -> None:
        entry = self._answers.take()
        if entry is not None:
            self._run(entry)

    def _run(self, entry: InFlight) -> None:
        again = False
        try:
            self._work(entry)
        except Exception:
            LOG.exception("%s: unexpected error", entry)
        finally:
            again = self._over(entry)
        # It may have been dropped meanwhile, and have come anew.
        current = self._current(entry.key)
        if again and current is not None:
            self.submit(current)

    def _over(self, entry: InFlight) -> bool:
        with self._lock:
            self._unsettled.discard(entry.key)
            return self._again.pop(entry.key)
