"""Lets a resource wait without a thread: its row stays IN_PROGRESS, and is locked by nobody.

Any operation of the stack may then take it at once (a delete need not wait for a thread to end), a signal sets it
going again, and the sweeper looks after its deadline. Heat's own part: it drops a check that ends in UpdateInProgress.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from heat.engine import stack as heat_stack

from customresource_bridge.plugin import delivery, revival, rows, stack_rows, sweeper
from customresource_bridge.plugin.exchange import Exchange
from customresource_bridge.plugin.rows import Notice
from customresource_bridge.plugin.schedule import next_look
from customresource_bridge.plugin.spec import Delivery
from customresource_bridge.plugin.state import Pending
from customresource_bridge.plugin.steps import log_step

STACK_MARGIN = timedelta(seconds=15)
"""How long before its stack's own timeout a resource gets a thread again: only in a thread does Heat fail it."""


def parkable(resource: Any) -> bool:
    """Return whether a resource may wait without a thread now."""
    return bool(timedelta(seconds=resource.stack.time_remaining()) > STACK_MARGIN)


def stack_end(stack: Any) -> datetime:
    """Return when a resource must have a thread again, because its stack's own timeout is near."""
    return datetime.now(UTC) + timedelta(seconds=stack.time_remaining()) - STACK_MARGIN


def park(resource: Any, exchange: Exchange) -> None:
    """Unlock a resource's row and see to it that somebody goes on with it."""
    context, row_id = resource.context, resource.id
    stack_rows.unlock(context, row_id, resource._calling_engine_id)  # noqa: SLF001 - who holds the lock
    notice = rows.read_notice(context, row_id)
    if notice is None:
        return
    pending = exchange.pending
    end = stack_end(resource.stack)
    parked = replace(notice, parked=True, due=min(notice.due, end, pending.deadline if pending else end))
    if not rows.exchange_notice(context, row_id, notice, parked):
        return  # another operation has taken it up already
    latest = heat_stack.Stack.load(context, stack_id=resource.stack.id, force_reload=True)
    answered = pending is not None and delivery.answer(resource.place, pending.request_id) is not None
    if answered or latest.current_traversal != resource.stack.current_traversal:
        # It came between our last look and the unlocking, or another operation was waiting for the lock.
        revival.revive(context, latest, row_id)
        return
    if pending is not None:
        log_step(resource.place, pending, "waits without a thread")
    sweeper.expect(row_id, _first_look(pending, parked))


def _first_look(pending: Pending | None, notice: Notice) -> datetime:
    if pending is None or pending.spec.delivery is not Delivery.DIRECT:
        return notice.due
    return min(notice.due, next_look(pending, now=datetime.now(UTC)))  # nobody will signal the end of its workflow
