"""The requests that a provider's workers have in hand now, and since when: for what the provider says of itself."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class RequestInHand:
    """A request that a worker is at.

    :ivar since: on the monotonic clock.
    """

    since: float


class InHand:
    """What all workers of a process have; safe to use from any thread."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._held: set[RequestInHand] = set()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count a request for as long as the context lasts."""
        held = RequestInHand(self._monotonic())
        with self._lock:
            self._held.add(held)
        try:
            yield
        finally:
            with self._lock:
                self._held.discard(held)

    def all(self) -> list[RequestInHand]:
        """Return what is in hand."""
        with self._lock:
            return list(self._held)
