"""Operator mode: many projects, each with a bridge of its own for as long as it has work.

    bus or sweep -> ring(project, queue) -> the project's bridge -> idle for a while -> ended

A project's bridge has its own threads, session and backoff, so that one whose trust is broken or whose services are
slow holds up nobody else. Their number is bounded: beyond it the bell is given back, for this or another process.
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
from customresource_bridge.bridge.scheduling.timers import Agenda

LOG = oslo_log.getLogger(__name__)

_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 300.0


@dataclass(slots=True, eq=False)
class _Tenant:
    """One project and what is known of it here.

    :ivar bridge: None while it is being opened, or cannot be.
    :ivar waiting: queues heard of meanwhile, and whether they are only swept.
    :ivar swept: whether nobody rang: only a sweep came upon it.
    :ivar refused: whether it could not be opened because no owner's trust worked.
    """

    project_id: str
    bridge: Bridge | None = None
    waiting: dict[str, bool] = field(default_factory=dict)
    swept: bool = True
    pause: float = 0.0
    refused: bool = False
    idle_since: float | None = None


class Hub:
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
        self._tenants: dict[str, _Tenant] = {}
        self._stopping = False
        self._agenda = Agenda("tenants", clock=self._clock)
        # As many threads as there are places, made when needed: a project that opens slowly delays no other.
        self._openers = ThreadPoolExecutor(limit, thread_name_prefix="open")

    def start(self) -> None:
        """Begin."""
        self._agenda.start()
        self._agenda.after(self._linger, self._look_for_idle)

    def stop(self) -> dict[str, set[str]]:
        """End all bridges cleanly; return, by project, the queues that still have work."""
        with self._lock:
            self._stopping = True
            tenants = list(self._tenants.values())
        self._agenda.stop()
        self._openers.shutdown(wait=True, cancel_futures=True)
        with ThreadPoolExecutor(max(1, len(tenants)), thread_name_prefix="stop") as pool:
            left = list(pool.map(_stop, tenants))
        return {tenant.project_id: queues for tenant, queues in zip(tenants, left, strict=True) if queues}

    def ring(self, project_id: str, queue: str, *, swept: bool = False) -> bool:
        """Say that a project's queue has work, or that a sweep came upon it: it may have.

        :returns: False where there is no room for it here.
        """
        with self._lock:
            if self._stopping:
                return False
            tenant = self._tenants.get(project_id)
            if tenant is None:
                if len(self._tenants) >= self._limit:
                    return False
                tenant = self._tenants[project_id] = _Tenant(project_id)
                self._openers.submit(self._open, tenant)
            tenant.swept = tenant.swept and swept
            if tenant.bridge is not None:
                tenant.idle_since = None
                tenant.bridge.ring(queue, swept=swept)
            else:
                tenant.waiting[queue] = tenant.waiting.get(queue, True) and swept
            return True

    def __len__(self) -> int:
        return len(self._tenants)

    def bridges(self) -> list[Bridge]:
        """Return the bridges of the projects that have work."""
        with self._lock:
            return [tenant.bridge for tenant in self._tenants.values() if tenant.bridge is not None]

    def started(self) -> list[InFlight]:
        """Return the requests of all projects whose execution is awaited."""
        return [entry for bridge in self.bridges() for entry in bridge.table.started()]

    def in_flight(self) -> list[InFlight]:
        """Return the requests of all projects."""
        return [entry for bridge in self.bridges() for entry in bridge.table.all()]

    def projects(self) -> list[str]:
        """Return the projects that have work."""
        with self._lock:
            return list(self._tenants)

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

    def _open(self, tenant: _Tenant) -> None:
        try:
            bridge = self._open_bridge(tenant.project_id)
            bridge.start()
        except errors.Unauthorized as error:
            self._refused(tenant, error)
        except errors.CustomResourceError as error:
            self._open_later(tenant, str(error))
        except Exception:
            LOG.exception("project %s: a mistake in the bridge", tenant.project_id)
            self._open_later(tenant, "a mistake in the bridge")
        else:
            self._opened(tenant, bridge)

    def _opened(self, tenant: _Tenant, bridge: Bridge) -> None:
        with self._lock:
            tenant.bridge = bridge
            tenant.pause = 0.0
            waiting, tenant.waiting = tenant.waiting, {}
            for queue, swept in waiting.items():
                bridge.ring(queue, swept=swept)
        LOG.info("project %s: has work", tenant.project_id)

    def _refused(self, tenant: _Tenant, error: errors.Unauthorized) -> None:
        if not tenant.refused:
            # The trusts may have been listed for another project, just before this one's first was made.
            tenant.refused = True
            self._agenda.after(self._trusts_stale_after, self._try_again, tenant)
            return
        # Nothing here would mend it; the next bell tries again, and the plugin rings again.
        LOG.error("project %s: %s", tenant.project_id, error)
        self._forget(tenant)

    def _open_later(self, tenant: _Tenant, why: str) -> None:
        tenant.pause = min(max(_FIRST_PAUSE, 2 * tenant.pause), _LONGEST_PAUSE)
        LOG.warning("project %s: next try in %d s: %s", tenant.project_id, tenant.pause, why)
        self._agenda.after(tenant.pause, self._try_again, tenant)

    def _try_again(self, tenant: _Tenant) -> None:
        with self._lock:
            if not self._stopping:
                self._openers.submit(self._open, tenant)

    def _forget(self, tenant: _Tenant) -> None:
        with self._lock:
            self._tenants.pop(tenant.project_id, None)

    def _look_for_idle(self) -> None:
        now = self._clock.monotonic()
        with self._lock:
            over = [tenant for tenant in self._tenants.values() if self._is_over(tenant, now)]
            for tenant in over:
                del self._tenants[tenant.project_id]
        for tenant in over:
            self._openers.submit(self._end, tenant)
        self._agenda.after(max(1.0, self._linger / 10), self._look_for_idle)

    def _is_over(self, tenant: _Tenant, now: float) -> bool:
        if tenant.bridge is None:
            return False
        if not tenant.bridge.idle:
            tenant.idle_since = None
            return False
        if tenant.idle_since is None:
            tenant.idle_since = now
        # A sweep opens all projects in turn, most of them for nothing: their places are needed.
        return tenant.swept or now - tenant.idle_since >= self._linger

    def _end(self, tenant: _Tenant) -> None:
        for queue in _stop(tenant):
            # It was rung in the very moment of its end.
            self.ring(tenant.project_id, queue)
        LOG.info("project %s: has no more work", tenant.project_id)


def _stop(tenant: _Tenant) -> set[str]:
    waiting = {queue for queue, swept in tenant.waiting.items() if not swept}
    return (tenant.bridge.stop() if tenant.bridge else set()) | waiting
