"""What the fault suite puts beside the standalone cloud: two bridges, whose lives it takes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.standalone import CLOUDS, LOGS, ROOT, STATE


def auth_url() -> str:
    """Return Keystone's URL."""
    clouds = json.loads(CLOUDS.read_text())["clouds"]
    return str(clouds["demo"]["auth"]["auth_url"])


class Bridge:
    """A bridge's process, that can be killed and started again.

    :param proxy: the URL of the proxy, for all it asks of the services, and for its responses.
    """

    def __init__(self, number: int, *, proxy: str) -> None:
        self.name = f"bridge-{number}"
        self.lives = 0
        self._proxy = proxy
        self._config = STATE / f"chaos-{self.name}.conf"
        self._config.write_text(
            f"[cloud]\ntimeout = 10\n[bridge]\nsweep_interval = 20\n[response]\nallowed_bases = {proxy}\n"
        )
        self._log = (LOGS / f"chaos-{self.name}.log").open("ab")
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        self.lives += 1
        environment = {
            **os.environ,
            "OS_CLIENT_CONFIG_FILE": str(CLOUDS),
            "http_proxy": self._proxy,
            "no_proxy": "",
            "PYTHONWARNINGS": "ignore",
        }
        command = [sys.executable, "-m", "customresource_bridge.cmd.main", "run", "--os-cloud", "demo"]
        return subprocess.Popen(  # noqa: S603 - our own command
            [*command, "--config-file", str(self._config)],
            cwd=ROOT,
            env=environment,
            stdout=self._log,
            stderr=self._log,
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
            self._log.close()

    def memory(self) -> int:
        """Return its resident memory in KiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
