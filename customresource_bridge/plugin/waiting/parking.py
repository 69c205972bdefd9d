"""Lets a resource wait without a thread: its row stays IN_PROGRESS, and no engine has it locked.

Any operation of the stack may then take it at once (a delete need not wait for a thread to end), a signal has an engine
work on it again, and the monitor keeps its deadline. Heat's own part: it drops a check that ends in UpdateInProgress.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from oslo_log import log as logging

from customresource_bridge.plugin import clock
from customresource_bridge.plugin.clock import Clock
from customresource_bridge.plugin.delivery import queue
from customresource_bridge.plugin.heat import leases, queries
from customresource_bridge.plugin.heat.engines import retrigger
from customresource_bridge.plugin.heat.resource_ref import STACK_MARGIN, latest_stack, thread_from
from customresource_bridge.plugin.heat.transactions import outlasting
from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.schedule import next_look
from customresource_bridge.plugin.lifecycle.spec import Delivery
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.plugin.metrics.figures import Step
from customresource_bridge.plugin.operation import Operation
from customresource_bridge.plugin.request_log import log_step
from customresource_bridge.plugin.waiting import process
from customresource_bridge.protocol.printing import without_text

LOG = logging.getLogger(__name__)


def parkable(resource: Any) -> bool:
    """Return whether a resource may wait without a thread now."""
    return bool(timedelta(seconds=resource.stack.time_remaining()) > STACK_MARGIN)


def wake_latest(resource: Any, now: datetime) -> None:
    """Have an engine work on a resource again, in the operation that its stack is in by now."""
    latest = latest_stack(resource.context, resource.stack.id)
    retrigger.retrigger(resource.context, latest, resource.id, now=now)


def park(  # noqa: PLR0913 - what it works on and with, by name
    resource: Any,
    operation: Operation,
    *,
    expect: Callable[[int, datetime], None] = process.expect,
    wake: Callable[[Any, datetime], object] = wake_latest,
    now: Clock = clock.now,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Unlock a resource's row, and have this process look after it.

    :param expect: schedules a row.
    :param wake: has an engine work on a resource again.
    :param sleep: waits for Heat's database, where it is away.
    """
    context, row_id, pending = resource.context, resource.id, operation.pending
    end = thread_from(resource.stack, now())
    until = min(end, pending.deadline) if pending else end
    engine_id = resource._calling_engine_id  # noqa: SLF001 - the engine that holds the lock
    # Who else waits for the row's lock gets neither the lock nor a message, should this fail.
    parked = outlasting(
        lambda: leases.park(context, row_id, engine_id, lambda lease: lease.parked(until=until)), sleep=sleep
    )
    if parked is None:
        return  # another engine has the row
    wrong = ""
    try:
        if outlasting(lambda: _came_meanwhile(resource, pending), sleep=sleep):
            wake(resource, now())
            return
    except Exception as error:
        # Heat would fail the stack. The row is let go already, and the monitor comes to it at once.
        wrong = without_text(error)
    if wrong:
        LOG.error("Resource %s was let go, and could not be looked at once more: %s", row_id, wrong)
        expect(row_id, now())
        return
    if pending is not None:
        log_step(resource.ref, pending, "waits without a thread", step=Step.PARKED)
    expect(row_id, _first_look(pending, parked, now()))


def _came_meanwhile(resource: Any, pending: Pending | None) -> bool:
    """Return whether an answer, or another operation that waits for the lock, came between our last look and now."""
    if pending is not None and queue.answer(resource.ref, pending.request_id) is not None:
        return True
    standing = queries.standing(resource.context, resource.stack.id)
    return standing is not None and standing[0] != resource.stack.current_traversal


def _first_look(pending: Pending | None, lease: Lease, now: datetime) -> datetime:
    if pending is None or pending.spec.delivery is not Delivery.DIRECT:
        return lease.expires_at
    return min(lease.expires_at, next_look(pending, now=now))  # Mistral signals no workflow's end
