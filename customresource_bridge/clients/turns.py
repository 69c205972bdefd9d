"""So many at a time, each in the order in which it came.

``threading.Semaphore`` lets whoever comes at the right moment overtake those that wait: with hundreds of threads, some
wait until their time is out.
"""

import threading
from collections import deque


class Turns:
    """Has at most so many threads do something at a time; safe to use from any thread."""

    def __init__(self, number: int) -> None:
        self._lock = threading.Lock()
        self._free = number
        self._waiting: deque[threading.Event] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def take(self, seconds: float | None) -> bool:
        """Wait for a turn, for ever with None; say whether it came. One that came is to be given back."""
        with self._lock:
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
            if not mine.is_set():
                self._waiting.remove(mine)
            return mine.is_set()

    def give_back(self) -> None:
        """End a turn: it goes to whoever has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1
