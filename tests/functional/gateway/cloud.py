"""Puts the gateway in front of the standalone cloud's heat-api-cfn, on https port 443 with a CA of its own."""

import json
import os
import secrets
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from functional.gateway.running import BIN, wait_for_address
from standalone import CLOUDS, cloud, options

from customresource_bridge.protocol import Secret
from customresource_bridge.protocol.crypto.sealed import Keyring, new_key
from devstack.cloud import settings


@dataclass
class CloudGateway:
    """The gateway that the standalone cloud's plugin seals its URLs for."""

    base: str
    ca_file: Path
    log: Path
    keyring: Keyring
    signature_key: str = field(repr=False)
    demo: Any = field(repr=False)
    auth_url: str

    def bridge_options(self) -> str:
        """Return the configuration of a bridge that works behind this gateway."""
        return (
            f"[response]\nallowed_bases = {self.base}\nca_file = {self.ca_file}\n"
            f"[security]\nsignature_keys = {self.signature_key}\n"
        )


@contextmanager
def gateway_in_front(
    folder: Path, demo: Any, *, bus_url: str | None = None, over_bus: str = "off", debug: bool = True
) -> Iterator[CloudGateway]:
    """Start the gateway, tell heat-engine of it, and undo both at the end.

    The gateway knows Heat's bus in any case: beside engines that take no answers over it, it has no use for that.

    :param bus_url: another way to Heat's broker.
    :param over_bus: what the engines do with the bus, see ``answers_over_bus``.
    :param debug: whether gateway and engines log at DEBUG; where their processor time is measured they do not.
    """
    address, key = free_loopback(443), new_key()
    auth_url = json.loads(CLOUDS.read_text())["clouds"]["demo"]["auth"]["auth_url"]
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert(address).private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    config, log = folder / "gateway.conf", folder / "gateway.log"
    told = {
        "gateway_keys": key.reveal(),
        "auth_url": auth_url,
        "heat_bus_url": bus_url or settings.load().transport_url,
        "host": address,
        "port": "443",
        "tls_certificate": str(folder / "server.pem"),
        "tls_key": str(folder / "server.pem"),
    }
    config.write_text(
        f"[DEFAULT]\ndebug = {debug}\n[gateway]\n" + "".join(f"{name} = {value}\n" for name, value in told.items())
    )
    with log.open("wb") as output:
        command = [str(BIN / "customresource-bridge"), "gateway", "--config-file", str(config)]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603
    try:
        wait_for_address((address, 443), process)
        signature_key = secrets.token_hex(16)
        with plugin_options(f"https://{address}", key, signature_key, over_bus=over_bus, debug=debug):
            ca_file = folder / "ca.pem"
            yield CloudGateway(f"https://{address}", ca_file, log, Keyring([key]), signature_key, demo, auth_url)
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def plugin_options(base: str, key: Secret, signature_key: str, *, over_bus: str, debug: bool) -> Iterator[None]:
    told = options("heat", f"gateway-{over_bus}")  # of two, what is read last counts: "on" comes after "off"
    text = (
        f"[DEFAULT]\ndebug = {debug}\n[custom_resource]\ngateway_url = {base}\ngateway_keys = {key.reveal()}\n"
        f"signature_keys = {signature_key}\nanswers_over_bus = {over_bus}\n"
    )
    try:
        told.write_text(text)
        cloud("restart", "heat-engine")
        yield
    finally:
        told.unlink()
        cloud("restart", "heat-engine")


def free_loopback(port: int) -> str:
    """Return an address of this host on which ``port`` is free; beside ours, something else may serve 127.0.0.1:443."""
    if os.geteuid() != 0:
        pytest.fail("port 443 needs root: run this test as root, or set net.ipv4.ip_unprivileged_port_start=443")
    for last in range(1, 255):
        with socket.socket() as probe:
            try:
                probe.bind((f"127.0.4.{last}", port))
            except OSError:
                continue
            return f"127.0.4.{last}"
    pytest.fail("no loopback address has a free port 443")
