"""How often executions that have run for long are looked at, by all watchers of a process together."""

import threading

SLOWEST = 2.0
"""Seconds between two looks of a watcher's, where few watch."""
MOST = 10.0
"""Looks a second of all of them at most, at what has run for long: where each watches one project's, and hundreds of
projects wait for hours, Mistral would have nothing else to do."""


class Pace:
    """Counts the watchers that await something. For threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watching: set[object] = set()

    def join(self, watcher: object) -> None:
        """Count a watcher, once."""
        with self._lock:
            self._watching.add(watcher)

    def leave(self, watcher: object) -> None:
        """Count it no more."""
        with self._lock:
            self._watching.discard(watcher)

    @property
    def slowest(self) -> float:
        """The seconds after which a watcher looks again, however long what it awaits has run."""
        return max(SLOWEST, len(self._watching) / MOST)
