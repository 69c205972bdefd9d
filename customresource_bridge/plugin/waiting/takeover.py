"""Finds the rows that other processes look after, and takes over from engines that died."""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from typing import Any

from heat.common import context as heat_context
from oslo_log import log as logging

from customresource_bridge.plugin import clock
from customresource_bridge.plugin.clock import Clock
from customresource_bridge.plugin.heat import leases, queries
from customresource_bridge.plugin.heat.engines import retrigger
from customresource_bridge.plugin.heat.resource_ref import load
from customresource_bridge.plugin.lifecycle.schedule import GRACE
from customresource_bridge.plugin.metrics.figures import FIGURES
from customresource_bridge.plugin.metrics.waiting_ages import WaitingRequests, waiting_requests
from customresource_bridge.plugin.options import settings
from customresource_bridge.protocol.printing import without_text

LOG = logging.getLogger(__name__)


def kept_until(row_ids: Collection[int], *, now: Clock = clock.now) -> dict[int, datetime]:
    """Return those of some rows that other processes look after, and until when."""
    found = leases.read_many(heat_context.get_admin_context(), row_ids)
    until = {row_id: lease.expires_at + GRACE for row_id, lease in found.items()}
    return {row_id: at for row_id, at in until.items() if at > now()}


def take_over(context: Any, row_id: int, dead_engine_id: str, now: datetime) -> None:
    """Have another engine work on a row whose engine died."""
    ref = load(context, row_id)
    if ref is not None:
        retrigger.take_over(ref.context, ref.stack, row_id, dead_engine_id, now=now)


def scan(
    *,
    is_alive: Callable[[str], bool] = retrigger.is_alive,
    take: Callable[[Any, int, str, datetime], None] = take_over,
    show: Callable[[WaitingRequests], None] = FIGURES.show_waiting,
    keep: Callable[[Collection[int]], None] = FIGURES.untaken.keep,
    now: Clock = clock.now,
) -> list[tuple[int, datetime]]:
    """Take over from dead engines; return the rows that wait without a thread, and when to take them up.

    :param is_alive: returns whether an engine answers.
    :param take: takes a row over.
    :param show: is told what waits, with and without a thread, for the figures.
    :param keep: is told which rows wait, for them too.
    """
    context = heat_context.get_admin_context()
    found: list[tuple[int, datetime]] = []
    alive: dict[str, bool] = {}
    waits = list(queries.waiting(context))
    keep([waiting.row_id for waiting in waits])
    pauses = settings().repost_after
    show(waiting_requests((waiting.lease for waiting in waits), now=now(), repost_after=pauses))
    for waiting in waits:
        engine_id = waiting.engine_id
        if engine_id is None:
            found.append((waiting.row_id, max(waiting.lease.expires_at, now()) + GRACE))
            continue
        if engine_id not in alive:
            alive[engine_id] = is_alive(engine_id)
        if not alive[engine_id]:
            wrong = _trouble(partial(take, context, waiting.row_id, engine_id, now()))
            if wrong:  # one row must not keep this from all others; the next scan tries it again
                LOG.error("Custom resource %s cannot be taken over: %s", waiting.row_id, wrong)
    return found


def _trouble(take: Callable[[], None]) -> str:
    """Return what went wrong, or nothing; told here, oslo.log would add the text, which may quote what was stored."""
    try:
        take()
    except Exception as error:
        return without_text(error)
    return ""
