"""HAProxy before the APIs, where a profile asks for TLS: it ends TLS and passes on what it was told, in plain HTTP.

Each API has the same port at the addresses of the catalogue as where it listens itself.
"""

import socket

from devstack.cloud import tls
from devstack.cloud.profile import HOST
from devstack.cloud.service import Service
from devstack.cloud.settings import Settings

NAME = "haproxy"
APIS = ("keystone", "zaqar", "mistral-api", "heat-api", "heat-api-cfn")
_DEFAULTS = """defaults
  mode http
  timeout connect 10s
  timeout client 1m
  timeout server 1m
  option forwardfor
"""


def services(settings: Settings) -> tuple[Service, ...]:
    """Return the service, if there is one."""
    if not settings.profile.tls:
        return ()
    config = settings.conf / "haproxy.cfg"
    program = Service(
        NAME,
        ("haproxy", "-db", "-f", str(config)),
        ready=lambda: _listens(settings),
        starts_after=("prepare",),
        files={config: _DEFAULTS + "".join(_api(settings, name) for name in APIS)},
        timeout=20.0,
    )
    return (program,)


def _api(settings: Settings, name: str) -> str:
    port, pem = settings.port(name), tls.server_file(settings)
    binds = "".join(f"  bind {address}:{port} ssl crt {pem}\n" for address in settings.profile.addresses)
    told = "  http-request set-header X-Forwarded-Proto https\n"
    return f"listen {name}\n{binds}{told}  server {name} {HOST}:{port}\n"


def _listens(settings: Settings) -> bool:
    for address in settings.profile.addresses:
        socket.create_connection((address, settings.port(APIS[-1])), timeout=2.0).close()
    return True
