"""The starter against real processes: a second start changes nothing, and a failed one says what and why."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from standalone import ROOT, STATE

FREE_BASE = 28100


def cloud(where: Path, *arguments: str, base: int | None = None) -> subprocess.CompletedProcess[str]:
    elsewhere = {"CRB_CLOUD_PORT_BASE", *([] if where == ROOT else ["CRB_CLOUD_STATE"])}
    environ = {name: value for name, value in os.environ.items() if name not in elsewhere}
    if base is not None:
        environ["CRB_CLOUD_PORT_BASE"] = str(base)
    command = (sys.executable, "-m", "devstack.cloud", *arguments)
    return subprocess.run(  # noqa: S603 - our own command
        command, cwd=where, env=environ, capture_output=True, text=True, check=False, timeout=120
    )


def pids() -> dict[str, int]:
    return {path.stem: json.loads(path.read_text())["pid"] for path in (STATE / "run").glob("*.json")}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A clone of the starter with a state of its own."""
    shutil.copytree(ROOT / "devstack", tmp_path / "devstack")
    return tmp_path


def test_the_running_cloud_says_that_it_is_ready() -> None:
    done = cloud(ROOT, "status")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(" ready") == len(pids())


def test_a_second_start_is_harmless() -> None:
    before = pids()
    done = cloud(ROOT, "start")
    assert done.returncode == 0, done.stdout + done.stderr
    assert pids() == before
    assert "export OS_CLOUD=demo" in done.stdout.splitlines()[-1]


def test_a_base_whose_ports_are_taken_is_refused_by_name(elsewhere: Path) -> None:
    base = int((STATE / "port_base").read_text())
    done = cloud(elsewhere, "start", base=base)
    assert done.returncode == 1
    assert f"CRB_CLOUD_PORT_BASE={base}: ports are taken: keystone ({base})" in done.stderr


def test_a_service_that_fails_is_named_with_the_end_of_its_log(elsewhere: Path) -> None:
    with socket.create_server(("127.0.0.1", FREE_BASE + 2)):
        done = cloud(elsewhere, "start", "redis", base=FREE_BASE)
    assert done.returncode == 1
    assert "FAILED redis: its process has ended" in done.stderr
    assert "| " in done.stderr
    assert "Address already in use" in done.stderr


def test_a_service_is_started_killed_and_leaves_nothing(elsewhere: Path) -> None:
    assert cloud(elsewhere, "start", "redis", base=FREE_BASE).returncode == 0
    assert cloud(elsewhere, "kill", "redis", base=FREE_BASE).returncode == 0
    assert "does not run" in cloud(elsewhere, "kill", "redis", base=FREE_BASE).stderr
    with socket.create_server(("127.0.0.1", FREE_BASE + 2)):
        pass


def test_one_can_look_while_another_command_is_at_work(elsewhere: Path) -> None:
    assert cloud(elsewhere, "status", base=FREE_BASE).returncode == 1
    with (elsewhere / ".cloud/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = cloud(elsewhere, "status", base=FREE_BASE)
    assert "redis" in done.stdout
    assert "waiting" not in done.stdout
