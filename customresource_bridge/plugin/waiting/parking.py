"""Lets a resource wait without a thread: its row stays IN_PROGRESS, and is locked by nobody.

Any operation of the stack may then take it at once (a delete need not wait for a thread to end), a signal sets it
going again, and the sweeper looks after its deadline. Heat's own part: it drops a check that ends in UpdateInProgress.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from heat.engine import stack as heat_stack

from customresource_bridge.plugin.delivery import queue
from customresource_bridge.plugin.heat import queries, resource_data, retrigger
from customresource_bridge.plugin.heat.resource_ref import STACK_MARGIN, stack_end
from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.schedule import next_look
from customresource_bridge.plugin.lifecycle.spec import Delivery
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.plugin.operation import Operation
from customresource_bridge.plugin.request_log import log_step
from customresource_bridge.plugin.waiting import process


def parkable(resource: Any) -> bool:
    """Return whether a resource may wait without a thread now."""
    return bool(timedelta(seconds=resource.stack.time_remaining()) > STACK_MARGIN)


def park(resource: Any, operation: Operation) -> None:
    """Unlock a resource's row and see to it that somebody goes on with it."""
    context, row_id = resource.context, resource.id
    queries.unlock(context, row_id, resource._calling_engine_id)  # noqa: SLF001 - who holds the lock
    lease = resource_data.read_lease(context, row_id)
    if lease is None:
        return
    pending = operation.pending
    end = stack_end(resource.stack)
    parked = replace(lease, parked=True, due=min(lease.due, end, pending.deadline if pending else end))
    if not resource_data.compare_and_swap_lease(context, row_id, lease, parked):
        return  # another operation has taken it up already
    latest = heat_stack.Stack.load(context, stack_id=resource.stack.id, force_reload=True)
    answered = pending is not None and queue.answer(resource.ref, pending.request_id) is not None
    if answered or latest.current_traversal != resource.stack.current_traversal:
        # It came between our last look and the unlocking, or another operation was waiting for the lock.
        retrigger.revive(context, latest, row_id)
        return
    if pending is not None:
        log_step(resource.ref, pending, "waits without a thread")
    process.expect(row_id, _first_look(pending, parked))


def _first_look(pending: Pending | None, lease: Lease) -> datetime:
    if pending is None or pending.spec.delivery is not Delivery.DIRECT:
        return lease.due
    return min(lease.due, next_look(pending, now=datetime.now(UTC)))  # nobody will signal the end of its workflow
