"""Room for requests: those in flight have a place, and so has each one that is being claimed. It claims none itself."""

import threading
from collections.abc import Callable


class Room:
    """So many places; safe to use from any thread.

    :param in_flight: returns how many requests have a place already.
    :param places: how many there are.
    """

    def __init__(self, in_flight: Callable[[], int], *, places: int) -> None:
        self._in_flight = in_flight
        self._places = places
        self._lock = threading.Lock()
        self._entered = 0

    def enter(self) -> bool:
        """Take a place for a claim; return False where there is none."""
        with self._lock:
            free = self._in_flight() + self._entered < self._places
            self._entered += free
            return free

    def leave(self) -> None:
        """Give that place back: what was claimed is in flight by now, or nothing was."""
        with self._lock:
            self._entered -= 1
