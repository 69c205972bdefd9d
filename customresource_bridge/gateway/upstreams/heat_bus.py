"""Settles a response over Heat's own bus: an engine keeps it in Heat's database, and says so.

Sent twice if need be: an engine may die with it in its hands, and of the same answer the first is kept. A stack that is
gone is told by the engine; nothing has to be guessed from a connection that was dropped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from oslo_log import log as oslo_log

from customresource_bridge.errors import CustomResourceError
from customresource_bridge.gateway.settle import SettleOutcome
from customresource_bridge.protocol.answers.progress import Progress
from customresource_bridge.protocol.answers.reader import HandlerAnswer
from customresource_bridge.protocol.crypto.bus_answer import AnswerKeyring, BusOutcome, BusReply
from customresource_bridge.protocol.crypto.sealed import Sealed
from customresource_bridge.protocol.naming import named, shown

LOG = oslo_log.getLogger(__name__)

_ATTEMPTS = 2
_MEANS = MappingProxyType(
    {
        BusOutcome.KEPT: SettleOutcome.COMMITTED,
        BusOutcome.GONE: SettleOutcome.GONE,
        BusOutcome.REFUSED: SettleOutcome.REFUSED,
        BusOutcome.NOT_YET: SettleOutcome.NOT_YET,
        BusOutcome.SEAL: SettleOutcome.NOT_YET,
    }
)


class BusTroubleError(CustomResourceError):
    """No engine's reply came: whether the answer was kept is not known. Another engine may be well."""


class BusAwayError(BusTroubleError):
    """The bus itself is away: asking once more is no use now."""


class BusWay(Protocol):
    """The way of an answer whose token has no signed URL in it."""

    def settle(self, sealed: Sealed, answer: HandlerAnswer | Progress) -> tuple[SettleOutcome, str]:
        """Hand ``answer`` to Heat; return where it stands, and why where it was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusSettler:
    """Hands answers to the engines.

    :ivar call: has an engine take a message; returns its reply, or raises BusTroubleError where none came.
    """

    keyring: AnswerKeyring
    call: Callable[[str], object]
    clock: Callable[[], datetime]

    def settle(self, sealed: Sealed, answer: HandlerAnswer | Progress) -> tuple[SettleOutcome, str]:
        """See :class:`BusWay`."""
        message = self.keyring.seal(sealed, answer.to_dict(), now=self.clock())
        reply = self._reply(message, answer)
        if reply is None:
            return SettleOutcome.NOT_YET, ""
        if reply.outcome is BusOutcome.SEAL:
            _not_kept(answer, "the engine could not open it: heat.conf and gateway.conf need the same gateway_keys")
        elif reply.outcome is BusOutcome.NOT_YET:
            _not_kept(answer, "the engine could not keep it, and its own log says why")
        refused = reply.outcome is BusOutcome.REFUSED
        return _MEANS[reply.outcome], (reply.reason or "it gave no reason") if refused else ""

    def _reply(self, message: str, answer: HandlerAnswer | Progress) -> BusReply | None:
        for _ in range(_ATTEMPTS):
            try:
                return BusReply.parse(self.call(message))
            except BusTroubleError as error:
                _not_kept(answer, f"no engine's reply came over Heat's bus: {error}")
                if isinstance(error, BusAwayError):
                    break
        return None


class NoBus:
    """The way where the operator gave none."""

    def settle(self, sealed: Sealed, answer: HandlerAnswer | Progress) -> tuple[SettleOutcome, str]:  # noqa: ARG002
        """See :class:`BusWay`."""
        _not_kept(answer, "its ResponseURL leads over Heat's bus, and [gateway] heat_bus_url is not set")
        return SettleOutcome.NOT_YET, ""


def _not_kept(answer: HandlerAnswer | Progress, why: str) -> None:
    LOG.warning("%s: Heat did not take the response: %s", shown(answer.identity), why, extra=named(answer.identity))
