"""The times of a waiting request: how soon it is posted again, looked at, counted as lost. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.protocol.request import heeds_predecessor_until

UNSENT_RETRY = timedelta(seconds=2)
"""How soon a request is tried again that Zaqar could not take."""
GRACE = timedelta(seconds=5)
"""How long after its lease expired a row is taken over by another process."""
KEPT = timedelta(seconds=30)
"""How long a process vouches for a row whose workflow it watches, before it has to say so again."""
LOST = timedelta(seconds=30)
"""How long after it was sent a message counts as lost that has an engine work on a row."""
MESSAGE_MARGIN = timedelta(hours=1)
"""How long a message lives beyond its request's deadline."""


def next_post(pending: Pending, *, posts: int, now: datetime, repost_after: Sequence[int]) -> datetime:
    """Return when the request is to be posted once more, or given up.

    :param posts: how often it was posted so far; 0 also after a first attempt that failed.
    """
    if posts == 0:
        return min(now + UNSENT_RETRY, pending.deadline)
    left = pending.deadline - now
    return min(now + _pause(posts, left / _TIMES_MORE, repost_after), pending.deadline)


_TIMES_MORE = 4
"""How often a request is posted again, at least, in what is left of its time: a copy that a bridge died with is claimed
for two minutes, and so may the next one be."""


def _pause(posts: int, share: timedelta, repost_after: Sequence[int]) -> timedelta:
    """Return how long after so many posts the next one comes.

    :param share: of what is left of the request's time, the longest; the shortest pause is kept all the same.
    """
    longest = timedelta(seconds=repost_after[min(posts, len(repost_after)) - 1])
    return min(longest, max(share, timedelta(seconds=repost_after[0])))


_TOLD_AGAIN = (timedelta(hours=1), timedelta(days=1))
"""How old a request is when it is told once more that nothing came of it."""


def is_first_post(pending: Pending, lease: Lease, repost_after: Sequence[int]) -> bool:
    """Return whether no post of a request is known to have succeeded, by its lease before the next."""
    return lease.posts == 0 or lease.next_post_at < pending.asked_at + timedelta(seconds=repost_after[0])


def is_to_be_told(
    pending: Pending, lease: Lease, *, now: datetime, repost_after: Sequence[int], notice_after: int
) -> bool:
    """Return whether a request's owner is to hear at this post what became of it: a few times, however long it waits.

    :param lease: the one before this post.
    :param notice_after: seconds until that is worth an event.
    """
    left = pending.deadline - lease.next_post_at  # a share of it less one than at the post before
    before = lease.next_post_at - _pause(max(lease.posts, 1), left / (_TIMES_MORE - 1), repost_after)
    marks = (timedelta(seconds=notice_after), *_TOLD_AGAIN)
    return lease.posts > 0 and any(before < pending.asked_at + mark <= now for mark in marks)


def message_ttl(pending: Pending, now: datetime) -> int:
    """Return the seconds a message must live: beyond the request's deadline."""
    return int((pending.deadline - now + MESSAGE_MARGIN).total_seconds())


def next_look(pending: Pending, *, now: datetime) -> datetime:
    """Return when to ask Mistral again after a workflow that the plugin started itself: ever more rarely."""
    age = max(now - pending.asked_at, timedelta(0))
    return now + min(max(age / 5, timedelta(seconds=1)), timedelta(seconds=15))


def heeds_until(pending: Pending) -> datetime:
    """Return until when a request is not sent while its predecessor may still act: half of its own time."""
    return heeds_predecessor_until(asked_at=pending.asked_at, deadline=pending.deadline)


def next_try(pending: Pending, *, now: datetime) -> datetime:
    """Return when to try again to send a request that is held up for its predecessor."""
    return min(next_look(pending, now=now), max(heeds_until(pending), now))
