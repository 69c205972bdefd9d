"""check --loop as a monitoring runs it."""

import json
import subprocess
from typing import Any

from functional.bridge_process import command, environment


def checked(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run it as the tenant."""
    return command("customresource-bridge", "check", "--loop", *words, "-f", "json", environ=environment())


def hops(done: "subprocess.CompletedProcess[str]") -> dict[str, str | None]:
    """Return the problem of each hop."""
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return {row["check"]: row["problem"] for row in found if row["check"].startswith("loop: ")}


def problems(done: "subprocess.CompletedProcess[str]") -> dict[str, str]:
    """Return the hops that did not happen, and why."""
    return {hop: problem for hop, problem in hops(done).items() if problem is not None}
