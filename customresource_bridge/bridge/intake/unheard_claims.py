"""Claims that Zaqar made perhaps, their answers unheard: nobody has such a message until its claim runs out."""

from collections.abc import Callable

from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.intake.claims import FIRST_TTL
from customresource_bridge.bridge.scheduling.timers import Timers

PAUSE = FIRST_TTL + 60.0
"""Seconds until such a claim has run out: Zaqar may have made it a while after the call was given up."""


class UnheardClaims:
    """The queues that they were made from, each with the time when the last one is over. For threads.

    :param look: has a queue claimed from again, when that has come.
    """

    def __init__(self, timers: Timers, look: Callable[[str], None], *, clock: Clock) -> None:
        self._timers = timers
        self._look = look
        self._clock = clock
        self._until: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._until)

    def add(self, queue: str) -> None:
        """Note that a claim from a queue may have been made."""
        known = queue in self._until
        self._until[queue] = self._clock.monotonic() + PAUSE
        if not known:
            self._timers.after(PAUSE, self._over, queue)

    def _over(self, queue: str) -> None:
        if self._left(queue) <= 0:
            self._look(queue)
            # Only now, or the bridge would have been idle in between. Another may have been lost meanwhile.
            if self._left(queue) <= 0:
                del self._until[queue]
                return
        self._timers.after(self._left(queue), self._over, queue)

    def _left(self, queue: str) -> float:
        return self._until[queue] - self._clock.monotonic()
