"""Threads that come with work and go without it, by hand since those of concurrent.futures stay once they have come.

A bridge works for many projects, most of which wait for hours once their executions have been started: each would keep
the threads of its busiest moment.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from oslo_log import log as oslo_log

LOG = oslo_log.getLogger(__name__)

LINGER = 10.0
"""Seconds that a thread waits for more, so that a burst needs no new one for each call."""


class ElasticThreads:
    """At most so many threads, and always one: where no further can be had, calls are made all the same.

    :param most: how many.
    :param name: theirs.
    :param linger: seconds until one that has nothing to do ends.
    """

    def __init__(self, most: int, *, name: str, linger: float = LINGER) -> None:
        self._most = most
        self._name = name
        self._linger = linger
        self._changed = threading.Condition()
        self._calls: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._threads = 0
        self._idle = 0
        self._closed = False
        with self._changed:
            self._begin()

    def __len__(self) -> int:
        """How many there are."""
        return self._threads

    def submit(self, call: Callable[..., object], /, *args: Any) -> None:
        """Have a thread make a call; what that raises is logged.

        Where no further thread can be started it waits for one of those that there are.

        :raises RuntimeError: it is closed.
        """
        with self._changed:
            if self._closed:
                raise RuntimeError(f"{self._name}: no more calls are made")
            self._calls.append((call, args))
            if self._idle >= len(self._calls):
                self._changed.notify()
            elif self._threads < self._most:
                self._begin_another()

    def close(self) -> None:
        """Make no more calls, nor those that wait; what is being done is not waited for."""
        with self._changed:
            self._closed = True
            self._calls.clear()
            self._changed.notify_all()

    def _begin_another(self) -> None:
        try:
            self._begin()
        except RuntimeError as error:
            LOG.warning("%s: no further thread can be started: %s", self._name, error)

    def _begin(self) -> None:
        threading.Thread(target=self._run, args=(self._threads == 0,), name=self._name, daemon=True).start()
        self._threads += 1

    def _run(self, stays: bool) -> None:
        try:
            while (found := self._next(None if stays else self._linger)) is not None:
                self._make(*found)
                del found  # a request may be large, and the next may be long in coming
        except BaseException:  # what would end any thread ends this one too, and another may take its place
            with self._changed:
                self._threads -= 1
            raise

    def _make(self, call: Callable[..., object], args: tuple[Any, ...]) -> None:
        try:
            call(*args)
        except Exception:
            LOG.exception("%s: unexpected error", self._name)

    def _next(self, linger: float | None) -> tuple[Callable[..., object], tuple[Any, ...]] | None:
        """Return the next call; None where the thread is to end."""
        with self._changed:
            if not self._calls and not self._closed:
                self._idle += 1
                self._changed.wait_for(lambda: self._calls or self._closed, linger)
                self._idle -= 1
            if self._calls:
                return self._calls.popleft()
            # In the same breath as the decision: a call that came in between would find a thread that is about to end.
            self._threads -= 1
            return None
