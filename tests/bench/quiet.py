"""Waits until the services are done with what was asked of them before: what is measured then is measured alone."""

import os
import time
from pathlib import Path

SHARE = 0.2
"""Of the processors, what quiet services may still use."""
PAUSE = 5.0


def wait_for_quiet(most: float) -> bool:
    """Wait, for so many seconds at most; return whether it is quiet."""
    end = time.monotonic() + most
    before = time.monotonic(), busy()
    while time.monotonic() < end:
        time.sleep(PAUSE)
        now = time.monotonic(), busy()
        if (now[1] - before[1]) / (now[0] - before[0]) < SHARE * (os.cpu_count() or 1):
            return True
        before = now
    return False


def busy() -> float:
    """Return the seconds that the processors have worked."""
    user, nice, system = (int(word) for word in Path("/proc/stat").read_text().split()[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")
