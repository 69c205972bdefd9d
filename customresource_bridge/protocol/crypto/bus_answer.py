"""An answer on its way from the gateway to heat-engine over Heat's bus: whose it is and what it says, sealed.

Who may put a message on the bus is not thereby the gateway: only a holder of the keys that ResponseURLs are sealed with
can make this one, change it or read it. The keys are not used as they are: one is derived from each, so that a
handler's token can never pass for an answer, nor an answer for a token. Pure: every time is an argument.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from customresource_bridge.compat import StrEnum
from customresource_bridge.protocol.crypto.sealed import Keyring, Sealed
from customresource_bridge.protocol.errors import TokenError
from customresource_bridge.protocol.limits import MAX_RESPONSE_BYTES
from customresource_bridge.protocol.naming import Identity
from customresource_bridge.protocol.secret import Secret

EXCHANGE = "heat_custom_resource"
"""An exchange of its own: what heat.conf says of ``control_exchange`` need not be said again to the gateway."""
TOPIC = "heat_custom_resource_answers"
RPC_VERSION = "1.0"
"""Of the method :data:`METHOD`, as oslo.messaging compares it: an engine serves what has its major number."""
METHOD = "take_answer"

MAX_CHARACTERS = 8 * (MAX_RESPONSE_BYTES + 16 * 1024)
"""Longer messages are not opened. JSON writes a byte in six characters at most, and sealing makes four thirds of it."""

_USE = b"custom_resource answer over the bus"
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BusAnswer:
    """What a message holds.

    :ivar identity: the one request that is answered, out of its ResponseURL's token.
    :ivar value: the response, or the progress, as Heat's signed URL is told it.
    """

    identity: Identity
    value: Mapping[str, Any] = field(repr=False)


class AnswerKeyring:
    """The derived keys: the first one seals, each of them opens."""

    def __init__(self, keys: Sequence[Secret]) -> None:
        """Check the keys, and derive.

        :param keys: those that ResponseURLs are sealed with.
        :raises TokenError: there is none, or one is malformed.
        """
        Keyring(keys)
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in keys])

    def seal(self, sealed: Sealed, value: Mapping[str, Any], *, now: datetime) -> str:
        """Return the message that brings ``value`` in answer to the request of an opened token.

        :param sealed: what was in the token; the message is good for as long as that.
        """
        identity = sealed.identity
        ids = [identity.stack_id, identity.request_id, identity.logical_resource_id]
        payload = [_VERSION, int(sealed.expires_at.timestamp()), *ids, value]
        text = json.dumps(payload, separators=(",", ":"))
        return self._fernet.encrypt_at_time(text.encode(), int(now.timestamp())).decode("ascii")

    def open(self, text: object, *, now: datetime) -> BusAnswer:
        """Return what a message holds.

        :raises TokenError: it was not made with one of these keys, was changed, is too old, or too large.
        """
        if not isinstance(text, str) or not text.isascii() or len(text) > MAX_CHARACTERS:
            raise _refused("is no sealed text, or too long")
        try:
            payload = json.loads(self._fernet.decrypt(text.encode()))
        except InvalidToken:
            raise _refused("was not sealed with a key that is known here") from None
        match payload:
            case [version, int(expires), str(stack), str(request), str(logical), dict(value)] if version == _VERSION:
                pass
            case _:
                raise _refused("was sealed by another release")
        if now.timestamp() >= expires:
            raise _refused("has expired")
        return BusAnswer(
            identity=Identity(stack_id=stack, request_id=request, logical_resource_id=logical), value=value
        )


class BusOutcome(StrEnum):
    """What an engine says of an answer."""

    KEPT = "kept"
    """Heat's database has it, or had one already."""
    GONE = "gone"
    """Nothing waits for it any more: the stack or the resource is no longer there."""
    REFUSED = "refused"
    """It is wrong, and would be refused again."""
    NOT_YET = "not_yet"
    """It could not be kept now."""
    SEAL = "seal"
    """The engine cannot open it: it has other keys, another clock, or is of another release."""


@dataclass(frozen=True, slots=True)
class BusReply:
    """An engine's reply.

    :ivar reason: why the answer was refused; else empty.
    """

    outcome: BusOutcome
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as it goes over the bus."""
        return {"outcome": str(self.outcome), "reason": self.reason}

    @classmethod
    def parse(cls, value: object) -> "BusReply":
        """Read a reply; of one that cannot be read, or of a later release, it is not known whether it was kept."""
        if isinstance(value, Mapping):
            outcome, reason = value.get("outcome"), value.get("reason", "")
            if outcome in tuple(BusOutcome) and isinstance(reason, str):
                return cls(BusOutcome(outcome), reason)
        return cls(BusOutcome.NOT_YET)


def _derived(key: Secret) -> bytes:
    return urlsafe_b64encode(hmac.new(key.reveal().encode(), _USE, hashlib.sha256).digest())


def _refused(problem: str) -> TokenError:
    return TokenError("The answer", problem, "give heat.conf and gateway.conf the same gateway_keys")
