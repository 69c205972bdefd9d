"""What the user sees while the cloud works: one line per event, with the seconds since the start. Used everywhere."""

import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

_STARTED = time.monotonic()
_LOCK = threading.Lock()


def say(text: str = "") -> None:
    """Print one line at once, whole even when several threads speak."""
    with _LOCK:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def note(text: str) -> None:
    """Print one line of progress, with the seconds since the program started."""
    say(f"  {time.monotonic() - _STARTED:5.1f} s  {text}")


def complain(text: str) -> None:
    """Print to standard error."""
    with _LOCK:
        sys.stdout.flush()
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def tail(path: Path, lines: int = 40) -> Sequence[str]:
    """Return the last lines of a log; none when there is no log."""
    if not path.is_file():
        return []
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - 64 * 1024))
        return log.read().decode(errors="replace").splitlines()[-lines:]
