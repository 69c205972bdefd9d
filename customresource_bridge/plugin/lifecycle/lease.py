"""Which request is out, and when somebody must look after it: what a row remembers beside its state. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The row that is not encrypted: which request is out, and when somebody must look after it next.

    :ivar due: when to post it again, or when its deadline passes or the stack's own timeout is near. With direct
        delivery: until when a process vouches for it. After it was set going: when the message that does so counts as
        lost.
    :ivar posts: how often it was posted, counting what may have been; with 0, nobody has seen it.
    :ivar parked: whether no thread waits for the answer. Who turns it off has to set the resource going: of several
        who would, only one does.
    :ivar previous: the requests before it, whose answers may still name what was made; oldest first, with spaces.
    """

    request_id: str
    due: datetime
    posts: int
    parked: bool = False
    previous: str = ""

    def to_text(self) -> str:
        """Return what :meth:`parse` reads. RequestId leads, the previous ones end it: rows are found by them."""
        text = f"{self.request_id} {self.due.isoformat()} {self.posts} {int(self.parked)}"
        return f"{text} {self.previous}" if self.previous else text

    @classmethod
    def parse(cls, text: str) -> "Lease":
        """Read what :meth:`to_text` wrote."""
        request_id, due, posts, parked, *previous = text.split(" ")
        return cls(
            request_id=request_id,
            due=datetime.fromisoformat(due),
            posts=int(posts),
            parked=parked == "1",
            previous=" ".join(previous),
        )
