"""Processor time that each service, bridge and gateway has spent, as the kernel counts it, and their memory."""

import re
from collections.abc import Mapping

import psutil

from devstack.cloud import processes, settings

_OURS = re.compile(r"customresource-bridge (gateway|run|operator)\b")
_NAMES = {"gateway": "gateway", "run": "bridge", "operator": "bridge"}
Spent = Mapping[str, float]
"""Seconds by service."""


def so_far() -> Spent:
    """Return what each service has spent so far, and our own processes under the names of their commands."""
    return {name: sum(map(_seconds, pids)) for name, pids in _processes().items()}


def memory() -> Mapping[str, int]:
    """Return the bytes that each service has resident; what processes share is counted once."""
    return {name: sum(map(_resident, pids)) for name, pids in _processes().items()}


def _processes() -> dict[str, list[int]]:
    found = {path.stem: processes.living(path) for path in settings.load().run.glob("*.json")}
    for process in psutil.Process().children():
        if name := _command(process):
            found.setdefault(name, []).extend([process.pid, *_below(process)])
    return found


def since(earlier: Spent, now: Spent) -> Spent:
    """Return what was spent between two looks; of a service that was started anew: what it spent since then."""
    return {name: now[name] - (earlier.get(name, 0.0) if now[name] >= earlier.get(name, 0.0) else 0.0) for name in now}


def _command(process: psutil.Process) -> str | None:
    try:
        said = _OURS.search(" ".join(process.cmdline()))  # the operator's bridge gives its processes titles
    except psutil.Error:
        return None  # it has ended meanwhile
    return _NAMES[said[1]] if said else None


def _below(process: psutil.Process) -> list[int]:
    try:
        return [child.pid for child in process.children(recursive=True)]
    except psutil.Error:
        return []


def _seconds(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def _resident(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_full_info().pss)
    except psutil.Error:
        return 0
