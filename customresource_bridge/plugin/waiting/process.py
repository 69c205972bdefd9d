"""The scheduler of this heat-engine process, and its start in each of the engine's workers."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from customresource_bridge.plugin import stack_cleanup
from customresource_bridge.plugin.heat import engine_workers
from customresource_bridge.plugin.options import settings
from customresource_bridge.plugin.waiting import monitor, takeover
from customresource_bridge.plugin.waiting.scheduler import Scheduler


@lru_cache(maxsize=1)
def _of_process() -> Scheduler:
    return Scheduler(
        attend=monitor.Monitor(load=monitor.load_row, is_as_loaded=monitor.is_as_loaded).attend,
        kept=takeover.kept_until,
        scan=takeover.scan,
        interval=lambda: settings().sweep_interval,
        begin=stack_cleanup.remove_left_behind,
    )


def expect(row_id: int, due: datetime) -> None:
    """Have this process look after a row at ``due``."""
    scheduler = _of_process()
    scheduler.expect(row_id, due)
    scheduler.start()


def start_in_engines(*, on_start: Callable[[Callable[[], None]], None] = engine_workers.on_start) -> None:
    """Start a scheduler in each of heat-engine's workers: also in one that has parked nothing, for the others' sake."""
    on_start(_start_in_worker)


def _start_in_worker() -> None:
    _of_process.cache_clear()
    _of_process().start()
