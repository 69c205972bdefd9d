"""Looks through every project that trusts the bridge, once in a while: for requests whose bell the message bus lost.

It also reports projects that have no queue any more, whose trust may go. It takes one project after the other, spread
over the interval, so that it never amounts to a burst; hosts do it independently of each other.
"""

import math
import random
import threading
from collections.abc import Callable, Iterable

from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.bridge.background_thread import BackgroundThread
from customresource_bridge.bridge.trouble_log import TroubleLog

LOG = oslo_log.getLogger(__name__)

_TROUBLE = 30.0
_NO_PROJECT = 60.0
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
    :param queues: returns a project's queues of stacks.
    :param swept: called for each queue; returns whether it was noted.
    :param unneeded: called for a project that had no queue in two sweeps running: its trust may be needed no more.
    :param interval: seconds of one sweep, at least.
    :param least: seconds for each project and each queue of it, at least.
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
    ) -> None:
        self._projects = projects
        self._queues = queues
        self._swept = swept
        self._unneeded = unneeded
        self._interval = interval
        self._least = least
        self._trouble = TroubleLog(LOG, "list the projects", of="project sweep")
        self._empty: set[str] = set()
        self._stopping = threading.Event()
        self._thread = BackgroundThread(self._run, name="project-sweep")

    def start(self) -> None:
        """Begin the first sweep."""
        self._thread.start()

    def stop(self, until: float = math.inf) -> None:
        """End; wait for that no longer than ``until``."""
        self._stopping.set()
        self._thread.join(until)

    def sweep(self) -> None:
        """Look through all projects once.

        :raises ServiceError: Keystone did not say which there are.
        """
        projects = list(self._projects())
        self._trouble.works()
        if not projects:
            self._stopping.wait(min(self._interval, _NO_PROJECT))
            return
        random.shuffle(projects)  # so that hosts that begin together do not go in step
        self._empty.intersection_update(projects)
        for project_id in projects:
            queues = 0
            try:
                queues = self.sweep_project(project_id)
            except errors.CustomResourceError as error:
                LOG.info("project %s: not swept: %s", project_id, error)
            pause = pause_after(queues, projects=len(projects), interval=self._interval, least=self._least)
            if self._stopping.wait(pause):
                return

    def sweep_project(self, project_id: str) -> int:
        """Look through one project; return how many queues it has.

        :raises ServiceError: it cannot be.
        """
        queues = list(self._queues(project_id))
        for queue in queues:
            self._swept(project_id, queue)
        if queues:
            self._empty.discard(project_id)
        elif project_id in self._empty:
            self._empty.discard(project_id)
            self._unneeded(project_id)
        else:
            self._empty.add(project_id)
        return len(queues)

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
