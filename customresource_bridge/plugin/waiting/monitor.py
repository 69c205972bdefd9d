"""What the sweeper does for one waiting resource, and how it finds those of other processes.

Posts an unanswered request again under the same RequestId; sets a resource going whose deadline or stack timeout is
near, whose workflow (direct delivery) has ended, or whose answer nobody saw; takes over from engines that died.
"""

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from heat.common import context as heat_context

from customresource_bridge import errors
from customresource_bridge.plugin.delivery import queue, workflow
from customresource_bridge.plugin.delivery.workflow import Seen
from customresource_bridge.plugin.heat import queries, resource_data, retrigger
from customresource_bridge.plugin.heat.resource_ref import ResourceRef, load, stack_end
from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.schedule import GRACE, next_look, next_post
from customresource_bridge.plugin.lifecycle.spec import Delivery
from customresource_bridge.plugin.lifecycle.state import Pending, State
from customresource_bridge.plugin.options import settings
from customresource_bridge.plugin.request_log import log_step
from customresource_bridge.protocol import RequestType

TROUBLE = timedelta(seconds=30)
"""For how long a service is asked nothing that kept the sweeper waiting and then failed: every call may take as long as
a call's time-out, and the others' deadlines must be kept meanwhile."""
_SLOW = timedelta(seconds=2)
KEPT = timedelta(seconds=30)
"""For how long a process vouches for a workflow that it watches, before it has to say so again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A workflow that the plugin started itself (direct delivery), and that had not ended when it was last looked at.

    :ivar end: when the resource is set going whether it has ended or not.
    """

    ref: ResourceRef
    pending: Pending
    lease: Lease
    end: datetime


class Monitor:
    """Looks after one row after the other.

    It remembers whose workflows it watches, with the authority to ask Mistral: while one runs, that costs neither a
    login nor a question to the database. Everything else is loaded anew each time, for another process may have
    changed it.
    """

    def __init__(self) -> None:
        self._watched: dict[int, Watched] = {}
        self._spared: dict[Delivery, datetime] = {}

    def attend(self, row_id: int, *, anew: bool) -> datetime | None:
        """Look after one row; return when it is due again, or None if somebody else goes on with it.

        :param anew: whether it has been parked since the last time: what is remembered of it may be out of date.
        """
        watched = self._watched.pop(row_id, None)
        now = datetime.now(UTC)
        if anew or watched is None or watched.end <= now:
            return self._load(row_id)
        fate = self._fate(watched.ref, watched.pending)
        due = watched.lease.due <= now
        if fate is Seen.OVER or (fate is Seen.MISSING and due):
            return self._load(row_id)
        lease = _vouch(watched.ref, watched.lease, watched.end) if due else watched.lease
        return None if lease is None else self._watch(replace(watched, lease=lease), fate)

    def _load(self, row_id: int) -> datetime | None:
        context = heat_context.get_admin_context()
        lock = queries.lock_of(context, row_id)
        if lock is None or lock[0] != "IN_PROGRESS" or lock[1] is not None:
            return None
        text, lease = resource_data.read_all(context, row_id)
        pending = State.parse(text).pending
        if pending is None or lease is None:
            return None
        ref = load(context, row_id)
        return None if ref is None else self._attend(ref, pending, lease)

    def _attend(self, ref: ResourceRef, pending: Pending, lease: Lease) -> datetime | None:
        now = datetime.now(UTC)
        if not lease.parked:
            return _unpark(ref, lease, now)
        end = min(pending.deadline, stack_end(ref.stack))
        if end <= now or _stack_is_over(ref, pending) or _is_to_be_stopped(ref, pending):
            fate = Seen.OVER
        else:
            fate = self._fate(ref, pending)
        if fate is Seen.OVER:
            retrigger.revive(ref.context, ref.stack, ref.row_id)
            return now + retrigger.LOST
        return self._wait_on(ref, pending, lease, end, fate)

    def _wait_on(self, ref: ResourceRef, pending: Pending, lease: Lease, end: datetime, fate: Seen) -> datetime | None:
        now = datetime.now(UTC)
        spared = self._spared.get(pending.spec.delivery, now)
        kept: Lease | None = lease
        if lease.due <= now:
            if fate is not Seen.MISSING:
                kept = _vouch(ref, lease, end)
            elif spared > now:
                return min(spared, end)
            else:
                kept = self._post_again(ref, pending, lease, end)
        if kept is None:
            return None
        if pending.spec.delivery is not Delivery.DIRECT:
            return min(kept.due, end)
        return self._watch(Watched(ref=ref, pending=pending, lease=kept, end=end), fate)

    def _watch(self, watched: Watched, fate: Seen) -> datetime:
        self._watched[watched.ref.row_id] = watched
        look = min(next_look(watched.pending, now=datetime.now(UTC)), watched.lease.due)
        if fate is Seen.UNKNOWN:
            # After those that are asked as soon as Mistral is: one that always fails must not hinder the others.
            look = max(look, self._spared.get(Delivery.DIRECT, look) + timedelta(seconds=1))
        return min(look, watched.end)

    def _post_again(self, ref: ResourceRef, pending: Pending, lease: Lease, end: datetime) -> Lease | None:
        """Post a request again; return what its row says now, or None where another has taken it."""
        renewed = replace(lease, due=_next_post(pending, lease.posts + 1, end), posts=lease.posts + 1)
        if not resource_data.compare_and_swap_lease(ref.context, ref.row_id, lease, renewed):
            return None
        began = datetime.now(UTC)
        try:
            if pending.spec.delivery is Delivery.DIRECT:
                workflow.start_again(ref, pending)
            else:
                queue.post_again(ref, pending)
            log_step(ref, pending, f"sent again, copy {renewed.posts}")
        except errors.CustomResourceError as error:
            self._spare(pending, began)
            log_step(ref, pending, f"could not be sent again: {error}", level=logging.WARNING)
            found: Lease | None = resource_data.read_lease(ref.context, ref.row_id)
            return found  # which does not count a post that was none
        return renewed

    def _fate(self, ref: ResourceRef, pending: Pending) -> Seen:
        """Return what became of a request. Of a direct one only Mistral knows; whatever it says, nothing is raised."""
        if pending.spec.delivery is not Delivery.DIRECT:
            return Seen.MISSING if queue.answer(ref, pending.request_id) is None else Seen.OVER
        began = datetime.now(UTC)
        if began < self._spared.get(Delivery.DIRECT, began):
            return Seen.UNKNOWN
        try:
            return workflow.fate(ref, pending)
        except errors.CustomResourceError as error:
            self._spare(pending, began)
            log_step(ref, pending, f"its workflow cannot be looked at: {error}", level=logging.WARNING)
            return Seen.UNKNOWN

    def _spare(self, pending: Pending, began: datetime) -> None:
        now = datetime.now(UTC)
        if now - began > _SLOW:
            self._spared[pending.spec.delivery] = now + TROUBLE


def _vouch(ref: ResourceRef, lease: Lease, end: datetime) -> Lease | None:
    """Tell the other processes that somebody looks at a workflow; None where another has taken the row."""
    kept = replace(lease, due=min(datetime.now(UTC) + KEPT, end))
    return kept if resource_data.compare_and_swap_lease(ref.context, ref.row_id, lease, kept) else None


def _next_post(pending: Pending, posts: int, end: datetime) -> datetime:
    return min(next_post(pending, posts=posts, now=datetime.now(UTC), repost_after=settings().repost_after), end)


def _unpark(ref: ResourceRef, lease: Lease, now: datetime) -> datetime | None:
    """Send the message again that sets a resource going, if it seems lost: Heat's bus may have been restarted."""
    if lease.due + GRACE > now:
        return lease.due + GRACE
    if resource_data.compare_and_swap_lease(ref.context, ref.row_id, lease, replace(lease, parked=True)):
        retrigger.revive(ref.context, ref.stack, ref.row_id)
    return now + retrigger.LOST + GRACE


def _stack_is_over(ref: ResourceRef, pending: Pending) -> bool:
    """Return whether an Update waits whose stack's operation has ended by another resource's failure."""
    return bool(ref.stack.status != ref.stack.IN_PROGRESS) and pending.request_type is RequestType.UPDATE


def _is_to_be_stopped(ref: ResourceRef, pending: Pending) -> bool:
    """Return whether a Delete waits for a workflow that it could not stop, since Mistral was away."""
    stoppable = pending.spec.delivery is Delivery.DIRECT and pending.request_type is not RequestType.DELETE
    return stoppable and queries.action_of(ref.context, ref.row_id) == "DELETE"
