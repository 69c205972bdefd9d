"""Claims that Zaqar made perhaps, their answers unheard: nobody has such a message until its claim runs out."""

from collections.abc import Callable

from customresource_bridge.bridge.intake.claims import FIRST_TTL
from customresource_bridge.bridge.scheduling.timers import Timers

PAUSE = FIRST_TTL + 60.0
"""Seconds until such a claim has run out: Zaqar may have made it a while after the call was given up."""


class UnheardClaims:
    """The queues that they were made from; safe to use from any thread.

    :param look: has a queue claimed from again, when the claim is over.
    """

    def __init__(self, timers: Timers, look: Callable[[str], None]) -> None:
        self._timers = timers
        self._look = look
        self._queues: set[str] = set()

    def __len__(self) -> int:
        return len(self._queues)

    def add(self, queue: str) -> None:
        """Note a queue."""
        if queue not in self._queues:
            self._queues.add(queue)
            self._timers.after(PAUSE, self._over, queue)

    def queues(self) -> set[str]:
        """Return the queues that nobody has looked at since."""
        return set(self._queues)

    def _over(self, queue: str) -> None:
        self._look(queue)
        self._queues.discard(queue)
