"""Threads that work off what they are given, in its order, and are waited for at the end, for as long as is said."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any


class Workers:
    """So many threads.

    :param name: what they are called.
    """

    def __init__(self, threads: int, *, name: str) -> None:
        # A ThreadPoolExecutor makes a future for each call, which takes as long as the whole way there and back.
        self._work: SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...]] | None] = SimpleQueue()
        self._threads = [Thread(target=self._run, name=f"{name}-{number}", daemon=True) for number in range(threads)]

    def start(self) -> None:
        """Begin.

        :raises RuntimeError: a thread cannot be started.
        """
        for thread in self._threads:
            thread.start()

    def submit(self, call: Callable[..., Any], /, *arguments: Any) -> None:
        """Have something called, which must not raise."""
        self._work.put((call, arguments))

    def stop(self, *, patience: float) -> None:
        """End each thread when it has done what was given before, and wait for that.

        :param patience: seconds, for all of them together. What takes longer ends with the process.
        """
        for _ in self._threads:
            self._work.put(None)
        end = monotonic() + patience
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, end - monotonic()))

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            call, arguments = work
            call(*arguments)
