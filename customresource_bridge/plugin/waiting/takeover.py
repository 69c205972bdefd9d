"""Finds the rows that other processes look after, and takes over from those that died."""

from datetime import UTC, datetime
from typing import Any

from heat.common import context as heat_context
from heat.rpc import listener_client

from customresource_bridge.plugin.heat import queries, resource_data, retrigger
from customresource_bridge.plugin.heat.resource_ref import load
from customresource_bridge.plugin.lifecycle.schedule import GRACE


def kept_until(row_id: int) -> datetime | None:
    """Return until when another process looks after a row, or None where none does any more."""
    lease = resource_data.read_lease(heat_context.get_admin_context(), row_id)
    return None if lease is None or lease.due <= datetime.now(UTC) - GRACE else lease.due + GRACE


def scan() -> list[tuple[int, datetime]]:
    """Take over from dead engines; return the rows that wait without a thread, and when to take them up."""
    context = heat_context.get_admin_context()
    found: list[tuple[int, datetime]] = []
    alive: dict[str, bool] = {}
    for waiting in queries.waiting(context):
        if waiting.engine_id is None:
            found.append((waiting.row_id, max(waiting.lease.due, datetime.now(UTC)) + GRACE))
            continue
        if waiting.engine_id not in alive:
            alive[waiting.engine_id] = listener_client.EngineListenerClient(waiting.engine_id).is_alive(context)
        if not alive[waiting.engine_id]:
            _take_over(context, waiting.row_id)
    return found


def _take_over(context: Any, row_id: int) -> None:
    ref = load(context, row_id)
    if ref is not None:
        retrigger.revive(ref.context, ref.stack, row_id)
