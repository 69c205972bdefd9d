"""The response gateway under fault: one process that can be killed, behind the same spoilt connections as the rest."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from faults.cloud import auth_url
from standalone import LOGS, STATE, cloud, options

from customresource_bridge.protocol.crypto.sealed import new_key


class Gateway:
    """A gateway's process.

    :param bus_url: the way to Heat's broker; None where answers go by heat-api-cfn.
    :ivar behind: its own address; responses reach it by the address of its front.
    """

    def __init__(self, bus_url: str | None = None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self.behind = f"127.0.0.1:{self._port}"
        self.key = new_key().reveal()
        self.over_bus = "off" if bus_url is None else "on"
        self._config = STATE / "chaos-gateway.conf"
        self._config.write_text(
            f"[gateway]\ngateway_keys = {self.key}\nauth_url = {auth_url()}\nhost = 127.0.0.1\nport = {self._port}\n"
            + ("" if bus_url is None else f"heat_bus_url = {bus_url}\n")
        )
        self._config.chmod(0o600)
        self._log = (LOGS / "chaos-gateway.log").open("wb")
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "customresource_bridge.cmd.main", "gateway", "--config-file"]
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*command, str(self._config)], env={**os.environ}, stdout=self._log, stderr=self._log
        )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return process
            time.sleep(0.2)
        raise AssertionError("the gateway does not listen within 60 s")

    def kill(self) -> None:
        """As kill -9 does, then a new life."""
        self._process.kill()
        self._process.wait()
        self._process = self._start()

    def end(self) -> int:
        """End it for good; return the exit code."""
        self._process.terminate()
        try:
            return self._process.wait(timeout=60)
        finally:
            self._log.close()


@contextmanager
def told_to_heat(gateway: Gateway, *, url: str, cfn_url: str) -> Iterator[None]:
    """Have Heat's plugin make gateway URLs meanwhile: below ``url``, and for a heat-api-cfn at ``cfn_url``."""
    told = options("heat", "chaos")
    told.write_text(
        f"[DEFAULT]\nheat_waitcondition_server_url = {cfn_url}/waitcondition\n"
        f"[custom_resource]\ngateway_url = {url}\ngateway_keys = {gateway.key}\n"
        f"answers_over_bus = {gateway.over_bus}\n"
    )
    told.chmod(0o600)
    cloud("restart", "heat-engine")
    try:
        yield
    finally:
        told.unlink()
        cloud("restart", "heat-engine")
