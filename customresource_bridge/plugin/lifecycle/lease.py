"""The lease on a waiting request: which request is out, who looks after it, and until when. Pure.

It is the part of a resource's memory that is not encrypted. There is one for each row, of its latest request::

        (asked)                        park: unlock and swap, one transaction
    ----------------> THREAD ----------------------------------------------> PARKED --.
                      |  ^  ^                                                 |  ^ |   | renew, repost:
      take over:      |  |  |    an operation of the stack locks the row      |  | '---' a new expiry
      its engine died |  |  '-------------------------------------------------'  |
      (lock and lease,|  |                                                       |
      one transaction)|  | the message arrives,        wake: an answer, a        |
                      v  | an engine locks the row     deadline, the stack's end |
                      WAKING <---------------------------------------------------'
                        '--> WAKING again, where the message was lost

Who takes a row over from a dead engine wakes it: that is a transition, and no state of its own.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum


class LeaseState(IntEnum):
    """Who looks after a request; the number is what the row says."""

    THREAD = 0
    """The engine thread that holds the row's lock. It vouches by the lock, not by a time."""
    PARKED = 1
    """The monitor of the process that parked it, without a thread and without a lock, until the lease expires."""
    WAKING = 2
    """A message is on its way that has an engine work on the row; it counts as lost when the lease expires."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One lease.

    :ivar posts: how often the request was posted, counting what may have been; with 0, no handler has seen it.
    :ivar next_post_at: when the request is to be posted once more, if it is not answered.
    :ivar expires_at: see :class:`LeaseState`; later than that, any process may take the row over.
    :ivar previous: the requests before it, whose answers may still name what was made; oldest first, with spaces.
    :ivar place: the primary key under which it was read, None where it was not: a change names the row by it.
    """

    request_id: str
    posts: int
    next_post_at: datetime
    expires_at: datetime
    state: LeaseState = LeaseState.THREAD
    previous: str = ""
    place: int | None = field(default=None, compare=False, repr=False)

    @property
    def is_parked(self) -> bool:
        """Whether it is a monitor that looks after the request."""
        return self.state is LeaseState.PARKED

    def held_by_thread(self) -> "Lease":
        """Return the lease of an engine thread that has locked the row."""
        return replace(self, state=LeaseState.THREAD)

    def parked(self, *, until: datetime) -> "Lease":
        """Return the lease of a row that waits without a thread; a post that is due before ``until`` ends it sooner."""
        return replace(self, state=LeaseState.PARKED, expires_at=min(self.next_post_at, until))

    def waking(self, *, until: datetime) -> "Lease":
        """Return the lease of a row whose message was sent, and counts as lost after ``until``."""
        return replace(self, state=LeaseState.WAKING, expires_at=until)

    def one_post_less(self) -> "Lease":
        """Return the lease where the last post turned out not to have been one."""
        return replace(self, posts=max(0, self.posts - 1))

    def to_text(self) -> str:
        """Return what :meth:`parse` reads. RequestId leads, the previous ones end it: rows are found by them."""
        times = f"{self.expires_at.isoformat()} {self.posts} {int(self.state)} {self.next_post_at.isoformat()}"
        return f"{self.request_id} {times} {self.previous}".rstrip()

    @classmethod
    def parse(cls, text: str, *, place: int | None = None) -> "Lease":
        """Read what :meth:`to_text` wrote, or the releases before it, which knew one time for both.

        Their code reads this text too, so that engines of both may run beside each other during an upgrade.

        :raises ValueError: it is neither.
        """
        request_id, expires, posts, state, *more = text.split(" ")
        next_post, previous = (more[0], more[1:]) if more and ":" in more[0] else (expires, more)
        return cls(
            request_id=request_id,
            posts=int(posts),
            next_post_at=datetime.fromisoformat(next_post),
            expires_at=datetime.fromisoformat(expires),
            state=LeaseState(int(state)),
            previous=" ".join(previous),
            place=place,
        )
