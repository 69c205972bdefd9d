"""Redis, without persistence: what Zaqar deployments run by default, and what a message must survive being lost by.

On several hosts one is the master, and what a Sentinel on each agrees about decides which. Both write what they learn
into their configuration, which is therefore not written anew before each start.
"""

import socket
from pathlib import Path

from devstack.cloud import ini
from devstack.cloud.hosts import Host
from devstack.cloud.service import Service
from devstack.cloud.settings import Settings

NAME = "redis"
SENTINEL = "redis-sentinel"
FIRST_POOL = 2
"""The database of Zaqar's first pool, where it has pools. Its plain store is 0."""
MASTER = "crb"
"""What the Sentinels call the master."""
_KEEP = 'test -e "$2" || cp "$1" "$2"; shift; exec redis-server "$@"'


def services(settings: Settings, host: Host) -> tuple[Service, ...]:
    """Return a host's server, and its Sentinel where there are several."""
    config = settings.conf / f"{host.name(NAME)}.conf"
    server = Service(
        host.name(NAME),
        ("redis-server", str(config)) if host.is_alone else _kept(settings, config),
        kind=NAME,
        ready=lambda: _answers(host, settings.port(NAME)),
        starts_after=("prepare",),
        files={config: _text(_options(settings, host))},
        timeout=20.0,
    )
    return (server,) if host.is_alone else (server, _sentinel(settings, host))


def sentinels(settings: Settings) -> list[str]:
    """Return where the Sentinels listen; none where there is one server alone."""
    return [settings.at(host, SENTINEL) for host in settings.hosts if not host.is_alone]


def steps(settings: Settings) -> tuple[str, ...]:
    """Return what has to be ready before a client comes."""
    return (NAME, SENTINEL) if sentinels(settings) else (NAME,)


def _sentinel(settings: Settings, host: Host) -> Service:
    config = settings.conf / f"{host.name(SENTINEL)}.conf"
    first = settings.hosts[0]
    options: dict[str, ini.Value] = {
        "bind": host.address,
        "port": settings.port(SENTINEL),
        "dir": str(settings.data),
        "sentinel announce-ip": host.address,
        "sentinel monitor": f"{MASTER} {first.address} {settings.port(NAME)} 2",
        f"sentinel down-after-milliseconds {MASTER}": 5000,
        f"sentinel failover-timeout {MASTER}": 20000,
    }
    return Service(
        host.name(SENTINEL),
        (*_kept(settings, config), "--sentinel"),
        kind=SENTINEL,
        ready=lambda: _answers(host, settings.port(SENTINEL)),
        starts_after=(NAME,),
        files={config: _text(options)},
        timeout=20.0,
    )


def _options(settings: Settings, host: Host) -> dict[str, ini.Value]:
    options: dict[str, ini.Value] = {
        "bind": host.address,
        "port": settings.port(NAME),
        "daemonize": "no",
        "dir": str(settings.data),
        "save": '""',
        "appendonly": "no",
        "databases": FIRST_POOL + settings.profile.pools,
    }
    if host.is_alone:
        return options
    options["replica-announce-ip"] = host.address
    first = settings.hosts[0]
    return options if host == first else {**options, "replicaof": f"{first.address} {settings.port(NAME)}"}


def _text(options: dict[str, ini.Value]) -> str:
    return "".join(f"{key} {value}\n" for key, value in options.items())


def _kept(settings: Settings, config: Path) -> tuple[str, ...]:
    """Return the command that goes on with the configuration of the run before, if there was one."""
    return ("sh", "-c", _KEEP, "redis", str(config), str(settings.data / config.name))


def _answers(host: Host, port: int) -> bool:
    with socket.create_connection((host.address, port), timeout=2.0) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
