"""Looks through every project that trusts the bridge, once in a while: for requests whose bell the message bus lost.

It also reports projects that have no queue any more, whose trust may go. It takes one project after the other, spread
half of the interval, so that it never amounts to a burst; hosts do it independently of each other. A turn has so many
queues at most: a project with thousands waits for its next turn, and the others do not wait for it.
"""

import itertools
import math
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.bridge.background_thread import BackgroundThread
from customresource_bridge.bridge.trouble_log import TroubleLog

LOG = oslo_log.getLogger(__name__)

_TROUBLE = 30.0
_NO_PROJECT = 60.0
_MOST = 20
"""Queues of a project in one turn: as many as Zaqar lists at once."""
_LEAST = 1.0
"""Seconds for each project and each queue of a sweep at least: what sweeps cost does not grow with the stacks."""


def pause_after(queues: int, *, projects: int, interval: float, least: float) -> float:
    """Return the seconds from one project to the next, so that a sweep takes its interval, or as long as it must.

    :param queues: how many the project has.
    :param least: for each project and each queue.
    """
    return max(interval / max(1, projects), least * max(1, queues))


class ProjectSweep:
    """Sweeps the projects again and again, in a thread of its own.

    :param projects: returns those there are now.
    :param queues: returns a project's queues of stacks, listed as they are taken.
    :param swept: called for each queue; returns whether it was noted.
    :param unneeded: called for a project that had no queue in two sweeps running: its trust may be needed no more.
    :param interval: seconds of one sweep, at least.
    :param least: seconds for each project and each queue of it, at least.
    :param monotonic: the clock.
    :param rest: waits for so many seconds, and returns whether the sweep is to end.
    """

    def __init__(  # noqa: PLR0913 - what it looks at, what it tells, and its pace
        self,
        *,
        projects: Callable[[], Iterable[str]],
        queues: Callable[[str], Iterable[str]],
        swept: Callable[[str, str], bool],
        unneeded: Callable[[str], None],
        interval: float,
        least: float = _LEAST,
        monotonic: Callable[[], float] = time.monotonic,
        rest: Callable[[float], bool] | None = None,
    ) -> None:
        self._projects = projects
        self._queues = queues
        self._swept = swept
        self._unneeded = unneeded
        self._interval = interval
        self._least = least
        self._trouble = TroubleLog(LOG, "list the projects", of="project sweep")
        self._empty: set[str] = set()
        self._left: dict[str, Iterator[str]] = {}
        self._stopping = threading.Event()
        self._monotonic = monotonic
        self._rest = rest or self._stopping.wait
        self._thread = BackgroundThread(self._run, name="project-sweep")

    def start(self) -> None:
        """Begin the first sweep."""
        self._thread.start()

    def stop(self, until: float = math.inf) -> None:
        """End; wait for that no longer than ``until``."""
        self._stopping.set()
        self._thread.join(until)

    def sweep(self) -> None:
        """Give each project a turn, and then those with more queues further ones while the interval lasts.

        :raises ServiceError: Keystone did not say which there are.
        """
        until = self._monotonic() + self._interval
        projects = list(self._projects())
        self._trouble.works()
        if not projects:
            self._rest(min(self._interval, _NO_PROJECT))
            return
        random.shuffle(projects)  # so that hosts that begin together do not go in step
        self._empty.intersection_update(projects)
        self._left = {project_id: rest for project_id, rest in self._left.items() if project_id in set(projects)}
        for project_id in projects:
            # The other half is for those with more queues.
            if self._pause(self._turn(project_id), projects=2 * len(projects)):
                return
        waiting = deque(project_id for project_id in projects if project_id in self._left)
        while waiting and self._monotonic() < until:
            project_id = waiting.popleft()
            if self._rest(self._least * max(1, self._turn(project_id))):
                return
            if project_id in self._left:
                waiting.append(project_id)
        self._rest(max(0.0, until - self._monotonic()))

    def _pause(self, queues: int, *, projects: int) -> bool:
        return self._rest(pause_after(queues, projects=projects, interval=self._interval, least=self._least))

    def _turn(self, project_id: str) -> int:
        try:
            return self.sweep_project(project_id)
        except errors.CustomResourceError as error:
            self._left.pop(project_id, None)
            LOG.info("project %s: not swept: %s", project_id, error)
        return 0

    def sweep_project(self, project_id: str) -> int:
        """Look through one project's next queues; return how many they were.

        :raises ServiceError: it cannot be.
        """
        left = self._left.pop(project_id, None)
        queues = iter(self._queues(project_id)) if left is None else left
        found = list(itertools.islice(queues, _MOST))
        for queue in found:
            self._swept(project_id, queue)
        if len(found) == _MOST:
            self._left[project_id] = queues
        if left is None:
            self._note(project_id, has_queues=bool(found))
        return len(found)

    def _note(self, project_id: str, *, has_queues: bool) -> None:
        if has_queues:
            self._empty.discard(project_id)
        elif project_id in self._empty:
            self._empty.discard(project_id)
            self._unneeded(project_id)
        else:
            self._empty.add(project_id)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.sweep()
            except errors.CustomResourceError as error:
                self._trouble.failed(error)
                self._stopping.wait(_TROUBLE)
            except Exception:
                LOG.exception("project sweep: unexpected error")
                self._stopping.wait(_TROUBLE)
