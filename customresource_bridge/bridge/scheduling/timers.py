"""Calls back at a time: the waits of all requests in one thread and one heap, instead of a sleeping thread for each."""

import heapq
import itertools
import math
import threading
from collections.abc import Callable
from typing import Any

from oslo_log import log as oslo_log

from customresource_bridge.bridge.background_thread import BackgroundThread
from customresource_bridge.bridge.clock import Clock

LOG = oslo_log.getLogger(__name__)


class Timers:
    """Callbacks in the order of their times; safe to use from any thread.

    :param name: of its thread.
    """

    def __init__(self, name: str, *, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._number = itertools.count()
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = BackgroundThread(self._run, name=name)

    def start(self) -> None:
        """Begin to call back."""
        self._thread.start()

    def stop(self, until: float = math.inf) -> None:
        """End, and wait for that no longer than ``until``; callbacks that are not yet due are never called."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(until)

    def after(self, seconds: float, callback: Callable[..., None], *args: Any) -> None:
        """Call ``callback(*args)`` in so many seconds. It must be short."""
        due = self._clock.monotonic() + seconds
        with self._changed:
            number = next(self._number)
            heapq.heappush(self._heap, (due, number, callback, args))
            # Its thread sleeps until the first is due: to wake it for each would cost two switches of threads.
            if self._heap[0][1] == number:
                self._changed.notify()

    def due(self) -> list[tuple[Callable[..., None], tuple[Any, ...]]]:
        """Remove and return the callbacks that are due now."""
        now = self._clock.monotonic()
        ready = []
        with self._changed:
            while self._heap and self._heap[0][0] <= now:
                _, _, callback, args = heapq.heappop(self._heap)
                ready.append((callback, args))
        return ready

    def _run(self) -> None:
        while not self._stopping:
            for callback, args in self.due():
                self._call(callback, args)
            with self._changed:
                if not self._stopping:
                    left = self._heap[0][0] - self._clock.monotonic() if self._heap else None
                    self._changed.wait(left)

    def _call(self, callback: Callable[..., None], args: tuple[Any, ...]) -> None:
        try:
            callback(*args)
        except Exception:  # the other callbacks are called all the same
            LOG.exception("%s: unexpected error", self._thread.name)
