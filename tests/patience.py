"""How long tests wait for what other threads do."""

import threading
import time
from collections.abc import Callable

PATIENCE = 30.0
_PAUSE = 0.001


def until(true: Callable[[], bool]) -> None:
    """Wait until something is true; AssertionError when it is not for too long."""
    end, pause = time.monotonic() + PATIENCE, threading.Event()
    while not true():
        assert time.monotonic() < end
        pause.wait(_PAUSE)
