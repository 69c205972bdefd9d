"""Calls the plugin in each of heat-engine's workers as it starts and ends, for which Heat has no hook.

Every release of Heat starts its WorkerService in each worker (``heat/engine/worker.py``), after the fork and once the
worker's loop runs. A fork's own hook is no substitute: under eventlet a thread begun there sleeps on the parent's
clock and never wakes, and an engine with one worker may not fork at all. No other program of Heat has a WorkerService.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from heat.engine import worker
from oslo_log import log as logging

LOG = logging.getLogger(__name__)

End = Callable[[], None]
Begin = Callable[[str], End]

_BEGINS = "_customresource_bridge_begins"
_ENDS = "_customresource_bridge_ends"


@dataclass(frozen=True, slots=True)
class _AtStart:
    """What is called at the start alone."""

    begin: Callable[[], None]

    def __call__(self, _engine_id: str) -> End:
        self.begin()
        return lambda: None


def on_start(begin: Callable[[], None], *, service: Any = worker.WorkerService) -> None:
    """Have ``begin`` called in each worker once Heat's own service has started there; said twice, it counts once."""
    while_running(_AtStart(begin), service=service)


def while_running(begin: Begin, *, service: Any = worker.WorkerService) -> None:
    """Do as :func:`on_start`, with the worker's engine id; what ``begin`` returns is called before it stops."""
    begins: list[Begin] = service.__dict__.get(_BEGINS, [])
    if not begins:
        setattr(service, _BEGINS, begins)
        _wrap_start(service, begins)
        _wrap_stop(service)
    if begin not in begins:
        begins.append(begin)


def _wrap_start(service: Any, begins: list[Begin]) -> None:
    start = service.start

    @functools.wraps(start)
    def start_and_begin(self: Any) -> None:
        start(self)
        ends: list[End] = []
        setattr(self, _ENDS, ends)
        for begin in begins:
            wrong = ""
            try:
                ends.append(begin(self.engine_id))
            except Exception as error:
                wrong = type(error).__name__
            if wrong:
                LOG.error("What %s begins in this worker did not: %s", begin, wrong)

    service.start = start_and_begin


def _wrap_stop(service: Any) -> None:
    stop = service.stop

    @functools.wraps(stop)
    def end_and_stop(self: Any) -> None:
        for end in self.__dict__.pop(_ENDS, []):
            end()
        stop(self)

    service.stop = end_and_stop
