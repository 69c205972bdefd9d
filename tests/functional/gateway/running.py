"""What the gateway's tests talk to: a stubbed Heat, the gateway under each server."""

import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pages
import pytest
import urllib3

from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Identity, Secret
from customresource_bridge.protocol.crypto.sealed import Keyring, Sealed, response_url

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
PAGE = "docs/how-to/run-the-gateway.md"
COMMANDS = {"gunicorn": "gunicorn ", "uwsgi": "uwsgi "}
OWN = "customresource-bridge gateway --config-file "
IDENTITY = Identity(stack_id="arn:stack", request_id="request-1", logical_resource_id="Dns")


@dataclass
class Stub:
    """A running stub of Heat."""

    port: int
    file: Path

    def url(self, how: str = "200") -> Secret:
        return Secret(f"http://127.0.0.1:{self.port}/v1/waitcondition/{how}")

    def taken(self) -> list[str]:
        return self.file.read_text().splitlines() if self.file.exists() else []


@dataclass
class Running:
    """A running gateway, and all that is needed to answer through it."""

    base: str
    keyring: Keyring
    heat: Stub
    log: Path
    pool: urllib3.PoolManager = field(repr=False)
    process: "subprocess.Popen[bytes]"

    def url(self, how: str = "200", *, deadline: datetime | None = None) -> str:
        now = datetime.now(UTC)
        content = Sealed.for_request(self.heat.url(how), IDENTITY, deadline=deadline or now + timedelta(hours=1))
        return response_url(self.base, self.keyring.seal(content, now=now)).reveal()

    def put(self, body: bytes, how: str = "200", **headers: str) -> "urllib3.BaseHTTPResponse":
        return self.pool.request("PUT", self.url(how), body=body, headers=headers, retries=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(server: str, port: int, config: Path) -> Sequence[str]:
    """Return the command line that the page gives to operators, with a port and a configuration of the tests' own."""
    begins = COMMANDS.get(server, OWN)
    (line,) = (line for line in pages.commands(PAGE) if line.startswith(begins))
    program, *words = shlex.split(line.replace("\\\n", " "))
    ours = {"127.0.0.1:8080": f"127.0.0.1:{port}", "/etc/customresource-bridge/gateway.conf": str(config)}
    assert any(word in ours for word in words)
    return [str(BIN / program), *(ours.get(word, word) for word in words)]


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    wait_for_address(("127.0.0.1", port), process)


def wait_for_address(address: tuple[str, int], process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"{process.args} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(address) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"{process.args} does not listen")
