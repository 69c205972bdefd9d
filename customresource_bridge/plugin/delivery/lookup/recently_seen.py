"""What was seen in another service a moment ago, and as what, so that a stack's resources need not ask each."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

_KEPT = 1000
_NEVER = (0.0, None)


class RecentlySeen:
    """Keys, each for some seconds.

    :param clock: seconds that only grow.
    """

    def __init__(self, *, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._until: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()

    def add(self, key: Hashable, what: Any = None) -> None:
        """Note that a key was seen now, and what was seen."""
        with self._lock:
            self._until[key] = self._clock() + self._seconds, what
            self._until.move_to_end(key)
            while len(self._until) > _KEPT:
                self._until.popitem(last=False)

    def discard(self, key: Hashable) -> None:
        """Forget a key."""
        with self._lock:
            self._until.pop(key, None)

    def __contains__(self, key: Hashable) -> bool:
        return self._until.get(key, _NEVER)[0] > self._clock()

    def what(self, key: Hashable) -> Any:
        """Return what was seen of a key that is still here, or None."""
        until, what = self._until.get(key, _NEVER)
        return what if until > self._clock() else None
