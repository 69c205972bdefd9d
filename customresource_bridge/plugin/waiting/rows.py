"""The rows that wait without a thread, as they are loaded; and those that were to be worked on and are not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from heat.common import context as heat_context

from customresource_bridge.plugin.heat import queries, resource_data
from customresource_bridge.plugin.heat.engines import retrigger
from customresource_bridge.plugin.heat.resource_ref import ResourceRef, load, thread_from
from customresource_bridge.plugin.lifecycle.lease import Lease, LeaseState
from customresource_bridge.plugin.lifecycle.schedule import GRACE, LOST
from customresource_bridge.plugin.lifecycle.spec import Delivery
from customresource_bridge.plugin.lifecycle.state import Pending, State
from customresource_bridge.plugin.lifecycle.wait_decision import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A waiting row as it was loaded."""

    ref: ResourceRef
    pending: Pending
    lease: Lease
    around: Surroundings

    @property
    def end(self) -> datetime:
        """When an engine must work on it in any case."""
        return min(self.pending.deadline, self.around.thread_from)

    @property
    def is_direct(self) -> bool:
        """Whether only Mistral knows what became of its request."""
        return self.pending.spec.delivery is Delivery.DIRECT


def load_row(row_id: int, now: datetime) -> Row | None:
    """Return a row that waits without a thread, or None where it does not."""
    context = heat_context.get_admin_context()
    pending, lease = _unlocked(context, row_id)
    if pending is None or lease is None:
        return None
    ref = load(context, row_id)
    return None if ref is None else Row(ref=ref, pending=pending, lease=lease, around=_surroundings(ref, pending, now))


def begin_again(
    row_id: int,
    now: datetime,
    *,
    find: Callable[[Any, int], ResourceRef | None] = load,
    wake: Callable[[Any, Any, int, Lease, Lease], bool] = retrigger.wake,
) -> datetime | None:
    """Have an engine work on a row whose engine died before it noted a request, where the message for it was lost.

    :param find: returns a row's place, or None where it is gone.
    :param wake: has an engine work on it, if its lease is still the one that was read.
    :returns: when it is to be looked at again, or None where it is no such row.
    """
    context = heat_context.get_admin_context()
    pending, lease = _unlocked(context, row_id)
    if pending is not None or lease is None or lease.state is not LeaseState.WAKING:
        return None
    if lease.expires_at > now:
        return lease.expires_at + GRACE
    ref = find(context, row_id)
    if ref is None:
        return None
    waking = lease.waking(until=now + LOST)
    wake(ref.context, ref.stack, row_id, lease, waking)
    return waking.expires_at + GRACE


def _unlocked(context: Any, row_id: int) -> tuple[Pending | None, Lease | None]:
    """Return what a row that is being worked on, but by no engine, has asked, and its lease."""
    lock = queries.lock_of(context, row_id)
    if lock is None or lock[0] != "IN_PROGRESS" or lock[1] is not None:
        return None, None
    text, lease = resource_data.read_all(context, row_id)
    return State.parse(text).pending, lease


def is_as_loaded(row: Row) -> bool:
    """Return whether a row's stack, and the row itself, still are at what they were at when the row was loaded."""
    stack, place = row.ref.stack, queries.place_of(row.ref.context, row.ref.row_id)
    if place is None:
        return False
    action, *standing = place
    deleted = row.is_direct and action == "DELETE"
    return standing == [stack.current_traversal, stack.status] and deleted == row.around.row_deleted


def _surroundings(ref: ResourceRef, pending: Pending, now: datetime) -> Surroundings:
    stack: Any = ref.stack
    direct = pending.spec.delivery is Delivery.DIRECT
    return Surroundings(
        thread_from=thread_from(stack, now),
        stack_over=stack.status != stack.IN_PROGRESS,
        row_deleted=direct and queries.action_of(ref.context, ref.row_id) == "DELETE",
    )
