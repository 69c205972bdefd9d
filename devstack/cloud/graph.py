"""Run steps as soon as the steps they need are done, each in a thread."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """Something to do after other things."""

    name: str
    needs: tuple[str, ...]
    run: Callable[[], None]


def check(steps: Sequence[Step]) -> None:
    """Raise ValueError for a step that needs what is not there, or itself in the end."""
    done: set[str] = set()
    left = list(steps)
    while left:
        possible = [step for step in left if done.issuperset(step.needs)]
        if not possible:
            raise ValueError(f"never possible: {', '.join(step.name for step in left)}")
        done.update(step.name for step in possible)
        left = [step for step in left if step.name not in done]


def run(steps: Sequence[Step], abort: threading.Event) -> None:
    """Run the steps, if any. After an error: begin none any more, set abort, wait for those that run, raise it."""
    check(steps)
    done: set[str] = set()
    waiting = list(steps)
    running: dict[Future[None], Step] = {}
    with ThreadPoolExecutor(max_workers=max(1, len(steps)), thread_name_prefix="step") as threads:
        try:
            while waiting or running:
                for step in [step for step in waiting if done.issuperset(step.needs)]:
                    running[threads.submit(step.run)] = step
                    waiting.remove(step)
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    done.add(running.pop(future).name)
                    future.result()
        except BaseException:
            abort.set()
            raise
