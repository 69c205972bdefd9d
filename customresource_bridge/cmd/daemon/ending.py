"""How a process is told to end: by SIGTERM or SIGINT."""

import signal
from collections.abc import Iterable
from threading import Event, Thread

_LOOK = 1.0
"""Seconds that the main thread waits at a time.

The kernel may hand a signal to any thread, as it does while the main one comes back from SIGSTOP. Python runs the
handler in the main thread, and does not wake that one for it.
"""


def told_to_end() -> Event:
    """Return what is set once the process is told to end."""
    told = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        # In a thread: the main one may hold the event's lock while it waits.
        signal.signal(number, lambda *_: Thread(target=told.set).start())
    return told


def wait_for(told: Event, look: float = _LOOK) -> None:
    """Wait in the main thread for what a signal sets."""
    while not told.wait(look):
        pass


def join(threads: Iterable[Thread], look: float = _LOOK) -> None:
    """Wait in the main thread for others to end, which a signal tells to."""
    for thread in threads:
        while thread.is_alive():
            thread.join(look)
