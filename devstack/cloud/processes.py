"""Start, find and end the cloud's processes: always by record, never by name.

A record names a session leader by its pid, the time it was started and the boot it belongs to, so that a pid that
was used again is never mistaken for ours. Everything a service forks stays in its session.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_PROC = Path("/proc")
_BOOT_ID = _PROC / "sys/kernel/random/boot_id"


@dataclass(frozen=True)
class Process:
    """A line of /proc: what tells one process from another."""

    pid: int
    session: int
    started: int  # clock ticks since boot
    zombie: bool


@dataclass(frozen=True)
class Record:
    """A service's process as it was started; kept in run/<service>.json."""

    pid: int
    started: int
    boot: str


def parse_stat(text: str) -> Process:
    """Read /proc/<pid>/stat. The name in it may hold spaces and brackets: count from the last one."""
    pid, rest = text.split(" ", 1)
    fields = rest.rsplit(")", 1)[1].split()
    return Process(int(pid), session=int(fields[3]), started=int(fields[19]), zombie=fields[0] in "ZX")


def members(record: Record, running: Sequence[Process], *, boot: str) -> list[int]:
    """Return the living processes of the recorded session, the leader's death included.

    A pid is not given again while a session of that number lives. So a process with the leader's pid and another start
    time means that the whole session is over and the number belongs to a stranger.
    """
    if record.boot != boot:
        return []
    leader = next((process for process in running if process.pid == record.pid), None)
    if leader is not None and leader.started != record.started:
        return []
    return [process.pid for process in running if process.session == record.pid and not process.zombie]


def all_processes() -> list[Process]:
    """Return what runs on this machine now."""
    found = []
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            try:
                found.append(parse_stat((entry / "stat").read_text()))
            except OSError:
                continue  # it has ended meanwhile
    return found


def boot_id() -> str:
    """Return the number of the machine's current boot."""
    return _BOOT_ID.read_text().strip()


def write_record(path: Path, pid: int) -> Record:
    """Record a process that was just started."""
    started = parse_stat((_PROC / str(pid) / "stat").read_text()).started
    record = Record(pid, started, boot_id())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(record)) + "\n")
    return record


def read_record(path: Path) -> Record | None:
    """Read a record; None when there is none, or one that cannot be read."""
    try:
        return Record(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def living(path: Path) -> list[int]:
    """Return the pids of a recorded service that live."""
    record = read_record(path)
    return [] if record is None else members(record, all_processes(), boot=boot_id())


def leader_lives(path: Path) -> bool:
    """Say whether the recorded process itself lives: orphaned workers alone are no running service."""
    record = read_record(path)
    return record is not None and record.pid in members(record, all_processes(), boot=boot_id())


def launch(command: Sequence[str], *, record: Path, log: Path, environ: Mapping[str, str], cwd: Path) -> None:
    """Start a service in a session of its own and record it.

    No process waits for the child: should it end before we do, it stays a zombie, which members() counts as dead.
    """
    cwd.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environ),
            cwd=cwd,
            start_new_session=True,
        )
    write_record(record, process.pid)


def send(path: Path, number: signal.Signals) -> None:
    """Send a signal to every living process of a recorded service."""
    for pid in living(path):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def end(paths: Sequence[Path], *, grace: float) -> None:
    """End recorded services: SIGTERM, SIGKILL to those that are left after the grace. Forget their records."""
    if grace > 0:
        for path in paths:
            send(path, signal.SIGTERM)
        _wait_gone(paths, grace)
    for path in paths:
        send(path, signal.SIGKILL)
    left = _wait_gone(paths, 10.0)
    for path in paths:
        if path not in left:
            path.unlink(missing_ok=True)
    if left:
        raise TimeoutError(f"still running after SIGKILL: {', '.join(path.stem for path in left)}")


def _wait_gone(paths: Sequence[Path], seconds: float) -> list[Path]:
    deadline = time.monotonic() + seconds
    while True:
        left = [path for path in paths if living(path)]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)
