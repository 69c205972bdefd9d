"""The operator's bridges and gateways of a cloud of several hosts: one bridge on each, a gateway beside each API.

They run in the clone's own environment, beside the cloud's. Heat is told of the bridges' user once Keystone has it.
"""

import base64
import hashlib
from http import HTTPStatus

from devstack.cloud import bridge_conf, ini, rest
from devstack.cloud.hosts import Host
from devstack.cloud.service import Service
from devstack.cloud.services import heat
from devstack.cloud.settings import Settings

BRIDGE, GATEWAY = "bridge", "gateway"
USER = "customresource-bridge"
TOLD = "operator"
"""The step in which Heat is told of them; it stands in the folder of files that the starter leaves alone."""


def services(settings: Settings, host: Host) -> tuple[Service, ...]:
    """Return a host's bridge, and its gateway if it has one."""
    bridge = _bridge(settings, host)
    return (bridge, _gateway(settings, host)) if host in settings.api_hosts else (bridge,)


def heat_options(settings: Settings, user_id: str) -> str:
    """Return what heat.conf has to say of them."""
    return ini.render(
        {
            "custom_resource": {
                "bridge_user_id": user_id,
                "signature_keys": settings.secret,
                "gateway_url": settings.public_url(GATEWAY),
                "gateway_keys": _key(settings),
            }
        }
    )


def _key(settings: Settings) -> str:
    """Return the key of ResponseURLs: 32 bytes that follow from the cloud's password."""
    return base64.urlsafe_b64encode(hashlib.sha256(settings.secret.encode()).digest()).decode()


def _program(settings: Settings) -> str:
    return str(settings.repository / ".venv" / "bin" / "customresource-bridge")


def _bridge(settings: Settings, host: Host) -> Service:
    config = settings.conf / f"{host.name(BRIDGE)}.conf"
    sections: ini.Sections = {
        "operator": {"username": USER, "password": settings.secret},
        "security": {"signature_keys": settings.secret},
        "response": {"allowed_bases": settings.public_url(GATEWAY)},
        "observability": {"listen": settings.at(host, BRIDGE)},
    }
    files = [f"--config-file={path}" for path in (bridge_conf.path(settings), config)]
    return Service(
        host.name(BRIDGE),
        (_program(settings), "operator", *files),
        kind=BRIDGE,
        ready=lambda: _says(f"http://{settings.at(host, BRIDGE)}/readyz", HTTPStatus.OK),
        starts_after=(TOLD, "rabbitmq"),
        ready_after=(heat.ENGINE,),
        files={config: ini.render(sections)},
    )


def _gateway(settings: Settings, host: Host) -> Service:
    config = settings.conf / f"{host.name(GATEWAY)}.conf"
    options: dict[str, ini.Value] = {
        "gateway_keys": _key(settings),
        "heat_urls": f"{settings.public_url(heat.CFN)}/v1/waitcondition",
        "auth_url": settings.keystone_url,
        "host": host.address,
        "port": settings.port(GATEWAY),
    }
    return Service(
        host.name(GATEWAY),
        (_program(settings), "gateway", "--config-file", str(config)),
        kind=GATEWAY,
        ready=lambda: _says(f"http://{settings.at(host, GATEWAY)}/healthz", HTTPStatus.OK),
        starts_after=("prepare",),
        files={config: ini.render({"gateway": options})},
    )


def _says(url: str, status: HTTPStatus) -> bool:
    return rest.call("GET", url, ca_file=None).status == status
