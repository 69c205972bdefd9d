"""The one decision about a request that is out: post it again, renew its lease, wake its resource, or wait. Pure.

The operation that waits in a thread asks it, and so does the monitor for a row without one; only ``held`` differs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.schedule import GRACE, KEPT, LOST, next_look, next_post
from customresource_bridge.plugin.lifecycle.spec import Delivery
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.protocol import RequestType


class Seen(Enum):
    """What became of a request, as far as one can see."""

    MISSING = "no handler has it, or none says so"
    RUNNING = "it is being handled"
    STOPPING = "it was told to stop, and something of it goes on"
    ENDED = "it is answered"
    UNKNOWN = "cannot be seen for the moment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What of its stack decides about a waiting request.

    :ivar thread_from: when the resource must have a thread again, since its stack's own timeout is near.
    :ivar stack_over: whether the stack's operation has ended by another resource's failure.
    :ivar row_deleted: whether the row is being deleted.
    """

    thread_from: datetime
    stack_over: bool = False
    row_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Wake:
    """Have an engine work on the resource, or the thread that asks; ``lease`` is the row's meanwhile."""

    lease: Lease


@dataclass(frozen=True, slots=True)
class Repost:
    """Post the request once more, after ``lease``, which counts that post, was written."""

    lease: Lease


@dataclass(frozen=True, slots=True)
class Renew:
    """Write ``lease``: another process takes the row over otherwise."""

    lease: Lease


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Nothing is to be done before ``at``."""

    at: datetime


WaitStep = Wake | Repost | Renew | WaitUntil


def next_wait_step(  # noqa: PLR0913 - what is known, by name
    pending: Pending,
    lease: Lease,
    seen: Seen,
    *,
    now: datetime,
    repost_after: Sequence[int],
    around: Surroundings,
    held: bool,
) -> WaitStep:
    """Return what is to be done about a request that is out.

    :param held: whether the asker holds the row's lock.
    """
    if not held and not lease.is_parked:
        # A message is on its way; or, in a row of an earlier release, the engine died as it parked.
        lost_at = lease.expires_at + GRACE
        return _wake(lease, now) if lost_at <= now else WaitUntil(lost_at)
    end = min(pending.deadline, around.thread_from)
    if _is_over(pending, seen, around, held=held) or end <= now:
        return _wake(lease, now)
    if seen is Seen.MISSING and lease.next_post_at <= now:
        return Repost(_reposted(pending, lease, end=end, now=now, repost_after=repost_after))
    if not held and lease.expires_at <= now:
        return Renew(replace(lease, expires_at=min(now + KEPT, end)))
    return WaitUntil(_next_time(pending, lease, end=end, now=now, held=held))


def _is_over(pending: Pending, seen: Seen, around: Surroundings, *, held: bool) -> bool:
    if seen is Seen.ENDED:
        return True
    if not held and around.stack_over and pending.request_type in {RequestType.UPDATE, RequestType.CHECK}:
        return True  # it ends with its stack's operation
    direct = pending.spec.delivery is Delivery.DIRECT
    if held or not direct or not around.row_deleted or pending.request_type is RequestType.DELETE:
        return seen is Seen.STOPPING  # a user or a bridge stopped it
    # A Delete that could not stop the workflow of what it deletes, since Mistral was away, or goes on once nothing of
    # it acts. Until then a thread could do nothing.
    return seen in {Seen.RUNNING, Seen.MISSING}


def _wake(lease: Lease, now: datetime) -> Wake:
    return Wake(lease.waking(until=now + LOST))


def _reposted(pending: Pending, lease: Lease, *, end: datetime, now: datetime, repost_after: Sequence[int]) -> Lease:
    posts = lease.posts + 1
    at = next_post(pending, posts=posts, now=now, repost_after=repost_after)
    return replace(lease, posts=posts, next_post_at=at, expires_at=min(at, end))


def _next_time(pending: Pending, lease: Lease, *, end: datetime, now: datetime, held: bool) -> datetime:
    times = [end, lease.next_post_at]
    if not held:
        times.append(lease.expires_at)
    if pending.spec.delivery is Delivery.DIRECT:
        times.append(next_look(pending, now=now))  # Mistral signals no workflow's end
    return min(time for time in times if time > now)
