"""What tells HAProxy whether a node of Galera's is fit to be used, as operators have it beside each: one on each host.

As ``clustercheck`` does: a node is fit that belongs to the majority and has all that the others have; one that copies
itself to another meanwhile (donor) works on, since mariabackup does not stop it.
"""

from collections.abc import Mapping

from devstack.cloud.hosts import Host
from devstack.cloud.ready import listens
from devstack.cloud.service import Service
from devstack.cloud.services import mariadb
from devstack.cloud.settings import Settings

NAME = "galera-check"
_DONOR, _SYNCED = "2", "4"


def service(settings: Settings, host: Host) -> Service:
    """Return a host's service."""
    listen, node = settings.at(host, NAME), settings.at(host, mariadb.NAME)
    options = str(mariadb.client_config(settings))
    return Service(
        host.name(NAME),
        (settings.program("python"), "-m", "devstack.cloud.in_venv.galera_check", listen, node, options),
        kind=NAME,
        environ={"PYTHONPATH": str(settings.repository)},
        ready=lambda: listens(host.address, settings.port(NAME)),
        starts_after=("prepare",),
        timeout=60.0,
    )


def unfit(status: Mapping[str, str]) -> str:
    """Return why a node is not to be used, by what it says of itself; empty where it is. Pure."""
    if status.get("wsrep_ready") != "ON" or status.get("wsrep_cluster_status") != "Primary":
        return "it does not belong to the majority"
    if status.get("wsrep_local_state") not in {_DONOR, _SYNCED}:
        return "it does not have yet what the others have"
    return ""
