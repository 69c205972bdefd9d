"""What the fault suite puts beside the standalone cloud: two bridges, whose lives it takes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from faults.proxy import Fronts
from standalone import CLOUDS, LOGS, ROOT, STATE


def auth_url() -> str:
    """Return Keystone's URL."""
    clouds = json.loads(CLOUDS.read_text())["clouds"]
    return str(clouds["demo"]["auth"]["auth_url"])


def services(session: Any) -> list[str]:
    """Return who answers behind the catalogue's endpoints and Keystone's URL, each as host:port."""
    found = session.auth.get_access(session).service_catalog.get_endpoints_data()
    urls = [one.url for kind in sorted(found) for one in found[kind]]
    return sorted({urlsplit(url).netloc for url in [auth_url(), *urls]})


def cfn(session: Any) -> str:
    """Return heat-api-cfn's endpoint."""
    return str(session.get_endpoint(service_type="cloudformation", interface="public"))


def shown(fronts: Fronts) -> Path:
    """Write the clouds.yaml that leads by the fronts."""
    path = STATE / "chaos-clouds.yaml"
    path.write_bytes(fronts.shown(CLOUDS.read_bytes()))
    path.chmod(0o600)
    return path


class Bridge:
    """A bridge's process, that can be killed and started again.

    :param clouds: the clouds.yaml that it is shown.
    :param answers_to: the base of the URLs that its responses go to.
    """

    def __init__(self, number: int, *, clouds: Path, answers_to: str) -> None:
        self.name = f"bridge-{number}"
        self.lives = 0
        self._clouds = clouds
        self._config = STATE / f"chaos-{self.name}.conf"
        self._config.write_text(
            f"[cloud]\ntimeout = 10\n[bridge]\nsweep_interval = 20\n[response]\nallowed_bases = {answers_to}\n"
        )
        self.log = LOGS / f"chaos-{self.name}.log"
        self._output = self.log.open("wb")
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        self.lives += 1
        environment = {**os.environ, "OS_CLIENT_CONFIG_FILE": str(self._clouds), "no_proxy": "*"}
        command = [sys.executable, "-m", "customresource_bridge.cmd.main", "run", "--os-cloud", "demo"]
        return subprocess.Popen(  # noqa: S603 - our own command
            [*command, "--config-file", str(self._config)],
            cwd=ROOT,
            env=environment,
            stdout=self._output,
            stderr=self._output,
        )

    def kill(self) -> None:
        """As kill -9 does, then a new life."""
        self.process.kill()
        self.process.wait()
        self.process = self._start()

    def terminate(self) -> int:
        """As a clean restart does; return the exit code."""
        self.process.terminate()
        code = self.process.wait(timeout=60)
        self.process = self._start()
        return code

    def freeze(self, seconds: float) -> None:
        """Stop its clock, as a paused virtual machine's: its claims run out meanwhile."""
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    def end(self) -> int:
        """End it for good; return the exit code."""
        self.process.terminate()
        try:
            return self.process.wait(timeout=60)
        finally:
            self._output.close()

    def memory(self) -> int:
        """Return its resident memory in KiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
