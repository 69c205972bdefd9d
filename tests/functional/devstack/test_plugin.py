"""The DevStack plugin's own steps on the standalone cloud, with a real Apache, uWSGI, bridge, user and smoke test."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from devstack_plugin import stack, variables
from functional.tenant import Tenant
from standalone import CLOUDS, STATE, cloud, options

from devstack.cloud import prerequisites

USER = "crb-devstack"


@pytest.fixture
def devstack(tmp_path: Path, admin: Tenant) -> Iterator[dict[str, str]]:
    """DevStack's variables, those of the standalone cloud; Heat's plugin has had its turn."""
    prerequisites.provide({"apache2": "apache2-bin"})
    heat = dict(
        line.split(" = ", 1) for line in (STATE / "conf" / "heat.conf").read_text().splitlines() if " = " in line
    )
    admin_cloud = json.loads(CLOUDS.read_text())["clouds"]["admin"]
    address = "heat_waitcondition_server_url"
    conf = options("heat", "devstack-plugin")
    conf.write_text(f"[DEFAULT]\n{address} = {heat[address]}\n")
    gateway, backend, apache, bridge = free_ports(4)
    environ = {
        **variables(tmp_path),
        "HEAT_CONF": str(conf),
        "KEYSTONE_SERVICE_URI": admin_cloud["auth"]["auth_url"].removesuffix("/v3"),
        "REGION_NAME": admin_cloud["region_name"],
        "TRANSPORT_URL": heat["transport_url"],
        "API_WORKERS": "1",
        "SERVICE_TIMEOUT": "240",  # a busy machine
        "APACHE_PORT": str(apache),
        "OS_CLIENT_CONFIG_FILE": str(CLOUDS),
        "OS_CLOUD": "admin",
        "CRB_USER": USER,
        "CRB_LISTEN": f"127.0.0.1:{bridge}",
        "CRB_GATEWAY_PORT": str(gateway),
        "CRB_GATEWAY_BACKEND": f"127.0.0.1:{backend}",
        "CRB_SMOKE_TEST_CLOUD": "demo",
    }
    yield environ
    stack(environ, "unstack", services="services.sh", timeout=300)  # for a test that failed half-way
    conf.unlink()
    cloud("restart", "heat-engine")
    for user in admin.keystone.get("/users", params={"name": USER}).json()["users"]:
        admin.keystone.delete(f"/users/{user['id']}")
    os.kill(int((tmp_path / "run" / "apache.pid").read_text()), signal.SIGTERM)


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def run(environ: dict[str, str], phase: str) -> str:
    done = stack(environ, phase, services="services.sh", timeout=300)
    assert done.returncode == 0, f"{phase}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def test_a_cloud_is_stacked_smoke_tested_and_unstacked(devstack: dict[str, str], tmp_path: Path) -> None:
    run(devstack, "stack post-config")
    cloud("restart", "heat-engine")  # what Heat's own plugin does between our phases
    run(devstack, "stack extra")
    assert "A custom resource was created, answered and deleted." in run(devstack, "stack test-config")

    token = "x" * 20_000  # beyond what Apache takes by default, within what ours may have
    address = f"http://127.0.0.1:{devstack['CRB_GATEWAY_PORT']}/v1/responses/{token}"
    assert urllib3.request("PUT", address, body=b"{}", retries=False).status == 403

    logs = {path.name: path.read_text() for path in (tmp_path / "log").iterdir()}
    answered = [line for line in logs["customresource-gateway.log"].splitlines() if "crb-smoke-test" in line]
    assert len(answered) == 2, logs  # of the Create and the Delete, through Apache
    assert '"GET / HTTP' in logs["apache-access.log"]  # Apache logs, but not what holds a token
    assert not [name for name, text in logs.items() if "/v1/responses/" in text]

    run(devstack, "unstack")
    ports = (devstack["CRB_GATEWAY_PORT"], devstack["CRB_GATEWAY_BACKEND"].rpartition(":")[2])
    for port in ports:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(port))), f"port {port} is still served"
    assert {path.name for path in (tmp_path / "run").glob("*.pid")} <= {"apache.pid", "apache2.pid"}
    run(devstack, "clean")
    assert not Path(devstack["CRB_CONF_DIR"]).exists()
    assert not list((tmp_path / "apache").glob("*/customresource-gateway.conf"))
