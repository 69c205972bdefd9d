"""How long requests have waited, from their leases alone. Pure.

A lease does not say when its request was asked, and the state that does is encrypted, and large. But a request is
posted at known times: how often it was, and when it is due next, say when it was asked, a few seconds off. Where posts
failed, it is older than it is said to be.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.schedule import UNSENT_RETRY

_BOUNDS = {
    "1m": timedelta(minutes=1),
    "10m": timedelta(minutes=10),
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
    "older": timedelta.max,
}
AGES = tuple(_BOUNDS)
"""The names of ages: each counts what is below it and not below the one before."""


@dataclass(frozen=True, slots=True)
class WaitingRequests:
    """What waits.

    :ivar below: how many requests have each age.
    :ivar unsent: how many no service has taken yet.
    :ivar oldest: seconds; 0 where none waits.
    """

    below: Mapping[str, int]
    unsent: int
    oldest: float


def waiting_requests(leases: Iterable[Lease], *, now: datetime, repost_after: Sequence[int]) -> WaitingRequests:
    """Return what waits by these leases."""
    found = list(leases)
    ages = [age_of(lease, now=now, repost_after=repost_after) for lease in found]
    below = dict.fromkeys(AGES, 0)
    for age in ages:
        below[next(name for name, bound in _BOUNDS.items() if age < bound)] += 1
    oldest = max(ages, default=timedelta(0)).total_seconds()
    return WaitingRequests(below, sum(1 for lease in found if lease.posts == 0), oldest)


def age_of(lease: Lease, *, now: datetime, repost_after: Sequence[int]) -> timedelta:
    """Return for about how long a request has been out."""
    if lease.posts == 0:
        return max(now - (lease.next_post_at - UNSENT_RETRY), timedelta(0))
    pauses = [repost_after[min(post, len(repost_after)) - 1] for post in range(1, min(lease.posts, 100_000) + 1)]
    return max(now - (lease.next_post_at - timedelta(seconds=sum(pauses))), timedelta(0))
