"""A hostile handler in its box: what it may see and use, and that nothing of it is left. By real processes."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from customresource_bridge.provider.box.limits import Limits
from customresource_bridge.provider.box.users import user_named
from customresource_bridge.provider.ending import Broke, Returned
from customresource_bridge.provider.runner import HandlerSpec, run

EVENT = {"RequestType": "Create", "RequestId": "request-1", "ResponseURL": "https://answer.example/v1/responses/secret"}
IS_ROOT = os.geteuid() == 0


def ending(folder: Path, code: str, *, seconds: float = 60, lines: list[str] | None = None, **limits: int) -> Any:
    (folder / "mine.py").write_text(code)
    shown: list[str] = [] if lines is None else lines
    spec = HandlerSpec(name="mine:handler", folder=folder, limits=replace(Limits(), **limits))
    return run(spec, EVENT, seconds=seconds, show=shown.append)


def alive(marker: str) -> list[str]:
    """Return the processes whose command line has the marker; what was killed may be a zombie still."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and marker in (folder / "cmdline").read_text():
                found.append(folder.name)
        except OSError:
            continue
    return found


LOOK_AROUND = """
import os
SECRET = b"s3cr3t-of-" + b"the-provider"

def tried(pid, name):
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:
            return name == "mem" or SECRET in file.read()
    except OSError:
        return False

def handler(event, context):
    pids, pid = [], os.getppid()
    while pid > 1:
        pids.append(pid)
        with open(f"/proc/{pid}/stat") as stat:
            pid = int(stat.read().rpartition(")")[2].split()[1])
    kept, server, provider = pids[:3]
    read = [[pid, name] for pid in (kept, server, provider) for name in ("environ", "mem") if tried(pid, name)]
    for pid in (kept, server, provider):
        for number in range(20):
            try:
                read.append([pid, os.readlink(f"/proc/{pid}/fd/{number}")])
            except OSError:
                pass
    own = [os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")
           if os.path.exists(f"/proc/self/fd/{name}")]
    return {"read": read, "own": own, "environment": dict(os.environ), "is_provider": provider == int(os.environ["P"])}
"""
PROVIDER = """
import json, os, sys
from pathlib import Path
from customresource_bridge.provider.box.undumpable import make_undumpable
from customresource_bridge.provider.runner import HandlerSpec, run
make_undumpable()
kept = open("/etc/passwd")
os.set_inheritable(kept.fileno(), True)
os.environ["P"] = str(os.getpid())
spec = HandlerSpec(name="mine:handler", folder=Path(sys.argv[1]), environment={"MINE": "1"}, passed=("P",))
print(json.dumps(run(spec, {"RequestId": "r"}, seconds=60).value))
"""


def test_it_sees_nothing_of_the_provider(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(LOOK_AROUND)
    secret = "s3cr3t-of-the-provider"
    environ = {**os.environ, "PYTHONPATH": str(Path.cwd()), "OS_PASSWORD": secret, "https_proxy": secret, "MINE": "0"}
    words = [sys.executable, "-c", PROVIDER, str(tmp_path)]
    seen = json.loads(subprocess.run(words, env=environ, check=True, capture_output=True).stdout)  # noqa: S603 - ours
    assert seen["is_provider"]
    assert seen["read"] == []
    assert not {"OS_PASSWORD", "https_proxy"} & set(seen["environment"])
    assert seen["environment"]["MINE"] == "1"
    assert "/etc/passwd" not in seen["own"]
    assert not [target for target in seen["own"] if target.startswith("socket:")]


def test_it_has_no_right_that_its_user_has_not(tmp_path: Path) -> None:
    code = "def handler(event, context): return open('/proc/self/status').read()"
    status = dict(line.split(":\t", 1) for line in ending(tmp_path, code).value.splitlines())
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    assert status["NoNewPrivs"] == "1"


DAEMON = """
import os, subprocess, sys, time
def handler(event, context):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            {closing}
            os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)", "{marker}"])
        os._exit(0)
    os.wait()
    {waiting}
    return "good"
"""


@pytest.mark.parametrize("closing", ["pass", "os.closerange(0, 64)"])
def test_a_daemon_in_a_session_of_its_own_does_not_outlive_it(tmp_path: Path, closing: str) -> None:
    marker = f"daemon-of-{tmp_path}"
    code = DAEMON.format(closing=closing, marker=marker, waiting="time.sleep(0.2)")
    began = time.monotonic()
    assert ending(tmp_path, code) == Returned("good")
    assert time.monotonic() - began < 30
    assert alive(marker) == []


def test_nor_does_it_outlive_one_that_is_killed(tmp_path: Path) -> None:
    marker = f"daemon-of-{tmp_path}"
    code = DAEMON.format(closing="pass", marker=marker, waiting="time.sleep(600)")
    assert ending(tmp_path, code, seconds=3) == Broke("The handler did not finish within 3 seconds and was killed")
    assert alive(marker) == []


def test_a_keeper_that_the_handler_kills_leaves_nothing_either(tmp_path: Path) -> None:
    marker = f"daemon-of-{tmp_path}"
    code = DAEMON.format(
        closing="pass", marker=marker, waiting="time.sleep(0.5); os.kill(os.getppid(), 9); time.sleep(600)"
    )
    assert ending(tmp_path, code) == Broke("The handler was killed from outside")
    until = time.monotonic() + 20
    while alive(marker) and time.monotonic() < until:
        time.sleep(0.05)
    assert alive(marker) == []
    assert ending(tmp_path, "def handler(event, context): return 1") == Returned(1)


def test_a_handler_that_stops_what_starts_all_of_them_does_not_stop_the_next(tmp_path: Path) -> None:
    code = """
import os, signal
def handler(event, context):
    keeper = os.getppid()
    with open(f"/proc/{keeper}/stat") as stat:
        server = int(stat.read().rpartition(")")[2].split()[1])
    with open("pids", "w") as file:
        file.write(f"{server} {keeper}")
    os.kill(server, signal.SIGSTOP)
    os.kill(keeper, signal.SIGSTOP)
"""
    assert "within 1 second" in ending(tmp_path, code, seconds=1).reason
    assert ending(tmp_path, "def handler(event, context): return 1", seconds=30) == Returned(1)
    kept = [Path(f"/proc/{pid}/stat") for pid in (tmp_path / "pids").read_text().split()]
    assert [stat for stat in kept if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"] == []


def test_many_processes_are_stopped(tmp_path: Path) -> None:
    code = """
import os, time
def handler(event, context):
    for _ in range(400):
        if os.fork() == 0:
            time.sleep(600)
    time.sleep(600)
"""
    broke = ending(tmp_path, code, processes=50)
    # The kernel holds all but root to their limit; root's processes are counted.
    said = "had more than 50 processes at once" if IS_ROOT else "raised BlockingIOError"
    assert said in broke.reason


def test_a_memory_eater_fails_by_itself(tmp_path: Path) -> None:
    code = "def handler(event, context): return len(bytearray(400 * 1024 * 1024))"
    assert "raised MemoryError" in ending(tmp_path, code, memory=200).reason
    assert ending(tmp_path, code, memory=600) == Returned(400 * 1024 * 1024)


def test_a_gigabyte_of_output_is_read_and_its_beginning_logged(tmp_path: Path) -> None:
    lines: list[str] = []
    code = """
import os
def handler(event, context):
    piece = (b"x" * 1023 + b"\\n") * 1024
    for _ in range(1024):
        os.write(1, piece)
    return "done"
"""
    assert ending(tmp_path, code, seconds=120, lines=lines, output_bytes=100_000) == Returned("done")
    assert len(lines) == 98
    assert "more was printed" in lines[-1]


def test_a_gigabyte_of_file_is_refused(tmp_path: Path) -> None:
    code = """
def handler(event, context):
    with open("big", "wb") as file:
        for _ in range(1024):
            file.write(bytes(1024 * 1024))
"""
    assert "File too large" in ending(tmp_path, code, file_size=8).reason
    assert (tmp_path / "big").stat().st_size <= 8 * 1024 * 1024


def test_an_answer_beyond_all_measure_is_cut_short(tmp_path: Path) -> None:
    code = "def handler(event, context): return 'x' * 10_000_000"
    assert ending(tmp_path, code) == Broke("The handler returned more than 6291456 bytes")


@pytest.mark.parametrize(
    "code",
    [
        "import signal, time\ndef handler(e, c):\n    signal.signal(15, signal.SIG_IGN)\n    time.sleep(600)",
        "import os, time\ndef handler(e, c):\n    os.closerange(0, 64)\n    time.sleep(600)",
    ],
)
def test_one_deadline_holds_for_all(tmp_path: Path, code: str) -> None:
    began = time.monotonic()
    assert ending(tmp_path, code, seconds=2) == Broke("The handler did not finish within 2 seconds and was killed")
    assert time.monotonic() - began < 20


@pytest.fixture
def anybody_s() -> Iterator[Path]:
    """A folder that any user may read and write."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def script(folder: Path, text: str) -> Path:
    file = folder / "python"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def another_s(folder: Path, text: str, *, limits: Limits | None = None) -> HandlerSpec:
    python = str(script(folder, text))
    user = user_named("nobody", option="--user") if IS_ROOT else None
    return HandlerSpec(name="a:b", folder=folder, python=python, user=user, limits=limits or Limits())


def by_another(folder: Path, text: str, *, seconds: float = 60, limits: Limits | None = None) -> tuple[Any, list[str]]:
    lines: list[str] = []
    return run(another_s(folder, text, limits=limits), EVENT, seconds=seconds, show=lines.append), lines


def test_root_runs_it_as_another_user_without_rights(anybody_s: Path) -> None:
    _, lines = by_another(anybody_s, "id -u; id -G; grep CapEff /proc/self/status; ulimit -n")
    uid, _, rights, files = lines
    assert uid != "0"
    assert int(rights.split()[1], 16) == 0
    assert files == "1024"


def test_a_fork_bomb_stays_within_its_number_and_ends_at_the_deadline(anybody_s: Path) -> None:
    marker = f"exec sleep 600.{os.getpid()}"
    bomb = f"b() {{ sh -c '{marker}' & b & b; }}; b; sleep 600"
    broke, lines = by_another(anybody_s, bomb, seconds=3, limits=Limits(processes=60))
    assert isinstance(broke, Broke)
    assert any("fork" in line for line in lines)
    assert alive(marker) == []


BESIDE = """
n=0
while [ $n -lt 30 ]; do sleep 600 & n=$((n + 1)); done
: > {folder}/$$
n=0
while [ $(ls {folder} | wc -l) -lt 2 ] && [ $n -lt {tenths} ]; do sleep 0.1; n=$((n + 1)); done
[ $n -lt {tenths} ] && echo both
"""


@pytest.mark.parametrize(("at_once", "tenths"), [(2, 300), (1, 20)])
def test_two_beside_each_other_have_processes_for_both(anybody_s: Path, at_once: int, tenths: int) -> None:
    """Each has its number while the other has its own; were room for one alone, the kernel would refuse a second."""
    begun = anybody_s / "begun"
    begun.mkdir()
    begun.chmod(0o777)
    lines: list[str] = []
    text = BESIDE.format(folder=begun, tenths=tenths)
    handler = another_s(anybody_s, text, limits=Limits(processes=45, at_once=at_once))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: run(handler, EVENT, seconds=60, show=lines.append), range(2)))
    assert lines == ["both", "both"] if at_once == 2 else any("fork" in line for line in lines)
