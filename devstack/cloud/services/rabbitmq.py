"""RabbitMQ, as the invoking user, under a node name and with an epmd of its own.

epmd runs in the foreground in the service's session, so that it ends with it: the one that Erlang would start by itself
leaves the session and stays behind.
"""

import json
import socket
from collections.abc import Mapping
from pathlib import Path

from devstack.cloud.profile import HOST
from devstack.cloud.service import Service
from devstack.cloud.settings import Settings

NAME = "rabbitmq"
# Debian's /usr/sbin/rabbitmq-server insists on root or the user rabbitmq; the program behind it does not.
PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server"


def home(settings: Settings) -> Path:
    """Where RabbitMQ keeps everything."""
    return settings.data / NAME


def environ(settings: Settings) -> Mapping[str, str]:
    """Return the variables that keep this node apart from every other one on the machine."""
    quiet = "+sbwt none +sbwtdcpu none +sbwtdio none"  # do not spin while idle
    loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
    return {
        "HOME": str(home(settings)),
        "ERL_EPMD_PORT": str(settings.port("rabbitmq-epmd")),
        "ERL_EPMD_ADDRESS": HOST,
        "RABBITMQ_NODENAME": f"crb{settings.port_base}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": HOST,
        "RABBITMQ_NODE_PORT": str(settings.port(NAME)),
        "RABBITMQ_DIST_PORT": str(settings.port("rabbitmq-distribution")),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_CONFIG_FILE": str(_config(settings)),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(home(settings) / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home(settings) / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(home(settings) / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home(settings) / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{quiet} {loopback}",
    }


def _config(settings: Settings) -> Path:
    return settings.conf / "rabbitmq.conf"


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


def service(settings: Settings) -> Service:
    """Return the service."""
    config = (
        f"load_definitions = {_definitions(settings)}\n"
        "loopback_users = none\n"
        "log.console.level = info\n"
        "disk_free_limit.absolute = 50MB\n"
    )
    epmd = f"epmd -address {HOST} -port {settings.port('rabbitmq-epmd')}"
    return Service(
        NAME,
        ("sh", "-c", f"{epmd} & exec {PROGRAM}"),
        environ=environ(settings),
        ready=lambda: _answers(settings.port(NAME)),
        starts_after=("prepare",),
        files={
            _config(settings): config,
            _definitions(settings): json.dumps(_contents(settings)),
            home(settings) / "enabled_plugins": "[].\n",
            home(settings) / "advanced.config": "[].\n",
        },
    )


def _answers(port: int) -> bool:
    """Say whether the node speaks AMQP: it listens only when it has started."""
    with socket.create_connection((HOST, port), timeout=2.0) as connection:
        connection.sendall(b"AMQP\x00\x00\x09\x01")
        return connection.recv(1) == b"\x01"  # a method frame: connection.start
