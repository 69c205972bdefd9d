"""Watches the executions of all projects by one batched query, where Mistral's policy allows it.

It is worth it where many projects have work at the same time. From the moment that Mistral forbids the one query, each
project's own watcher does the work.
"""

import math
import threading
from collections.abc import Callable
from datetime import datetime

from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.in_flight import InFlight
from customresource_bridge.bridge.scheduling.execution_watcher import AwaitedExecutions, ExecutionWatcher, Watcher
from customresource_bridge.clients.mistral.mistral import FinishedExecutions, Mistral

LOG = oslo_log.getLogger(__name__)


class CloudWatcher:
    """The one watcher, and the part of it that each project's bridge is given.

    :param mistral: with the authority of the bridge's own user.
    :param table: the requests of all projects.
    """

    def __init__(
        self,
        mistral: Mistral,
        table: AwaitedExecutions,
        *,
        ended: Callable[[InFlight], None],
        fastest: float,
        clock: Clock,
    ) -> None:
        self._mistral = mistral
        self._watcher = ExecutionWatcher(self, table, of="all projects", ended=ended, fastest=fastest, clock=clock)
        self._lock = threading.Lock()
        self._others: set[Watcher] = set()
        self._forbidden = False
        self.start = self._watcher.start
        self.stop = self._watcher.stop

    def finished_since(self, moment: datetime) -> FinishedExecutions:
        """Return the cloud's executions that ended after ``moment``; none where it is forbidden.

        :raises ServiceError: Mistral did not say.
        """
        if self._forbidden:
            return FinishedExecutions({})
        try:
            return self._mistral.finished_since(moment, all_projects=True)
        except errors.Forbidden as error:
            self._give_up(error)
            return FinishedExecutions({})

    def watcher_for(self, own: Watcher) -> Watcher:
        """Return what watches for a project: this, and the project's own watcher when this is forbidden."""
        return _ProjectWatcher(self, own)

    def join(self, own: Watcher) -> None:
        """Take note of a project's own watcher."""
        with self._lock:
            self._others.add(own)

    def leave(self, own: Watcher) -> None:
        """Forget it."""
        with self._lock:
            self._others.discard(own)

    def wake(self, own: Watcher) -> None:
        """Say that a project has started an execution."""
        (own if self._forbidden else self._watcher).wake()

    def _give_up(self, error: errors.Forbidden) -> None:
        LOG.warning(
            "Mistral's policy executions:list:all_projects does not let the bridge's user list the executions of all "
            "projects; until the next start each project is watched by itself: %s",
            error,
        )
        self._forbidden = True
        with self._lock:
            others = list(self._others)
        for own in others:
            own.wake()


class _ProjectWatcher:
    def __init__(self, cloud: CloudWatcher, own: Watcher) -> None:
        self._cloud = cloud
        self._own = own

    def start(self) -> None:
        """Begin to watch."""
        self._own.start()
        self._cloud.join(self._own)

    def stop(self, until: float = math.inf) -> None:
        """End; wait for that no longer than ``until``."""
        self._cloud.leave(self._own)
        self._own.stop(until)

    def wake(self) -> None:
        """Say that an execution has been started."""
        self._cloud.wake(self._own)
