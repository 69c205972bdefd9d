"""Makes sessions, clients, routes and settings from a command's arguments and its configuration."""

import argparse
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from customresource_bridge import conf as configuration
from customresource_bridge.bridge.handling.routes import Route, Routes
from customresource_bridge.bridge.observability.heartbeats import PATIENCE, Begun, Heartbeats
from customresource_bridge.bridge.project import Project
from customresource_bridge.bridge.settings import Settings
from customresource_bridge.clients.heat.heat import Heat
from customresource_bridge.clients.keystone import session as sessions
from customresource_bridge.clients.mistral.mistral import Mistral
from customresource_bridge.clients.response_url import ResponseURLs
from customresource_bridge.clients.url_fence import Base
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.cmd import arguments
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Secret
from customresource_bridge.protocol.messaging.heartbeat import BridgeMode
from customresource_bridge.visibility.reading import Readers

_LONG_TIMEOUT = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what every subcommand takes that talks to a cloud."""
    arguments.add_config_file(parser)
    arguments.add_os_cloud(parser)
    arguments.add_debug(parser)


def load(args: argparse.Namespace, *, prints: bool = False) -> Any:
    """Read the configuration as the arguments say.

    :param prints: whether the command's result is what it prints.
    """
    conf = configuration.load(args.config_file, debug=args.debug, prints=prints)
    configuration.warn_of_readable_secrets(conf, configuration.list_opts())
    if args.os_cloud:
        conf.set_override("name", args.os_cloud, group="cloud")
    return conf


def session(conf: Any) -> Any:
    """Return a keystoneauth session.

    :raises ConfigurationError: there are no credentials.
    """
    return sessions.load(
        cloud=conf.cloud.name,
        timeout=conf.cloud.timeout,
        min_token_life=conf.cloud.min_token_life,
        connections=conf.bridge.workers + 8,
    )


def region(conf: Any) -> str | None:
    """Return the region whose endpoints are used."""
    return conf.cloud.region or sessions.region_name(conf.cloud.name)


def project(conf: Any, keystone_session: Any) -> Project:
    """Return the clients for the session's own project.

    :raises ServiceError: Keystone is away or refuses the credentials.
    """
    return project_in(conf, keystone_session, region_name=region(conf))


def project_in(
    conf: Any,
    keystone_session: Any,
    *,
    region_name: str | None,
    mistral_of: Callable[[str], Mistral] | None = None,
    shared: ResponseURLs | None = None,
) -> Project:
    """Return the clients for a session's project in a region.

    :param mistral_of: see :class:`customresource_bridge.bridge.project.Project`.
    :param shared: see :func:`response_urls`.
    :raises ServiceError: Keystone is away or refuses the credentials.
    """
    where = {"region_name": region_name, "interface": conf.cloud.interface}
    return Project(
        id=sessions.project_id(keystone_session),
        zaqar=Zaqar.from_session(keystone_session, timeout=conf.cloud.timeout, **where),
        mistral=mistral_in(conf, keystone_session, region_name=region_name),
        heat=Heat.from_session(keystone_session, timeout=conf.cloud.timeout, **where),
        response_urls=response_urls(conf, keystone_session, region_name=region_name, shared=shared),
        mistral_of=mistral_of,
    )


def mistral_in(conf: Any, keystone_session: Any, *, region_name: str | None, starting: Any = None) -> Mistral:
    """Return the client for the workflows of a session's project in a region.

    :param starting: a session of the user as whom they run, where that is another.
    """
    return Mistral.from_session(
        keystone_session,
        region_name=region_name,
        interface=conf.cloud.interface,
        timeout=max(conf.cloud.timeout, _LONG_TIMEOUT),
        starting=starting,
    )


def response_urls(
    conf: Any, keystone_session: Any, *, region_name: str | None, shared: ResponseURLs | None = None
) -> ResponseURLs:
    """Return what opens ResponseURLs, under the configured bases or the catalogue's cloudformation endpoint.

    :param shared: whose connections are used; None for connections of their own.
    """
    allowed = [Base.parse(text) for text in bases(conf, keystone_session, region_name=region_name)]
    if shared is not None:
        return shared.under(allowed)
    return ResponseURLs(
        allowed,
        timeout=conf.response.timeout,
        ca_file=ca_file(conf, keystone_session),
        connections=conf.bridge.workers + 8,
    )


def ca_file(conf: Any, keystone_session: Any) -> str | None:
    """Return the certificates that ResponseURLs are checked against; None are those of the environment.

    heat-api-cfn is a service as the others are: who names a CA for those has named it for this one.
    """
    services: bool | str = keystone_session.verify
    return conf.response.ca_file or (services if isinstance(services, str) else None)


def bases(conf: Any, keystone_session: Any, *, region_name: str | None) -> list[str]:
    """Return the allowed bases of ResponseURLs."""
    if conf.response.allowed_bases:
        return list(conf.response.allowed_bases)
    found = sessions.endpoint(keystone_session, "cloudformation", region=region_name, interface=conf.cloud.interface)
    return [found] if found else []


def readers(conf: Any, keystone_session: Any) -> Readers:
    """Return what shows the requests of the session's own project."""
    where: dict[str, Any] = {"region_name": region(conf), "interface": conf.cloud.interface}
    return Readers.from_session(keystone_session, now=lambda: datetime.now(UTC), **where)


def routes(conf: Any) -> Routes:
    """Return the configured routes.

    :raises ConfigurationError: one of them cannot be read.
    """
    return Routes([Route.parse(text) for text in conf.routes.route], allowed=conf.security.allowed_workflows)


def settings(conf: Any) -> Settings:
    """Return the bridge's limits and intervals."""
    given = conf.bridge
    return Settings(
        workers=given.workers,
        max_in_flight=given.max_in_flight,
        max_running=given.max_running,
        fair_share=given.fair_share,
        busy_interval=given.busy_interval,
        idle_interval=given.idle_interval,
        sweep_interval=given.sweep_interval,
        watch_interval=given.watch_interval,
        stop_patience=given.stop_patience,
        keys=tuple(Secret(key) for key in conf.security.signature_keys),
    )


def heartbeats(
    conf: Any,
    keystone_session: Any,
    *,
    region_name: str | None,
    mode: BridgeMode,
    entries: Callable[[], Iterable[Begun]],
) -> Heartbeats:
    """Return the heartbeats of this process, in the session's own project.

    :param entries: returns the requests in flight.
    """
    little = {"timeout": PATIENCE, "longest": PATIENCE}
    where = {"region_name": region_name, "interface": conf.cloud.interface, **little}
    zaqar = Zaqar.from_session(keystone_session, **where)
    return Heartbeats.of_this_process(zaqar, mode=mode, workers=conf.bridge.workers, entries=entries)
