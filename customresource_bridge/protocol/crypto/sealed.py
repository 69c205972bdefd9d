"""The token in a ResponseURL: whom it is for and the way to Heat, sealed so that any handler may hold it.

The way is Heat's signed URL, or Heat's own bus, which needs none. The plugin and the gateway share the keys. The
cryptography is Fernet (authenticated encryption) of the ``cryptography`` library, which the bridge and the provider do
without: import this module by its own name. No clock here: every time is an argument.

A token has unreserved characters only (RFC 3986), because clients rewrite URLs: ``=`` is cut off, and put back to
open. For each sealed value exactly one spelling opens, so that a changed token is always a refused one.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from customresource_bridge.compat import UTC
from customresource_bridge.protocol.errors import TokenError
from customresource_bridge.protocol.naming import Identity
from customresource_bridge.protocol.secret import Secret

PATH = "/v1/responses/"
"""Where the gateway takes responses, under its public base URL."""

LATE_ANSWERS = timedelta(days=1)
"""How long after a request's deadline its URL still opens: a late answer is taken without effect, not refused."""

MAX_TOKEN_CHARACTERS = 16 * 1024
"""Longer ones are not looked at. A usual token has 800."""

_SHAPE = re.compile(r"gAAAAA[A-Za-z0-9_-]+\Z")  # Fernet's version byte and the first bytes of any time before 2106
_BY_URL = 1
_BY_BUS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What a token holds.

    :ivar url: Heat's signed URL, which never leaves the cloud; None where the answer goes over Heat's bus.
    :ivar identity: the one request that the token's bearer may answer.
    :ivar expires_at: when the token stops to open; aware, whole seconds count.
    """

    url: Secret | None
    identity: Identity
    expires_at: datetime

    @classmethod
    def for_request(cls, url: Secret | None, identity: Identity, *, deadline: datetime) -> "Sealed":
        """Return what to seal for a request: its URL opens until :data:`LATE_ANSWERS` after its ``deadline``."""
        return cls(url=url, identity=identity, expires_at=deadline + LATE_ANSWERS)


class Keyring:
    """The keys: the first one seals, each of them opens, so that they can be changed without losing a request."""

    def __init__(self, keys: Sequence[Secret]) -> None:
        """Check the keys.

        :param keys: each 32 bytes in URL-safe base64, as :func:`new_key` makes them.
        :raises TokenError: there is none, or one is malformed; it says which, not what.
        """
        if not keys:
            raise TokenError("gateway_keys", "is empty", "make one: customresource-bridge gateway --new-key")
        self._fernet = MultiFernet([_fernet(key, place) for place, key in enumerate(keys, start=1)])

    def seal(self, content: Sealed, *, now: datetime) -> Secret:
        """Return the token for ``content``."""
        identity = content.identity
        by_url = [] if content.url is None else [content.url.reveal()]
        payload = [
            _BY_URL if by_url else _BY_BUS,
            int(content.expires_at.timestamp()),
            *by_url,
            identity.stack_id,
            identity.request_id,
            identity.logical_resource_id,
        ]
        sealed = self._fernet.encrypt_at_time(json.dumps(payload).encode(), int(now.timestamp()))
        return Secret(sealed.rstrip(b"=").decode("ascii"))

    def open(self, token: str, *, now: datetime) -> Sealed:
        """Return what is sealed in ``token``.

        :raises TokenError: it was not made with one of these keys, was changed, or has expired.
        """
        raw = _canonical(token)
        try:
            payload = json.loads(self._fernet.decrypt(raw))
        except InvalidToken:
            raise _refused("was not sealed by this cloud, or was changed on its way") from None
        return _content(payload, now)


def new_key() -> Secret:
    """Return a fresh key."""
    return Secret(Fernet.generate_key().decode("ascii"))


def response_url(base: str, token: Secret) -> Secret:
    """Return the ResponseURL that ends in ``token``.

    :param base: the gateway's public base URL.
    """
    return Secret(f"{base.rstrip('/')}{PATH}{token.reveal()}")


def seal(content: Sealed, *, keyring: Keyring, base: str, now: datetime) -> Secret:
    """Return the ResponseURL for one request.

    :param base: the gateway's public base URL.
    """
    return response_url(base, keyring.seal(content, now=now))


def _fernet(key: Secret, place: int) -> Fernet:
    try:
        return Fernet(key.reveal())
    except (ValueError, Base64Error):
        raise TokenError(
            f"gateway_keys, key {place},", "is no key", "make one: customresource-bridge gateway --new-key"
        ) from None


def _canonical(token: str) -> bytes:
    """Return the token as Fernet takes it, if it is the one spelling that sealing could have made."""
    if len(token) > MAX_TOKEN_CHARACTERS or not _SHAPE.match(token):
        raise _refused("is malformed")
    raw = token.encode("ascii")
    raw += b"=" * (-len(raw) % 4)
    try:
        # The last character carries unused bits, which a decoder ignores.
        canonical = urlsafe_b64encode(urlsafe_b64decode(raw)) == raw
    except Base64Error:
        canonical = False
    if not canonical:
        raise _refused("is malformed")
    return raw


def _content(payload: list[object], now: datetime) -> Sealed:
    # The seal is ours, so only another release's payload can look different.
    url: Secret | None = None
    match payload:
        case [version, int(expires), str(text), str(stack), str(request), str(logical)] if version == _BY_URL:
            url = Secret(text)
        case [version, int(expires), str(stack), str(request), str(logical)] if version == _BY_BUS:
            pass
        case _:
            raise _refused("was sealed by another release")
    expires_at = datetime.fromtimestamp(expires, UTC)
    if now >= expires_at:
        raise _refused("has expired")
    identity = Identity(stack_id=stack, request_id=request, logical_resource_id=logical)
    return Sealed(url=url, identity=identity, expires_at=expires_at)


def _refused(problem: str) -> TokenError:
    return TokenError("The ResponseURL", problem, "PUT to the URL of the request, unchanged and in time")
