"""The operator's bridge as the tests run it: its user in Keystone, and its service in processes of its own."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from keystoneauth1.adapter import Adapter
from keystoneauth1.identity.v3 import Password
from oslo_config import cfg
from standalone import session_of

from customresource_bridge.bridge.operator.message_bus import MessageBus
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.protocol import BusBell
from customresource_bridge.visibility.bridges import SeenBridge, seen_bridges
from devstack.cloud import bridge_conf, settings

CLOUD = settings.load()
BRIDGE_CONF = bridge_conf.path(CLOUD)
USER = "crb-operator"
WORKFLOWS = """
version: '2.0'
crbo_who:
  input: [request]
  output:
    physical_resource_id: <% "who-" + $.request.LogicalResourceId %>
    data:
      user: <% $.openstack.user_name %>
      project: <% $.openstack.project_id %>
  tasks:
    said: {action: std.noop}
crbo_slow:
  input: [request]
  output:
    physical_resource_id: slow-thing
  tasks:
    wait:
      action: std.noop
      wait-before: 4
"""


def adapter(session: Any) -> Any:
    """Return Keystone's API with a session's authority."""
    return Adapter(session, endpoint_override=session.auth.auth_url, raise_exc=True)


class Running:
    """One bridge service: a parent and its processes."""

    def __init__(self, command: list[str], folder: Path, log: Path) -> None:
        self._log = log
        self.folder = folder
        self._process = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)  # noqa: S603 - our own command
        wait_for(lambda: "listening on the message bus" in self.log(), 240, f"{log} to listen")

    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    def processes(self) -> list[int]:
        """Return the ids of the parent and its workers."""
        return [self._process.pid, *(child.pid for child in psutil.Process(self._process.pid).children())]

    def kill(self) -> None:
        """As a host that loses its power: all processes at once, and nothing is said to anybody."""
        for process in self.processes():
            os.kill(process, signal.SIGKILL)
        self._process.wait(30)

    def end(self) -> int:
        """End it cleanly, if it has not ended; return its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(180)


class Operator:
    """The bridge's own user, and the processes that run as it."""

    def __init__(self, session: Any, folder: Path) -> None:
        self.keystone = adapter(session)
        self.password = secrets.token_hex(16)
        for old in self.keystone.get("/users", params={"name": USER}).json()["users"]:
            self.keystone.delete(f"/users/{old['id']}")
        user = {"name": USER, "password": self.password, "domain_id": "default"}
        self.user_id: str = self.keystone.post("/users", json={"user": user}).json()["user"]["id"]
        self.folder = folder
        self.running: list[Running] = []

    def start(self, *arguments: str, more: str = "", **options: Any) -> Running:
        """Start a bridge service and wait until it listens.

        :param more: further sections of its configuration.
        """
        number = len(self.running)
        log, conf = self.folder / f"{number}.log", self.folder / f"{number}.conf"
        conf.write_text(self._configuration(log, {"sweep_interval": 3600, "linger": 20, **options}) + more)
        program = Path(sys.executable).with_name("customresource-bridge")
        files = [f"--config-file={path}" for path in (BRIDGE_CONF, conf)]
        command = [str(program), "operator", *files, *arguments]
        self.running.append(Running(command, self.folder, log))
        return self.running[-1]

    def _configuration(self, log: Path, options: dict[str, Any]) -> str:
        lines = "\n".join(f"{name} = {value}" for name, value in options.items())
        return (
            f"[DEFAULT]\ndebug = true\nlog_file = {log}\n"
            f"[operator]\nusername = {USER}\npassword = {self.password}\n{lines}\n"
        )

    def bridges(self, project: str) -> list[SeenBridge]:
        """Return the bridges that are seen in a project of the bridge's own."""
        account = {"username": USER, "password": self.password, "user_domain_id": "default"}
        where = {"project_name": project, "project_domain_id": "default"}
        auth = Password(auth_url=self.keystone.endpoint_override, **account, **where)
        return seen_bridges(Zaqar.from_session(session_of(auth)))

    def stop(self) -> None:
        for running in self.running:
            running.end()

    def ring(self, project_id: str, queue: str) -> None:
        """Ring on the bus, as only Heat and the bridge can."""
        self.ring_for([(project_id, queue)])

    def ring_for(self, queues: Iterable[tuple[str, str]]) -> None:
        """Ring for many queues, which are named with their projects."""
        conf = cfg.ConfigOpts()
        conf([], default_config_files=[str(BRIDGE_CONF)])
        bus = MessageBus(conf, url=None, topic="heat_custom_resources", rung=lambda *_: True)
        for project_id, queue in queues:
            bus.ring(project_id, queue)
        bus.close()

    @contextmanager
    def swallowed(self) -> Iterator[list[str]]:
        """Hear the bells as a bridge does that dies at once; give the names of their queues."""
        conf = cfg.ConfigOpts()
        conf([], default_config_files=[str(BRIDGE_CONF)])
        queues: list[str] = []

        def hear(bell: BusBell) -> bool:
            queues.append(bell.queue)
            return True

        bus = MessageBus(conf, url=broker_url(), topic="heat_custom_resources", rung=hear)
        bus.start()
        wait_for(lambda: bus._listener.listening, 120, "the test to listen")
        yield queues
        bus.stop()
        bus.close()

    def trusts(self) -> list[Any]:
        """Return the trusts that anybody gave the bridge."""
        return list(self.keystone.get("/OS-TRUST/trusts", params={"trustee_user_id": self.user_id}).json()["trusts"])


def broker_url() -> str:
    """Return the message broker's URL, with its password."""
    return CLOUD.notification_url


def wait_for(true: Callable[[], Any], seconds: float, what: str) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = true()
        if found:
            return found
        time.sleep(0.1)
    pytest.fail(f"waited {seconds} s for {what}")


def moment(log: str, step: str) -> datetime:
    """Return when a step was logged first."""
    line = next(line for line in log.splitlines() if f": {step}" in line)
    return datetime.fromisoformat(" ".join(line.split()[:2]))
