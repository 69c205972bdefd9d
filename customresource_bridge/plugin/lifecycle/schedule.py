"""The times of a waiting request: how soon it is posted again, looked at, counted as lost. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from customresource_bridge.plugin.lifecycle.state import Pending

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
    pause = repost_after[min(posts, len(repost_after)) - 1]
    return min(now + timedelta(seconds=pause), pending.deadline)


def message_ttl(pending: Pending, now: datetime) -> int:
    """Return the seconds a message must live: beyond the request's deadline."""
    return int((pending.deadline - now + MESSAGE_MARGIN).total_seconds())


def next_look(pending: Pending, *, now: datetime) -> datetime:
    """Return when to ask Mistral again after a workflow that the plugin started itself: ever more rarely."""
    age = max(now - pending.asked_at, timedelta(0))
    return now + min(max(age / 5, timedelta(seconds=1)), timedelta(seconds=15))
