"""A request as it is shown: one value, made of what several services say. It asks none of them."""

from dataclasses import dataclass
from datetime import datetime

from customresource_bridge.compat import StrEnum


class SeenStage(StrEnum):
    """How far a request has come, as far as the reader may see."""

    ASKED = "asked"
    """Heat waits for an answer; neither a message nor an execution of it is seen."""
    WAITING = "waiting"
    """Its message lies in its queue, and no bridge has taken it."""
    CLAIMED = "claimed"
    """A bridge has taken its message, and has started no execution that is seen."""
    SET_ASIDE = "set aside"
    """No bridge can answer its message; it is among the dead letters."""
    RUNNING = "running"
    PAUSED = "paused"
    SETTLED = "settled"
    """Its execution has ended, and Heat has not taken the answer."""
    COMPLETE = "complete"
    FAILED = "failed"

    @property
    def in_flight(self) -> bool:
        """Whether the request is still to be answered."""
        return self not in {SeenStage.COMPLETE, SeenStage.FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """A request as it is shown; texts are empty and moments None where no service says it.

    :ivar request_type: Create, Update, Delete or Check.
    :ivar stage: how far it has come.
    :ivar asked_at: when it was first seen anywhere.
    :ivar taken_at: when its execution began.
    :ivar ended_at: when its execution ended.
    :ivar handler: its ServiceToken, without a signature.
    :ivar execution_id: of the execution that was seen.
    :ivar reason: why it failed, or what it waits for.
    """

    stage: SeenStage
    stack_name: str
    stack_id: str
    resource: str
    request_type: str
    request_id: str = ""
    resource_type: str = ""
    project_id: str = ""
    handler: str = ""
    execution_id: str = ""
    reason: str = ""
    asked_at: datetime | None = None
    taken_at: datetime | None = None
    deadline: datetime | None = None
    ended_at: datetime | None = None

    def age(self, now: datetime) -> int | None:
        """Return the seconds since it was asked."""
        return None if self.asked_at is None else max(0, int((now - self.asked_at).total_seconds()))

    def left(self, now: datetime) -> int | None:
        """Return the seconds until its deadline, negative after it; None where it is answered already."""
        if self.deadline is None or not self.stage.in_flight:
            return None
        return int((self.deadline - now).total_seconds())
