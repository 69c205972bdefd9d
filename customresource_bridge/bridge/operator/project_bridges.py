"""Gives each of many projects a bridge of its own, for as long as it has work.

    message bus or sweep -> ring(project, queue) -> the project's bridge -> idle for a while -> ended

A project's bridge has its own threads, session and backoff, so that one whose trust is broken or whose services are
slow holds up no other but in the line of those that begin. Their number is bounded: beyond it the bell is given back,
for this or another process.
Cost follows requests: a project without work costs nothing here.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.bridge.bridge import Bridge
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.in_flight import InFlight
from customresource_bridge.bridge.scheduling.elastic_threads import ElasticThreads
from customresource_bridge.bridge.scheduling.timers import Timers

LOG = oslo_log.getLogger(__name__)

OPENINGS = 32
"""Bridges that are opened at a time, at most."""
_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 300.0


@dataclass(slots=True, eq=False)
class _ProjectBridge:
    """One project and what is known of it here.

    :ivar bridge: None while it is being opened, or cannot be.
    :ivar waiting: queues heard of meanwhile, and whether they are only swept.
    :ivar swept: whether no bell named it: only a sweep came upon it.
    :ivar refused: whether it could not be opened because no owner's trust worked.
    """

    id: str
    bridge: Bridge | None = None
    waiting: dict[str, bool] = field(default_factory=dict)
    swept: bool = True
    pause: float = 0.0
    refused: bool = False
    idle_since: float | None = None


class ProjectBridges:
    """The bridges of all projects that have work; safe to use from any thread.

    :param open_bridge: returns a project's bridge, not yet started; it may take its time.
    :param limit: how many projects at once.
    :param linger: seconds a project's bridge is kept when it has no more work.
    :param trusts_stale_after: seconds until a trust that was missed is looked for again.
    """

    def __init__(
        self,
        open_bridge: Callable[[str], Bridge],
        *,
        limit: int,
        linger: float,
        trusts_stale_after: float = _FIRST_PAUSE,
        clock: Clock | None = None,
    ) -> None:
        self._open_bridge = open_bridge
        self._limit = limit
        self._linger = linger
        self._trusts_stale_after = trusts_stale_after
        self._clock = clock or Clock()
        self._lock = threading.Lock()
        self._projects: dict[str, _ProjectBridge] = {}
        self._stopping = False
        self._timers = Timers("project-timers", clock=self._clock)
        # Made when needed. Each opening asks Keystone for trust and token: hundreds at once would all time out.
        self._openers = ElasticThreads(min(limit, OPENINGS), name="open")
        self._enders = ElasticThreads(limit, name="end")

    def start(self) -> None:
        """Begin."""
        self._timers.start()
        self._timers.after(self._linger, self._look_for_idle)

    def stop(self) -> dict[str, set[str]]:
        """End all bridges cleanly; return, by project, the queues that still have work."""
        with self._lock:
            self._stopping = True
            projects = list(self._projects.values())
        self._timers.stop()
        self._openers.close()
        self._enders.close()
        with ThreadPoolExecutor(max(1, len(projects)), thread_name_prefix="stop") as pool:
            left = list(pool.map(_stop, projects))
        return {project.id: queues for project, queues in zip(projects, left, strict=True) if queues}

    def ring(self, project_id: str, queue: str, *, swept: bool = False) -> bool:
        """Say that a project's queue has work, or that a sweep came upon it: it may have.

        :returns: False where there is no room for it here.
        """
        with self._lock:
            if self._stopping:
                return False
            project = self._projects.get(project_id)
            if project is None:
                if len(self._projects) >= self._limit:
                    return False
                project = self._projects[project_id] = _ProjectBridge(project_id)
                self._openers.submit(self._open, project)
            project.swept = project.swept and swept
            if project.bridge is not None:
                project.idle_since = None
                project.bridge.ring(queue, swept=swept)
            else:
                project.waiting[queue] = project.waiting.get(queue, True) and swept
            return True

    def __len__(self) -> int:
        return len(self._projects)

    def bridges(self) -> list[Bridge]:
        """Return the bridges of the projects that have work."""
        with self._lock:
            return [project.bridge for project in self._projects.values() if project.bridge is not None]

    def started(self) -> list[InFlight]:
        """Return the requests of all projects whose execution is awaited."""
        return [entry for bridge in self.bridges() for entry in bridge.table.started()]

    def in_flight(self) -> list[InFlight]:
        """Return the requests of all projects."""
        return [entry for bridge in self.bridges() for entry in bridge.table.all()]

    def projects(self) -> list[str]:
        """Return the projects that have work."""
        with self._lock:
            return list(self._projects)

    def ended(self, execution_id: str) -> None:
        """Take a hint that an execution has ended: have its request looked at, if it is here."""
        for bridge in self.bridges():
            entry = bridge.table.get(execution_id)
            if entry is not None:
                bridge.submit(entry)

    def submit(self, entry: InFlight) -> None:
        """Have the request's own bridge advance it."""
        for bridge in self.bridges():
            if bridge.table.get(entry.key) is entry:
                bridge.submit(entry)

    def _open(self, project: _ProjectBridge) -> None:
        try:
            bridge = self._begun(project.id)
        except errors.Unauthorized as error:
            self._refused(project, error)
        except errors.CustomResourceError as error:
            self._open_later(project, str(error))
        except Exception:
            LOG.exception("project %s: unexpected error", project.id)
            self._open_later(project, "unexpected error")
        else:
            self._opened(project, bridge)

    def _begun(self, project_id: str) -> Bridge:
        bridge = self._open_bridge(project_id)
        try:
            bridge.start()
        except RuntimeError:  # no thread more could be had: those that were would stay at each further try
            bridge.stop()
            raise
        return bridge

    def _opened(self, project: _ProjectBridge, bridge: Bridge) -> None:
        with self._lock:
            too_late = self._stopping
            if not too_late:
                self._begin(project, bridge)
        if too_late:  # what waits for it is passed on
            bridge.stop()
            return
        LOG.info("project %s: has work", project.id)

    def _begin(self, project: _ProjectBridge, bridge: Bridge) -> None:
        project.bridge = bridge
        project.pause = 0.0
        waiting, project.waiting = project.waiting, {}
        for queue, swept in waiting.items():
            bridge.ring(queue, swept=swept)

    def _refused(self, project: _ProjectBridge, error: errors.Unauthorized) -> None:
        if not project.refused:
            # The trusts may have been listed for another project, just before this one's first was made.
            project.refused = True
            self._timers.after(self._trusts_stale_after, self._try_again, project)
            return
        # Nothing here would mend it; the next bell tries again, and the plugin rings again.
        LOG.error("project %s: no authority, its requests wait: %s", project.id, error)
        self._forget(project)

    def _open_later(self, project: _ProjectBridge, why: str) -> None:
        project.pause = min(max(_FIRST_PAUSE, 2 * project.pause), _LONGEST_PAUSE)
        LOG.warning("project %s: its bridge cannot be opened, next try in %d s: %s", project.id, project.pause, why)
        self._timers.after(project.pause, self._try_again, project)

    def _try_again(self, project: _ProjectBridge) -> None:
        with self._lock:
            if not self._stopping:
                self._openers.submit(self._open, project)

    def _forget(self, project: _ProjectBridge) -> None:
        with self._lock:
            self._projects.pop(project.id, None)

    def _look_for_idle(self) -> None:
        self._timers.after(max(1.0, self._linger / 10), self._look_for_idle)
        now = self._clock.monotonic()
        with self._lock:
            over = [project for project in self._projects.values() if self._is_over(project, now)]
            for project in over:
                del self._projects[project.id]
        for project in over:
            self._enders.submit(self._end, project)

    def _is_over(self, project: _ProjectBridge, now: float) -> bool:
        if project.bridge is None:
            return False
        if not project.bridge.idle:
            project.idle_since = None
            return False
        if project.idle_since is None:
            project.idle_since = now
        # A sweep opens all projects in turn, most of them for nothing: their places are needed.
        return project.swept or now - project.idle_since >= self._linger

    def _end(self, project: _ProjectBridge) -> None:
        for queue in _stop(project):
            # It was rung in the very moment of its end.
            self.ring(project.id, queue)
        LOG.info("project %s: has no more work", project.id)


def _stop(project: _ProjectBridge) -> set[str]:
    waiting = {queue for queue, swept in project.waiting.items() if not swept}
    return (project.bridge.stop() if project.bridge else set()) | waiting
