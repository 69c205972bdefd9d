"""The scheduler of this heat-engine process, and its start in each of the engine's workers."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from customresource_bridge.exposition.textfile import Textfile
from customresource_bridge.plugin import stack_cleanup
from customresource_bridge.plugin.heat.hooks import engine_workers
from customresource_bridge.plugin.metrics.figures import FIGURES
from customresource_bridge.plugin.options import settings
from customresource_bridge.plugin.waiting import rows, takeover
from customresource_bridge.plugin.waiting.monitor import Monitor
from customresource_bridge.plugin.waiting.scheduler import Scheduler


class ProcessScheduler:
    """One scheduler for a process, which is made when it is needed first."""

    def __init__(self, make: Callable[[], Scheduler]) -> None:
        self._only = lru_cache(maxsize=1)(make)

    def expect(self, row_id: int, due: datetime) -> None:
        """Have this process look after a row at ``due``."""
        scheduler = self._only()
        scheduler.expect(row_id, due)
        scheduler.start()

    def start_in_worker(self) -> None:
        """Start a new one: the threads of its parent's did not come along into a worker."""
        self._only.cache_clear()
        self._only().start()
        write_figures()


@lru_cache(maxsize=1)
def _textfile(folder: str) -> Textfile:
    return Textfile(Path(folder), "heat", FIGURES.exposition)


def write_figures(*, textfile: Callable[[str], Textfile] = _textfile) -> None:
    """Have this worker write its figures again and again, where the operator wants them.

    :param textfile: returns this process's file in a folder.
    """
    folder = settings().metrics_directory
    if folder:
        textfile(folder).start()


def monitor() -> Monitor:
    """Return a monitor of Heat's rows."""
    return Monitor(load=rows.load_row, begin_again=rows.begin_again, is_as_loaded=rows.is_as_loaded)


def _make() -> Scheduler:
    return Scheduler(
        attend=monitor().attend,
        kept=takeover.kept_until,
        scan=takeover.scan,
        interval=lambda: settings().sweep_interval,
        clean_up=stack_cleanup.remove_left_behind,
    )


_SCHEDULER = ProcessScheduler(_make)
expect = _SCHEDULER.expect


def start_in_engines(*, on_start: Callable[[Callable[[], None]], None] = engine_workers.on_start) -> None:
    """Start a scheduler in each of heat-engine's workers: also in one that has parked nothing, for the others' sake."""
    on_start(_SCHEDULER.start_in_worker)
