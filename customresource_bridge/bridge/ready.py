"""The queues that have work, in turn: each gives one message, then the next queue gives one."""

import threading
from collections import OrderedDict


class Ready:
    """A round of queues; safe to use from any thread.

    A queue is taken by one worker at a time, so that its messages are admitted in their order.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: OrderedDict[str, None] = OrderedDict()
        self._taken: set[str] = set()
        self._again: set[str] = set()
        self._closed = False

    def add(self, queue: str) -> None:
        """Say that a queue has work. Saying it twice is no harm."""
        with self._changed:
            if queue in self._taken:
                self._again.add(queue)
            elif queue not in self._waiting:
                self._waiting[queue] = None
                self._changed.notify()

    def take(self, timeout: float | None = None) -> str | None:
        """Return the next queue in turn, or None where there is none in time, or the round is closed."""
        with self._changed:
            if not self._waiting and not self._closed:
                self._changed.wait(timeout)
            if not self._waiting or self._closed:
                return None
            queue, _ = self._waiting.popitem(last=False)
            self._taken.add(queue)
            return queue

    def give_back(self, queue: str, *, more: bool) -> None:
        """Say that a taken queue is free for others, and whether it may have more."""
        with self._changed:
            self._taken.discard(queue)
            more = more or queue in self._again
            self._again.discard(queue)
            if more:
                self._waiting[queue] = None
                self._changed.notify()

    def close(self) -> list[str]:
        """Let nobody take a queue any more; return those that have work."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            return [*self._waiting, *self._taken]

    def __len__(self) -> int:
        return len(self._waiting) + len(self._taken)
