"""Redis, without persistence: what Zaqar deployments run by default, and what a message must survive being lost by."""

import socket

from devstack.cloud import ini
from devstack.cloud.profile import HOST
from devstack.cloud.service import Service
from devstack.cloud.settings import Settings

NAME = "redis"


def service(settings: Settings) -> Service:
    """Return the service."""
    config = settings.conf / "redis.conf"
    options: dict[str, ini.Value] = {
        "bind": HOST,
        "port": settings.port(NAME),
        "daemonize": "no",
        "dir": str(settings.data),
        "save": '""',
        "appendonly": "no",
        "databases": 2,
    }
    text = "".join(f"{key} {value}\n" for key, value in options.items())
    return Service(
        NAME,
        ("redis-server", str(config)),
        ready=lambda: _answers(settings.port(NAME)),
        starts_after=("prepare",),
        files={config: text},
        timeout=20.0,
    )


def _answers(port: int) -> bool:
    with socket.create_connection((HOST, port), timeout=2.0) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
