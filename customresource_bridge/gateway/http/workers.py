"""Threads that work off what they are given, in its order. They end with the process, and are not waited for."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any


class Workers:
    """So many threads. They begin with the first work.

    :param name: what they are called.
    """

    def __init__(self, threads: int, *, name: str) -> None:
        # A ThreadPoolExecutor makes a future for each call, which takes as long as the whole way there and back.
        self._work: SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...]] | None] = SimpleQueue()
        self._threads = [Thread(target=self._run, name=f"{name}-{number}", daemon=True) for number in range(threads)]
        self._begun = False

    def submit(self, call: Callable[..., Any], /, *arguments: Any) -> None:
        """Have something called, which must not raise."""
        if not self._begun:
            self._begun = True
            for thread in self._threads:
                thread.start()
        self._work.put((call, arguments))

    def stop(self) -> None:
        """End each thread when it has done what was given before."""
        for _ in self._threads:
            self._work.put(None)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            call, arguments = work
            call(*arguments)
