"""Plays docs/how-to/upgrade.md on the standalone cloud: ``make upgrade``, or ``FROM=<commit>`` for another beginning.

A cloud whose bridge, gateway and engine are of the release before is upgraded part by part in the page's order, and
back. After each step a stack is made and deleted. Meanwhile a request is out that was asked before the first step, and
answered after the last. It stops at the first thing that goes wrong, and leaves the cloud with this tree's plugin.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from functional import bridge_process
from functional.gateway.cloud import CloudGateway, gateway_in_front
from functional.gateway.running import BIN, wait_for_address
from functional.tenant import Stack, Tenant, until
from standalone import CLOUDS, ROOT, cloud, logged_in

from customresource_bridge.clients.keystone import session as sessions
from devstack.cloud import settings

RELEASE = "## [0.1.0]"
"""The heading of the changelog with whose commit the release before began."""
WORKFLOWS = """
version: '2.0'
upgrade_small:
  input: [request]
  output:
    data: {Said: <% $.request.RequestType %>}
  tasks:
    done: {action: std.noop}
upgrade_long:
  input: [request]
  output:
    data: {Said: at last}
  tasks:
    begin:
      action: std.noop
      on-success:
        - wait: <% $.request.RequestType = Create %>
    wait: {action: std.async_noop}
"""


def template(workflow: str) -> dict[str, Any]:
    return {
        "heat_template_version": "2018-08-31",
        "resources": {"thing": {"type": "Custom::Thing", "properties": {"ServiceToken": f"mistral:{workflow}"}}},
        "outputs": {"said": {"value": {"get_attr": ["thing", "Said"]}}},
    }


@dataclass
class Upgrade:
    """The cloud and what runs on it; each part is of the release before, or of this tree.

    :ivar before: a folder with the release before.
    """

    tenant: Tenant
    gateway: CloudGateway
    before: Path
    folder: Path

    def engine(self, sources: Path) -> None:
        """Install a tree's plugin beside Heat, and restart heat-engine."""
        pip = [settings.load().program("python"), "-m", "pip", "install", "-q", "--no-deps"]
        pip += ["--no-build-isolation", "--no-index", "--force-reinstall", str(sources)]
        subprocess.run(pip, check=True)  # noqa: S603 - our own package
        cloud("restart", "heat-engine")

    def gateway_of(self, sources: Path) -> None:
        """Put a tree's gateway in the place of the one that runs."""
        for process in psutil.Process().children():
            if "gateway" in process.cmdline():
                process.terminate()
                process.wait(30)
        command = [str(BIN / "customresource-bridge"), "gateway", "--config-file", str(self.folder / "gateway.conf")]
        log = self.gateway.log.open("ab")
        started = subprocess.Popen(command, env=environment(sources), stdout=log, stderr=log)  # noqa: S603
        wait_for_address((str(urlsplit(self.gateway.base).hostname), 443), started)

    @contextmanager
    def bridge(self, sources: Path, name: str) -> Iterator[None]:
        """Run a tree's bridge while the block lasts."""
        config = self.folder / "bridge.conf"
        config.write_text(f"[response]\nallowed_bases = {self.gateway.base}\nca_file = {self.gateway.ca_file}\n")
        log = self.folder / f"{name}.log"
        with bridge_process.bridge(log, "--config-file", str(config), environ=environment(sources)):
            yield

    def step(self, what: str) -> None:
        """Make and delete a stack, and see that the long request is still out."""
        stack = self.tenant.create(template("upgrade_small"))
        status = stack.show()["stack_status"]
        assert (status, stack.outputs()) == ("CREATE_COMPLETE", {"said": "Create"}), f"{what}: {stack.reason()}"
        stack.delete()
        sys.stdout.write(f"ok: {what}\n")
        sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="since", default="", metavar="COMMIT", help="the release before")
    options = parser.parse_args()
    os.environ |= {"OS_CLIENT_CONFIG_FILE": str(CLOUDS), "OS_CLOUD": "demo"}
    since = options.since or began(RELEASE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before, now = exported(since, folder / "before"), exported("HEAD", folder / "now")
        session = sessions.load(cloud="demo", timeout=180, min_token_life=300, connections=20)
        tenant = Tenant(logged_in("demo"))
        tenant.upload(WORKFLOWS)
        with gateway_in_front(folder, session) as gateway, tenant.cleaned():
            play(Upgrade(tenant, gateway, before, folder), now)
    return 0


def play(upgrade: Upgrade, now: Path) -> None:
    tenant, before = upgrade.tenant, upgrade.before
    try:
        upgrade.engine(before)
        upgrade.gateway_of(before)
        with upgrade.bridge(before, "before"):
            upgrade.step("all of the release before")
            kept, long = tenant.create(template("upgrade_small")), tenant.create(template("upgrade_long"), wait=False)
            until(lambda: tenant.executions("upgrade_long"), "the long request's workflow runs")
        with upgrade.bridge(now, "now"):
            upgrade.step("bridge upgraded")
            upgrade.gateway_of(now)
            upgrade.step("bridge and gateway upgraded")
            upgrade.engine(now)
            upgrade.step("bridge, gateway and heat-engine upgraded")
            upgrade.engine(before)
            upgrade.step("heat-engine taken back")
            upgrade.gateway_of(before)
            upgrade.step("heat-engine and gateway taken back")
        with upgrade.bridge(before, "before-again"):
            upgrade.step("bridge taken back")
        with upgrade.bridge(now, "now-again"):
            upgrade.gateway_of(now)
            upgrade.engine(now)
            end(tenant, long)
            kept.delete()
            upgrade.step("what was asked before the upgrade is answered after it, what was made before is deleted")
    finally:
        upgrade.engine(now)
        for process in psutil.Process().children():
            process.terminate()


def end(tenant: Tenant, long: Stack) -> None:
    """End the workflow of the long request, and see that its stack has the answer."""
    found = tenant.mistral.get("/action_executions?state=RUNNING").json()["action_executions"]
    (action,) = (one for one in found if one["name"] == "std.async_noop" and one["workflow_name"] == "upgrade_long")
    tenant.mistral.put(f"/action_executions/{action['id']}", json={"state": "SUCCESS", "output": "{}"})
    assert long.wait() == "CREATE_COMPLETE", long.reason()
    assert long.outputs() == {"said": "at last"}
    long.delete()


def began(heading: str) -> str:
    """Return the commit with which a heading of the changelog came."""
    return git("log", "--format=%H", "--reverse", f"-S{heading}", "--", "CHANGELOG.md").split()[0]


def exported(commit: str, folder: Path) -> Path:
    """Return a folder with a commit's files."""
    folder.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout  # noqa: S603, S607
    subprocess.run(["tar", "x", "-C", str(folder)], input=archive, check=True)  # noqa: S603, S607
    return folder


def environment(sources: Path) -> dict[str, str]:
    """Return an environment in which the program is that of a tree."""
    return bridge_process.environment(PYTHONPATH=str(sources))


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603, S607


if __name__ == "__main__":
    sys.exit(main())
