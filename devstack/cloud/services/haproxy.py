"""HAProxy, where a profile asks for TLS or has several hosts: it ends TLS, and passes on to a host that is there.

Each API has the same port at the addresses of the catalogue as where it listens itself. MariaDB's clients are all sent
to one and the same node of Galera's, as long as it is there: two that write the same row would fail each other.
"""

import socket

from devstack.cloud import tls
from devstack.cloud.hosts import Host
from devstack.cloud.service import Service
from devstack.cloud.settings import Settings

NAME = "haproxy"
APIS = ("keystone", "zaqar", "mistral-api", "heat-api", "heat-api-cfn")
_DEFAULTS = """defaults
  mode http
  timeout connect 10s
  timeout client 2m
  timeout server 2m
  option forwardfor
"""
_MANY = """  option redispatch 1
  retries 3
  default-server check inter 1s fall 2 rise 2 on-marked-down shutdown-sessions
"""
_DATABASE = """  mode tcp
  timeout client 1h
  timeout server 1h
  stick-table type ip size 1 nopurge
  stick on dst
"""


def services(settings: Settings) -> tuple[Service, ...]:
    """Return the service, if there is one."""
    many = len(settings.hosts) > 1
    if not settings.profile.tls and not many:
        return ()
    config = settings.conf / "haproxy.cfg"
    apis = (*APIS, "gateway") if many else APIS
    before = [_listen(settings, name, settings.api_hosts) for name in apis]
    if many:
        before.append(_listen(settings, "mariadb", settings.hosts, _DATABASE))
    program = Service(
        NAME,
        ("haproxy", "-db", "-f", str(config)),
        ready=lambda: _listens(settings),
        starts_after=("prepare",),
        files={config: _DEFAULTS + (_MANY if many else "") + "".join(before)},
        timeout=20.0,
    )
    return (program,)


def _listen(settings: Settings, name: str, hosts: tuple[Host, ...], more: str = "") -> str:
    port = settings.port(name)
    secured = f" ssl crt {tls.server_file(settings)}" if settings.profile.tls else ""
    told = "  http-request set-header X-Forwarded-Proto https\n" if settings.profile.tls else ""
    binds = "".join(f"  bind {address}:{port}{secured}\n" for address in settings.profile.addresses)
    servers = "".join(f"  server {host.name(name)} {settings.at(host, name)}\n" for host in hosts)
    return f"listen {name}\n{binds}{more}{told}{servers}"


def _listens(settings: Settings) -> bool:
    for address in settings.profile.addresses:
        socket.create_connection((address, settings.port(APIS[-1])), timeout=2.0).close()
    return True
