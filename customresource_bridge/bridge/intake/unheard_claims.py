"""Claims that Zaqar made perhaps, their answers unheard: nobody has such a message until its claim runs out."""

import threading
from collections.abc import Callable

import requests

from customresource_bridge import errors
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.intake.claims import FIRST_TTL
from customresource_bridge.bridge.scheduling.timers import Timers
from customresource_bridge.clients.http import never_left
from customresource_bridge.clients.keystone.trusts import SERVICE as KEYSTONE

PAUSE = FIRST_TTL + 60.0
"""Seconds until such a claim has run out: Zaqar may have made it a while after the call was given up."""


def may_have_claimed(error: errors.ServiceUnavailable) -> bool:
    """Return whether a claim that failed may have been made all the same."""
    at_the_door = error.service == KEYSTONE or error.status == requests.codes.too_many_requests
    return not at_the_door and not never_left(error)


class UnheardClaims:
    """The queues that they were made from, each with the time when the last one is over. For threads.

    :param look: has a queue claimed from again, when that has come.
    """

    def __init__(self, timers: Timers, look: Callable[[str], None], *, clock: Clock) -> None:
        self._timers = timers
        self._look = look
        self._clock = clock
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._until)

    def add(self, queue: str) -> None:
        """Note that a claim from a queue may have been made."""
        with self._lock:
            known = queue in self._until
            self._until[queue] = self._clock.monotonic() + PAUSE
        if not known:
            self._timers.after(PAUSE, self._over, queue)

    def _over(self, queue: str) -> None:
        if self._until[queue] <= self._clock.monotonic():
            self._look(queue)
        with self._lock:
            # Only after the look, or the bridge would have been idle in between. Another may have been lost meanwhile.
            left = self._until[queue] - self._clock.monotonic()
            if left <= 0:
                del self._until[queue]
                return
        self._timers.after(left, self._over, queue)
