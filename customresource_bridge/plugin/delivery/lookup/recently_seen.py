"""What was seen in another service a moment ago, so that a stack's resources need not ask one after the other."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

_KEPT = 1000


class RecentlySeen:
    """Keys, each for some seconds.

    :param clock: seconds that only grow.
    """

    def __init__(self, *, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._until: OrderedDict[Hashable, float] = OrderedDict()

    def add(self, key: Hashable) -> None:
        """Note that a key was seen now."""
        with self._lock:
            self._until[key] = self._clock() + self._seconds
            self._until.move_to_end(key)
            while len(self._until) > _KEPT:
                self._until.popitem(last=False)

    def discard(self, key: Hashable) -> None:
        """Forget a key."""
        with self._lock:
            self._until.pop(key, None)

    def __contains__(self, key: Hashable) -> bool:
        return self._until.get(key, 0.0) > self._clock()
