"""Calls the plugin in each of heat-engine's workers as it starts, for which Heat has no hook.

Every release of Heat starts its WorkerService in each worker (``heat/engine/worker.py``), after the fork and once the
worker's loop runs. A fork's own hook is no substitute: under eventlet a thread begun there sleeps on the parent's
clock and never wakes, and an engine with one worker may not fork at all. No other program of Heat has a WorkerService.
"""

import functools
from collections.abc import Callable
from typing import Any

from heat.engine import worker

_MARK = "_customresource_bridge"


def on_start(begin: Callable[[], None], *, service: Any = worker.WorkerService) -> None:
    """Have ``begin`` called in each worker once Heat's own service has started there; said twice, it counts once."""
    start = service.start
    if hasattr(start, _MARK):
        return

    @functools.wraps(start)
    def start_and_begin(self: Any) -> None:
        start(self)
        begin()

    setattr(start_and_begin, _MARK, True)
    service.start = start_and_begin
