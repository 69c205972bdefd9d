"""Puts one process of operator mode together: the trusts, the projects' bridges, the message bus, the sweep."""

import random
import time
from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from typing import Any

from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.bridge.bridge import Bridge
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.intake.beginnings import Beginnings
from customresource_bridge.bridge.observability.heartbeats import Heartbeats
from customresource_bridge.bridge.observability.notifications import Notifications
from customresource_bridge.bridge.observability.readiness import Check
from customresource_bridge.bridge.operator.cloud_watcher import CloudWatcher
from customresource_bridge.bridge.operator.execution_events import ExecutionEvents
from customresource_bridge.bridge.operator.message_bus import MessageBus
from customresource_bridge.bridge.operator.project_bridges import ProjectBridges
from customresource_bridge.bridge.operator.project_limits import ProjectLimits
from customresource_bridge.bridge.operator.project_sweep import ProjectSweep
from customresource_bridge.bridge.scheduling.pace import Pace
from customresource_bridge.clients.heat.heat import Heat
from customresource_bridge.clients.keystone import trusts
from customresource_bridge.clients.mistral.mistral import Mistral
from customresource_bridge.clients.response_url import ResponseURLs
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.cmd import common
from customresource_bridge.cmd.daemon import service_checks
from customresource_bridge.cmd.daemon.observability import Observability
from customresource_bridge.protocol import BusBell, Secret, ids
from customresource_bridge.protocol.messaging.heartbeat import BridgeMode

LOG = oslo_log.getLogger(__name__)

_CALLS_AT_A_TIME = 32
"""Of a process, to each service: few clouds answer more at once."""
_BEGINNINGS = 24
"""Claims and starts of a process at a time: fewer than calls, for what runs needs some."""
_CLAIMS = 8
_CANDIDATES = 5
_PASSING_ON = 5.0
"""Seconds that passing on what is left takes at most, once the projects' bridges have ended."""


class OperatorProcess:
    """One process's share of the cloud's requests.

    :param observability: what the process shows of itself.
    :raises ServiceError: Keystone refuses the bridge's own user.
    """

    def __init__(self, conf: Any, observability: Observability) -> None:
        self._conf = conf
        self._observability = observability
        self._notifications = Notifications(conf, clock=Clock())
        self._observer = observability.observer(self._notifications)
        self._routes, self._settings = common.routes(conf), common.settings(conf)
        self._limits = ProjectLimits(conf.operator.project_limit)
        self._account = _account(conf)
        self._own = trusts.own_session(
            self._account, timeout=conf.cloud.timeout, verify=_verify(conf), project=_own_project(conf)
        )
        self._registry = trusts.Registry(
            self._own, self._account, stale_after=conf.operator.trusts_stale_after, monotonic=time.monotonic
        )
        self._pool = trusts.connections(_CALLS_AT_A_TIME)
        self._responses = ResponseURLs(
            (),
            timeout=conf.response.timeout,
            ca_file=common.ca_file(conf, self._own),
            connections=_CALLS_AT_A_TIME,
            bounded=True,
        )
        self._pace = Pace()
        self._beginnings = Beginnings(_BEGINNINGS, claims=_CLAIMS)
        self._project_bridges = ProjectBridges(
            self._open,
            limit=conf.operator.max_projects,
            linger=conf.operator.linger,
            trusts_stale_after=conf.operator.trusts_stale_after,
        )
        self._cloud_watcher = self._made_cloud_watcher() if conf.operator.watch == "cloud" else None
        self._bus = MessageBus(conf, url=None, topic=conf.operator.bell_topic, rung=self._rung)
        url = conf.operator.mistral_transport_url
        self._execution_events = (
            ExecutionEvents(conf, url=url, ended=self._project_bridges.ended) if conf.operator.hints else None
        )
        self._heartbeats = self._made_heartbeats() if conf.operator.project_name else None
        self._sweep = ProjectSweep(
            projects=self._registry.projects,
            queues=self._queues,
            swept=partial(self._project_bridges.ring, swept=True),
            unneeded=self._remove_trust,
            interval=conf.operator.sweep_interval,
        )

    def start(self) -> None:
        """Begin."""
        self._notifications.start()
        self._project_bridges.start()
        if self._cloud_watcher:
            self._cloud_watcher.start()
        self._bus.start()
        if self._execution_events:
            self._execution_events.start()
        self._sweep.start()
        if self._heartbeats:
            self._heartbeats.start()
        else:
            LOG.info("[operator] project_name is not set: bridge list shows no bridge that has no project of its own")
        checks = {"Message bus": self._bus.ping, "Keystone": self._registry.ping, **self._project_checks()}
        self._observability.begin(
            self._project_bridges.in_flight, projects=self._project_bridges.__len__, checks=checks
        )
        LOG.info("handling the requests of all projects that trust '%s'", self._account.username)

    def stop(self) -> None:
        """Drain: hear no more, finish what is being done, and give the rest to the other bridges."""
        LOG.info("ending: %d projects have work", len(self._project_bridges))
        self._observability.hold("it is ending")
        self._bus.stop()
        if self._execution_events:
            self._execution_events.stop()
        self._sweep.stop(until=time.monotonic())
        self._beginnings.close()
        left = self._project_bridges.stop()
        until = time.monotonic() + _PASSING_ON
        if self._cloud_watcher:
            self._cloud_watcher.stop(until)
        self._pass_on_all([(project_id, queue) for project_id, queues in left.items() for queue in queues], until)
        self._bus.close()
        if self._heartbeats:
            self._heartbeats.stop()
        self._notifications.stop()
        LOG.info("ended")

    def _project_checks(self) -> dict[str, Check]:
        def made(project_id: str) -> dict[str, Check]:
            return service_checks.checks(self._conf, self._session(project_id), region_name=self._conf.cloud.region)

        def candidates() -> list[str]:
            known = self._registry.known()
            return [*self._project_bridges.projects(), *random.sample(known, min(_CANDIDATES, len(known)))]

        return in_any_project(candidates, made)

    def _pass_on_all(self, queues: list[tuple[str, str]], until: float) -> None:
        for number, (project_id, queue) in enumerate(queues):
            if time.monotonic() >= until:
                LOG.warning("%d queues with work are left for their next bells", len(queues) - number)
                return
            self._pass_on(project_id, queue)

    def _pass_on(self, project_id: str, queue: str) -> None:
        try:
            self._bus.ring(project_id, queue)
        except errors.CustomResourceError as error:
            LOG.warning("project %s: %s is left for its next bell: %s", project_id, queue, error)

    def _rung(self, bell: BusBell) -> bool:
        if (named := bell.trust) is not None:
            told = trusts.Trust(trust_id=named.trust_id, project_id=bell.project_id, owner_id=named.owner_id)
            self._registry.tell(told)
        return self._project_bridges.ring(bell.project_id, bell.queue)

    def _session(self, project_id: str, owner_id: str | None = None) -> Any:
        auth = trusts.ProjectAuth(
            self._account,
            self._registry,
            project_id,
            min_token_life=self._conf.cloud.min_token_life,
            roles=self._conf.operator.bridge_roles,
            owner_id=owner_id,
        )
        return trusts.project_session(
            auth, pool=self._pool, timeout=self._conf.cloud.timeout, verify=_verify(self._conf)
        )

    def _open(self, project_id: str) -> Bridge:
        session = self._session(project_id)
        mistral_of = partial(self._mistral, project_id, session)
        project = common.project_in(
            self._conf,
            session,
            region_name=self._conf.cloud.region,
            mistral_of=mistral_of,
            shared=self._responses,
        )
        choose_watcher = self._cloud_watcher.watcher_for if self._cloud_watcher else None
        settings = self._limits.settings_for(project_id, self._settings)
        return Bridge(
            project,
            self._routes,
            settings,
            listens=False,
            choose_watcher=choose_watcher,
            observer=self._observer,
            pace=self._pace,
            beginnings=self._beginnings,
        )

    def _mistral(self, project_id: str, session: Any, owner_id: str) -> Mistral:
        starting = self._session(project_id, owner_id)
        starting.auth.share(session.auth)
        return common.mistral_in(self._conf, session, region_name=self._conf.cloud.region, starting=starting)

    def _made_cloud_watcher(self) -> CloudWatcher:
        mistral = Mistral.from_session(
            self._own,
            region_name=self._conf.cloud.region,
            interface=self._conf.cloud.interface,
            timeout=self._conf.cloud.timeout,
        )
        fastest = self._settings.watch_interval
        return CloudWatcher(
            mistral, self._project_bridges, ended=self._project_bridges.submit, fastest=fastest, clock=Clock()
        )

    def _made_heartbeats(self) -> Heartbeats:
        return common.heartbeats(
            self._conf,
            self._own,
            region_name=self._conf.cloud.region,
            mode=BridgeMode.OPERATOR,
            entries=self._project_bridges.in_flight,
        )

    def _queues(self, project_id: str) -> Iterable[str]:
        zaqar = Zaqar.from_session(
            self._session(project_id),
            region_name=self._conf.cloud.region,
            interface=self._conf.cloud.interface,
            timeout=self._conf.cloud.timeout,
        )
        return filter(ids.is_stack_queue, zaqar.queues(ids.QUEUE_PREFIX))  # page by page, as they are taken

    def _remove_trust(self, project_id: str) -> None:
        session = self._session(project_id)
        heat = Heat.from_session(
            session,
            region_name=self._conf.cloud.region,
            interface=self._conf.cloud.interface,
            timeout=self._conf.cloud.timeout,
        )
        if heat.has_stacks():
            # Zaqar may have lost the queues; the stacks live, and will need their trust.
            LOG.info("project %s: has stacks and no queue of theirs, its trust is kept", project_id)
            return
        self._registry.remove(session, project_id)
        LOG.info("project %s: has no stack any more, its trust is removed", project_id)


def in_any_project(
    candidates: Callable[[], Iterable[str]], made: Callable[[str], dict[str, Check]]
) -> dict[str, Check]:
    """Return what asks the services with the authority in any project where it works.

    A trust that does not work is its own project's trouble: another one's is taken then.

    :param candidates: returns projects that trust the bridge; with none, no service is needed.
    :param made: returns a project's checks.
    """
    working: dict[str, dict[str, Check]] = {}

    def ask(service: str) -> None:
        for project_id in islice(dict.fromkeys((*working, *candidates())), _CANDIDATES):
            try:
                if project_id not in working:
                    working[project_id] = made(project_id)
                working[project_id][service]()
            except (errors.Unauthorized, errors.Forbidden):
                working.pop(project_id, None)
            else:
                return

    return {service: partial(ask, service) for service in service_checks.SERVICES}


def _account(conf: Any) -> trusts.Account:
    return trusts.Account(
        auth_url=conf.operator.auth_url,
        username=conf.operator.username,
        password=Secret(conf.operator.password),
        user_domain_name=conf.operator.user_domain_name,
    )


def _own_project(conf: Any) -> dict[str, Any]:
    if not conf.operator.project_name:
        return {"unscoped": True}
    return {"project_name": conf.operator.project_name, "project_domain_name": conf.operator.project_domain_name}


def _verify(conf: Any) -> bool | str:
    return conf.operator.ca_file or True
