"""So many at a time, each in the order in which it came.

``threading.Semaphore`` lets whoever comes at the right moment overtake those that wait: with hundreds of threads, some
wait until their time is out.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import urllib3


class NoTurnError(urllib3.exceptions.ConnectTimeoutError):
    """A call was not made: so many to the same service were under way for as long as it could wait."""


class Turns:
    """Has at most so many threads do something at a time; safe to use from any thread."""

    def __init__(self, number: int) -> None:
        self._lock = threading.Lock()
        self._free = number
        self._waiting: deque[threading.Event] = deque()
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def take(self, seconds: float | None) -> bool:
        """Wait for a turn, with None until :meth:`close`; say whether it came. One that came is to be given back."""
        with self._lock:
            if self._closed:
                return False
            if self._free:
                self._free -= 1
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        try:
            mine.wait(seconds)
        except BaseException:
            if self._leave(mine):
                self.give_back()
            raise
        return self._leave(mine)

    def _leave(self, mine: threading.Event) -> bool:
        """Wait no longer; say whether the turn has come."""
        with self._lock:
            came = mine not in self._waiting
            if not came:
                self._waiting.remove(mine)
            return came

    def give_back(self) -> None:
        """End a turn: it goes to whoever has waited longest."""
        with self._lock:
            if self._waiting and not self._closed:
                self._waiting.popleft().set()
            else:
                self._free += 1

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Have a turn, however long it is in coming, and give it back; yields whether it came: see :meth:`close`."""
        came = self.take(None)
        try:
            yield came
        finally:
            if came:
                self.give_back()

    def close(self) -> None:
        """Give no more turns: whoever waits, waits no longer."""
        with self._lock:
            self._closed = True
            for waiting in self._waiting:
                waiting.set()


class TurnsOfEach:
    """The same number of turns for each of several services; safe to use from any thread."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.known: dict[object, Turns] = {}

    @contextmanager
    def turn(self, service: object, seconds: float | None) -> Iterator[None]:
        """Have a turn of a service's, and wait for it as long as that.

        :raises NoTurnError: it did not come.
        """
        turns = self.known.get(service) or self.known.setdefault(service, Turns(self._number))
        if not turns.take(seconds):
            raise NoTurnError(f"{self._number} calls to it are under way")
        try:
            yield
        finally:
            turns.give_back()
