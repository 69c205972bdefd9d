"""The events of a request's life, as values, and the observers that are told of them.

An observer is called in the thread that does the work, so it must be quick. No decision depends on an observer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oslo_log import log as oslo_log

from customresource_bridge.bridge.in_flight import InFlight
from customresource_bridge.compat import StrEnum

LOG = oslo_log.getLogger(__name__)


PHASES = ("create", "update", "delete", "check", "unknown")
"""What :func:`phase` returns; the last one is of a request that cannot be read so far."""


def phase(entry: InFlight) -> str:
    """Return a request's phase as metrics and notifications name it."""
    return str(entry.request.request_type).lower() if entry.request else PHASES[-1]


def outcome(entry: InFlight) -> str:
    """Return a settled request's outcome as metrics and notifications name it: success or failed."""
    return str(entry.response.status).lower() if entry.response else "unknown"


class ResponseOutcome(StrEnum):
    """What became of a response."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    GONE = "gone"
    """Its stack no longer exists."""
    EXPIRED = "expired"
    """It was not accepted until long after the deadline."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A request is in flight here."""

    entry: InFlight


@dataclass(frozen=True, slots=True)
class Repeated:
    """Another copy of a request in flight has come: the plugin has posted it again."""

    entry: InFlight


@dataclass(frozen=True, slots=True)
class Started:
    """A request's execution exists.

    :ivar resumed: whether it was there before we asked for it.
    :ivar seconds: since the request was claimed.
    """

    entry: InFlight
    execution_id: str
    workflow: str
    resumed: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Settled:
    """A request's outcome is known; the entry has the response.

    :ivar seconds: since its execution was seen first; None where none ran.
    """

    entry: InFlight
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Answered:
    """A request is over.

    :ivar why: why the response was not accepted; empty where it was.
    :ivar seconds: since the outcome was known.
    :ivar total_seconds: since the request was claimed.
    """

    entry: InFlight
    taken: ResponseOutcome
    why: str
    seconds: float
    total_seconds: float


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A request was released for another bridge, at a clean end."""

    entry: InFlight


@dataclass(frozen=True, slots=True)
class ClaimLost:
    """A request's claim is no longer ours."""

    entry: InFlight
    why: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """A message that the bridge cannot answer is among the dead letters.

    :ivar request_id: the RequestId that it claims to have, made fit for a log line; it may be forged.
    """

    queue: str
    reason: str
    request_id: str


Event = Claimed | Repeated | Started | Settled | Answered | GivenBack | ClaimLost | SetAside
Observer = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Observers:
    """Tells several observers; one that fails harms neither the others nor the request."""

    observers: Sequence[Observer]

    def __call__(self, event: Event) -> None:
        """Tell them all."""
        for observer in self.observers:
            try:
                observer(event)
            except Exception:
                LOG.exception("observer %s failed on the event %s", observer, type(event).__name__)
