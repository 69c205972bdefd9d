"""The queues that have work, in turn: each gives one message, then the next queue gives one.

Queues that a bell named come first. A sweep names all the queues there are, and nearly all of them are empty: those
wait until no bell's queue is left, but for one turn in ten, so that a sweep comes to its end under any load.
"""

import threading
from collections import OrderedDict

_SWEPT_TURN = 10


class ReadyQueues:
    """A round of queues; safe to use from any thread.

    A queue is taken by one worker at a time, so that its messages are admitted in their order.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rung: OrderedDict[str, None] = OrderedDict()
        self._swept: OrderedDict[str, None] = OrderedDict()
        self._taken: dict[str, bool] = {}  # and whether it was swept, as of those that are put off
        self._put_off: dict[str, bool] = {}
        self._again: set[str] = set()
        self._turns = 0
        self._closed = False

    def add(self, queue: str, *, swept: bool = False) -> None:
        """Say that a queue has work, or that a sweep came upon it. Saying it twice is no harm."""
        with self._changed:
            if queue in self._taken:
                self._again.add(queue)
            else:
                self._line_up(queue, swept=self._put_off.pop(queue, True) and swept)

    def take(self, timeout: float | None = None) -> str | None:
        """Return the next queue in turn, or None where there is none in time, or the round is closed."""
        with self._changed:
            if not (self._rung or self._swept or self._closed):
                self._changed.wait(timeout)
            if self._closed or not (self._rung or self._swept):
                return None
            self._turns += 1
            swept = not self._rung or bool(self._swept and self._turns % _SWEPT_TURN == 0)
            queue, _ = (self._swept if swept else self._rung).popitem(last=False)
            self._taken[queue] = swept
            return queue

    def give_back(self, queue: str, *, more: bool) -> None:
        """Say that a taken queue is free for others, and whether it may have more."""
        with self._changed:
            self._free(queue, more=more)

    def put_off(self, queue: str) -> None:
        """Give back a taken queue that is to be tried again later: it has work until then all the same."""
        with self._changed:
            swept = self._taken[queue]
            if not self._free(queue, more=False):
                self._put_off[queue] = swept

    def try_again(self, queue: str) -> None:
        """Say that it is time for a queue that was put off, unless it had its turn meanwhile."""
        with self._changed:
            if queue in self._put_off:
                self._line_up(queue, swept=self._put_off.pop(queue))

    def close(self) -> list[str]:
        """Give out no queue any more; return those that have work, without those only swept."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            return [*self._rung, *self._taken, *(queue for queue, swept in self._put_off.items() if not swept)]

    def __len__(self) -> int:
        return len(self._rung) + len(self._swept) + len(self._taken) + len(self._put_off)

    def _line_up(self, queue: str, *, swept: bool) -> None:
        if queue in self._rung:
            return
        if not swept:
            self._swept.pop(queue, None)
        (self._swept if swept else self._rung)[queue] = None
        self._changed.notify()

    def _free(self, queue: str, *, more: bool) -> bool:
        self._taken.pop(queue, None)
        more = more or queue in self._again
        self._again.discard(queue)
        if more:
            self._line_up(queue, swept=False)
        return more
