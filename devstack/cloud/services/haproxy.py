"""HAProxy, where a profile asks for TLS or has several hosts: it ends TLS, and passes on to a host that is there.

Each API has the same port at the addresses of the catalogue as where it listens itself. MariaDB's clients are all sent
to one and the same node of Galera's, as long as it is there: two that write the same row would fail each other.
"""

import os
import socket

from devstack.cloud import tls
from devstack.cloud.hosts import Host
from devstack.cloud.ready import listens
from devstack.cloud.service import Service
from devstack.cloud.services import galera_check, mariadb
from devstack.cloud.settings import Settings

NAME = "haproxy"
APIS = ("keystone", "zaqar", "mistral-api", "heat-api", "heat-api-cfn")
_SOCKET = "haproxy.sock"
"""Where it takes commands, in the directory that it runs in: a Unix socket's path has room for 107 bytes."""
_GLOBAL = f"""global
  stats socket unix@{_SOCKET} mode 600 level admin
"""
_DEFAULTS = """defaults
  mode http
  timeout connect 10s
  timeout client 2m
  timeout server 2m
  option forwardfor
"""
# As Kolla-Ansible has it: a server that is only slow for a moment keeps its clients, and from one that refuses them
# they are sent to another at once.
_MANY = """  option redispatch 1
  retries 3
  timeout check 5s
  default-server check inter 2s fall 5 rise 2 on-marked-down shutdown-sessions
"""
_DATABASE = """  mode tcp
  option httpchk GET /
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
        # By TCP a node is there that has lost the others, or does not have yet what they have.
        asked = f" check port {settings.port(galera_check.NAME)}"
        before.append(_listen(settings, "mariadb", settings.hosts, _DATABASE, asked))
    program = Service(
        NAME,
        ("haproxy", "-db", "-f", str(config)),
        ready=lambda: _listens(settings) and (not many or mariadb.query(settings, "SELECT 1") is not None),
        starts_after=("prepare",),
        # It has to have seen that a node is fit before the databases are filled by its way.
        ready_after=(mariadb.NAME, galera_check.NAME) if many else (),
        files={config: _GLOBAL + _DEFAULTS + (_MANY if many else "") + "".join(before)},
        timeout=20.0,
    )
    return (program,)


def tell(settings: Settings, command: str) -> str:
    """Give the running HAProxy a command; return what it says."""
    folder = os.open(settings.data, os.O_PATH)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(10.0)
            connection.connect(f"/proc/self/fd/{folder}/{_SOCKET}")
            connection.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    finally:
        os.close(folder)


def _listen(settings: Settings, name: str, hosts: tuple[Host, ...], more: str = "", check: str = "") -> str:
    port = settings.port(name)
    secured = f" ssl crt {tls.server_file(settings)}" if settings.profile.tls else ""
    told = "  http-request set-header X-Forwarded-Proto https\n" if settings.profile.tls else ""
    binds = "".join(f"  bind {address}:{port}{secured}\n" for address in settings.profile.addresses)
    servers = "".join(f"  server {host.name(name)} {settings.at(host, name)}{check}\n" for host in hosts)
    return f"listen {name}\n{binds}{more}{told}{servers}"


def _listens(settings: Settings) -> bool:
    return all(listens(address, settings.port(APIS[-1])) for address in settings.profile.addresses)
