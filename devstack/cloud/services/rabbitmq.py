"""RabbitMQ, as the invoking user, under a node name and with an epmd of its own.

epmd runs in the foreground in the service's session, so that it ends with it: the one that Erlang would start by itself
leaves the session and stays behind. The nodes of several hosts share one, as a service of its own: it always listens on
127.0.0.1 too, so that there can be no second on its port.
"""

import json
import socket
from collections.abc import Mapping
from pathlib import Path

from devstack.cloud.hosts import Host
from devstack.cloud.profile import HOST
from devstack.cloud.ready import listens
from devstack.cloud.service import Service
from devstack.cloud.settings import Settings

NAME = "rabbitmq"
EPMD = "rabbitmq-epmd"
# Debian's /usr/sbin/rabbitmq-server insists on root or the user rabbitmq; the program behind it does not.
PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server"


def home(settings: Settings, host: Host) -> Path:
    """Where a host's node keeps everything."""
    return settings.data / host.name(NAME)


def _node(settings: Settings, host: Host) -> str:
    if host.is_alone:
        return f"crb{settings.port_base}@localhost"
    return f"crb{settings.port_base}-{host.number}@{host.address}"


def _distribution(host: Host) -> str:
    """Return what its port is called: RabbitMQ wants another for each node that an epmd tells of, whatever the host."""
    return f"rabbitmq-distribution-{host.number}" if host.number > 1 else "rabbitmq-distribution"


def environ(settings: Settings, host: Host) -> Mapping[str, str]:
    """Return the variables that keep this node apart from every other one on the machine."""
    quiet = "+sbwt none +sbwtdcpu none +sbwtdio none"  # do not spin while idle
    loopback = f"-kernel inet_dist_use_interface {{{host.address.replace('.', ',')}}}"
    return {
        "HOME": str(home(settings, host)),
        "ERL_EPMD_PORT": str(settings.port(EPMD)),
        "ERL_EPMD_ADDRESS": HOST,
        "RABBITMQ_NODENAME": _node(settings, host),
        "RABBITMQ_USE_LONGNAME": "false" if host.is_alone else "true",
        "RABBITMQ_NODE_IP_ADDRESS": host.address,
        "RABBITMQ_NODE_PORT": str(settings.port(NAME)),
        "RABBITMQ_DIST_PORT": str(settings.port(_distribution(host))),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_CONFIG_FILE": str(_config(settings, host)),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(home(settings, host) / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home(settings, host) / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(home(settings, host) / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home(settings, host) / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{quiet} {loopback}",
    }


def _config(settings: Settings, host: Host) -> Path:
    return settings.conf / f"{host.name(NAME)}.conf"


def _definitions(settings: Settings) -> Path:
    return settings.conf / "rabbitmq-definitions.json"


def _contents(settings: Settings) -> Mapping[str, object]:
    """Return what the node has from its start on: the user, and the virtual hosts."""
    hosts = sorted({"/", settings.profile.notifications})
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    return {
        "users": [{"name": "crb", "password": settings.secret, "tags": "administrator"}],
        "vhosts": [{"name": name} for name in hosts],
        "permissions": [{"user": "crb", "vhost": name, **everything} for name in hosts],
    }


def services(settings: Settings) -> tuple[Service, ...]:
    """Return a node of each host's, and what tells them where the others are."""
    nodes = tuple(_service(settings, host) for host in settings.hosts)
    if settings.hosts[0].is_alone:
        return nodes
    listen = ",".join(host.address for host in settings.hosts)
    port = settings.port(EPMD)
    epmd = Service(
        EPMD,
        ("epmd", "-address", listen, "-port", str(port)),
        ready=lambda: listens(HOST, port),
        starts_after=("prepare",),
        timeout=20.0,
    )
    return (epmd, *nodes)


def _cluster(settings: Settings, host: Host) -> str:
    """Return how a node finds the first one, and what it does when it is cut off from the majority."""
    if host.is_alone:
        return ""
    return (
        "cluster_formation.peer_discovery_backend = classic_config\n"
        f"cluster_formation.classic_config.nodes.1 = {_node(settings, settings.hosts[0])}\n"
        "cluster_partition_handling = pause_minority\n"
    )


def _service(settings: Settings, host: Host) -> Service:
    config = (
        f"load_definitions = {_definitions(settings)}\n"
        "loopback_users = none\n"
        "log.console.level = info\n"
        "disk_free_limit.absolute = 50MB\n"
    ) + _cluster(settings, host)
    epmd = f"epmd -address {HOST} -port {settings.port(EPMD)} & " if host.is_alone else ""
    before = (settings.hosts[host.number - 2].name(NAME),) if host.number > 1 else ()
    # The nodes know each other by it.
    cookie = {} if host.is_alone else {home(settings, host) / ".erlang.cookie": settings.secret}
    return Service(
        host.name(NAME),
        ("sh", "-c", f"{epmd}exec {PROGRAM}"),
        kind=NAME,
        environ=environ(settings, host),
        ready=lambda: _answers(host, settings.port(NAME)),
        starts_after=("prepare", *(() if host.is_alone else (EPMD,)), *before),
        # A node that comes back asks the others for all that it missed: minutes on a machine that is busy.
        timeout=180.0 if host.is_alone else 600.0,
        files={
            **cookie,
            _config(settings, host): config,
            _definitions(settings): json.dumps(_contents(settings)),
            home(settings, host) / "enabled_plugins": "[].\n",
            home(settings, host) / "advanced.config": "[].\n",
        },
    )


def _answers(host: Host, port: int) -> bool:
    """Say whether the node speaks AMQP: it listens only when it has started."""
    with socket.create_connection((host.address, port), timeout=2.0) as connection:
        connection.sendall(b"AMQP\x00\x00\x09\x01")
        return connection.recv(1) == b"\x01"  # a method frame: connection.start
