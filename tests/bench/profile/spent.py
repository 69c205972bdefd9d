"""Processor time that each service, bridge and gateway has spent, as the kernel counts it."""

from collections.abc import Mapping

import psutil

from devstack.cloud import processes, settings

Spent = Mapping[str, float]
"""Seconds by service."""


def so_far() -> Spent:
    """Return what each service has spent so far, and our own processes under the names of their commands."""
    found = {path.stem: processes.living(path) for path in settings.load().run.glob("*.json")}
    for process in psutil.Process().children(recursive=True):
        if name := _command(process):
            found.setdefault(name, []).append(process.pid)
    return {name: sum(map(_seconds, pids)) for name, pids in found.items()}


def since(earlier: Spent, now: Spent) -> Spent:
    """Return what was spent between two looks; of a service that was started anew: what it spent since then."""
    return {name: now[name] - (earlier.get(name, 0.0) if now[name] >= earlier.get(name, 0.0) else 0.0) for name in now}


def _command(process: psutil.Process) -> str | None:
    try:
        words = process.cmdline()
    except psutil.Error:
        return None  # it has ended meanwhile
    return next((name for name, word in (("gateway", "gateway"), ("bridge", "run")) if word in words), None)


def _seconds(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)
