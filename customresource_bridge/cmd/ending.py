"""How a process is told to end: by SIGTERM or SIGINT."""

import signal
from collections.abc import Callable, Iterable
from threading import Event, Thread

_LOOK = 1.0
"""Seconds that the main thread waits at a time.

The kernel may hand a signal to any thread, as it does while the main one comes back from SIGSTOP. Python, which runs the
handler in the main thread, does not wake that one for it.
"""


def told_to_end() -> Event:
    """Return what is set once the process is told to end."""
    told = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    return told


def wait_for(told: Event, look: float = _LOOK) -> None:
    """Wait in the main thread for what a signal sets."""
    _until(told.wait, look)


def join(threads: Iterable[Thread], look: float = _LOOK) -> None:
    """Wait in the main thread for others to end, which a signal tells to."""
    for thread in threads:
        _until(lambda seconds, one=thread: _ended(one, seconds), look)


def _until(done: Callable[[float], bool], look: float) -> None:
    while not done(look):
        pass


def _ended(thread: Thread, seconds: float) -> bool:
    thread.join(seconds)
    return not thread.is_alive()
