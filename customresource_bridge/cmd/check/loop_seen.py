"""What is seen of one request on its way, from one look to the next. Pure: the looking is done elsewhere."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from customresource_bridge.clients.keystone.clock import TOLERANCE
from customresource_bridge.clients.mistral.mistral import FINAL_STATES
from customresource_bridge.compat import StrEnum


class MessageSeen(StrEnum):
    """Where the request's message is."""

    NONE = "none"
    FREE = "free"
    CLAIMED = "claimed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopLook:
    """What one look shows; texts are empty and the rest None where no service says it.

    :ivar status: of the resource, with the action.
    :ivar hindrance: why Heat could not send the request.
    :ivar copies: how often Heat has sent it.
    :ivar set_aside: why a bridge has set its message aside.
    """

    status: str = ""
    reason: str = ""
    hindrance: str = ""
    copies: int = 0
    answered: bool = False
    changed_at: datetime | None = None
    message: MessageSeen = MessageSeen.UNKNOWN
    set_aside: str = ""
    execution_id: str = ""
    execution_state: str = ""
    execution_info: str = ""
    started_at: datetime | None = None

    @property
    def ended(self) -> bool:
        """Whether Heat has come to an end with the resource."""
        return self.status.endswith(("_COMPLETE", "_FAILED")) and not self.status.startswith("INIT")

    @property
    def executed(self) -> bool:
        """Whether the workflow has come to an end."""
        return self.execution_state in FINAL_STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSeen:
    """What was seen until now, in seconds since the stack was made; None for what was not.

    :ivar sent: the request lay in its queue.
    :ivar taken: a bridge had it.
    :ivar skews: by how much a service's clock is ahead of Keystone's, by the service.
    """

    now: float = 0.0
    sent: float | None = None
    taken: float | None = None
    started: float | None = None
    executed: float | None = None
    answered: float | None = None
    skews: dict[str, timedelta] = field(default_factory=dict)
    last: LoopLook = LoopLook()

    def then(self, look: LoopLook, *, now: float, begun: datetime, at: datetime) -> "LoopSeen":
        """Return what is known after one more look.

        :param now: seconds since the stack was made.
        :param begun: when that was, by Keystone's clock.
        :param at: the time, by the same.
        """
        started = look.execution_id != ""
        answered = look.answered or (look.ended and (started or self.started is not None or look.copies > 0))
        taken = started or look.message is MessageSeen.CLAIMED or look.set_aside != ""
        sent = taken or answered or look.copies > 0 or look.message is MessageSeen.FREE
        moments = {"heat-engine": look.changed_at, "Mistral": look.started_at}
        found = {service: skew for service, moment in moments.items() if (skew := _skew(moment, begun, at))}
        return replace(
            self,
            now=now,
            sent=_first(self.sent, now, happened=sent),
            taken=_first(self.taken, now, happened=taken or (answered and look.status.endswith("_COMPLETE"))),
            started=_first(self.started, now, happened=started),
            executed=_first(self.executed, now, happened=look.executed),
            answered=_first(self.answered, now, happened=answered),
            skews=found | self.skews,
            last=_kept(self.last, look),
        )


def _kept(before: LoopLook, look: LoopLook) -> LoopLook:
    """Return the last look, with what an earlier one knew of the execution where this one does not say it."""
    if look.execution_id or not before.execution_id:
        return look
    return replace(
        look,
        execution_id=before.execution_id,
        execution_state=before.execution_state,
        execution_info=before.execution_info,
    )


def _first(before: float | None, now: float, *, happened: bool) -> float | None:
    return before if before is not None or not happened else now


def _skew(moment: datetime | None, begun: datetime, at: datetime) -> timedelta:
    """Return by how much a moment that lies between two others by right is off; zero within what clocks may differ."""
    if moment is None:
        return timedelta(0)
    if moment > at + TOLERANCE:
        return moment - at
    return moment - begun if moment < begun - TOLERANCE else timedelta(0)
