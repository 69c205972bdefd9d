"""Sees answers arrive, for all resources that engine threads of this process watch: one query for all of them.

Were each to ask the database for itself, thirty times a second, a handful of them would keep the engine busy with
nothing else. A thread that watches also looks for itself once a second, so nothing hangs on this.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache

from heat.common import context as heat_context
from oslo_log import log as logging

from customresource_bridge.plugin.heat import resource_data
from customresource_bridge.plugin.options import settings

LOG = logging.getLogger(__name__)

_TROUBLE = 1.0
"""Seconds until the database is asked again that did not answer."""


class _Watching:
    def __init__(self, since: float) -> None:
        self.since = since
        self.arrived = threading.Event()

    def wait(self, seconds: float) -> bool:
        arrived = self.arrived.wait(seconds)
        self.arrived.clear()
        return arrived


class AnswerPoller:
    """Which threads watch for which row's answer, and the thread that looks for all; safe to use from any thread.

    :param look: returns those of some rows that have an answer.
    :param interval: returns the seconds between two looks while a thread has just begun to watch; later a twentieth
        of the time that the latest has watched, so that an answer is seen soon for what it took.
    """

    def __init__(
        self,
        look: Callable[[Collection[int]], Collection[int]],
        *,
        interval: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = look
        self._interval = interval
        self._clock = clock
        self._changed = threading.Condition()
        self._watching: dict[int, _Watching] = {}

    @contextmanager
    def watching(self, row_id: int) -> Iterator[Callable[[float], bool]]:
        """Watch for the answers of a row; gives what waits so many seconds, or until there is one, and tells which."""
        mine = _Watching(self._clock())
        with self._changed:
            self._watching[row_id] = mine
            self._changed.notify()
        try:
            yield mine.wait
        finally:
            with self._changed:
                if self._watching.get(row_id) is mine:
                    del self._watching[row_id]

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._run, name="custom-resource-answers", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._watching)
            pause = self.step()
            with self._changed:
                self._changed.wait(pause)  # or until a thread begins to watch, whose answer is to be seen soon

    def step(self) -> float:
        """Look once; return the seconds until the next time."""
        with self._changed:
            watching = dict(self._watching)
        answered = self._answered(watching)
        if answered is None:
            return _TROUBLE
        for row_id in answered:
            watching[row_id].arrived.set()
        latest = max((one.since for one in watching.values()), default=0.0)
        return max(self._interval(), (self._clock() - latest) / 20)

    def _answered(self, row_ids: Collection[int]) -> Collection[int] | None:
        try:
            return self._look(row_ids)
        except Exception as error:
            wrong = type(error).__name__
        LOG.warning("Cannot look for answers: %s", wrong)
        return None


def _look(row_ids: Collection[int]) -> set[int]:
    answered: set[int] = resource_data.answered(heat_context.get_admin_context(), row_ids)
    return answered


@lru_cache(maxsize=1)
def of_process() -> AnswerPoller:
    """Return the poller of this process; made in one of heat-engine's workers, for only they watch."""
    poller = AnswerPoller(_look, interval=lambda: settings().poll_interval)
    poller.start()
    return poller
