"""Starts and stops what the gateway's tests talk to."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
import urllib3
from functional.gateway.cloud import CloudGateway, gateway_in_front
from functional.gateway.running import HERE, Running, Stub, command, free_port, wait_for

from customresource_bridge.protocol.crypto.sealed import Keyring, new_key


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def heat(tmp_path: Path) -> Iterator[Stub]:
    port, file = free_port(), tmp_path / "taken"
    process = subprocess.Popen([sys.executable, str(HERE / "stub_heat.py"), str(port), str(file)])  # noqa: S603
    try:
        wait_for(port, process)
        yield Stub(port, file)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def start(tmp_path: Path, heat: Stub, authority: trustme.CA) -> Iterator[Callable[..., Running]]:
    """Return what starts a gateway under the server that is named, and stops it at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def run(server: str, *, options: str = "") -> Running:
        port, key = free_port(), new_key()
        lines = [
            "[gateway]",
            f"gateway_keys = {key.reveal()}",
            f"port = {port}",
            "read_timeout = 2",
            "client_timeout = 2",
            "threads = 8",
            options,
        ]
        tls = server == "own-tls"
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        if tls:
            certificate = authority.issue_cert("127.0.0.1")
            certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
            lines += [f"tls_certificate = {tmp_path / 'server.pem'}", f"tls_key = {tmp_path / 'server.pem'}"]
        config, log = tmp_path / "gateway.conf", tmp_path / "gateway.log"
        config.write_text("\n".join(lines) + "\n")
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603
                command(server, port, config),
                env={**os.environ, "CUSTOMRESOURCE_BRIDGE_CONFIG": str(config)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        started.append(process)
        wait_for(port, process)
        pool = urllib3.PoolManager(ca_certs=str(tmp_path / "ca.pem"), timeout=60)
        base = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        return Running(base, Keyring([key]), heat, log, pool, process)

    yield run
    for process in started:
        process.terminate()
    for process in started:
        process.wait(20)


@pytest.fixture(scope="package")
def gateway_cloud(tmp_path_factory: pytest.TempPathFactory, demo: Any) -> Iterator[CloudGateway]:
    """Return the gateway in front of the standalone cloud."""
    with gateway_in_front(tmp_path_factory.mktemp("gateway"), demo) as gateway:
        yield gateway
