"""PUTs a response to its ResponseURL, and nowhere else.

A ResponseURL comes out of a message, so it is opened only under allowed bases, in a session of its own that has no
token, follows no redirect, obeys no proxy variable, and looks at the address it is connected to before it says a word.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import urllib3
import urllib3.connection
import urllib3.connectionpool
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from customresource_bridge import errors
from customresource_bridge.clients.http import problem_in
from customresource_bridge.protocol.secret import Secret

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse  # which urllib3 1.26 does not have

SERVICE = "ResponseURL"
_LONGEST_PATIENCE = 120.0
"""Seconds that a response may take, whichever attempt it is."""

_PLAIN_URL = re.compile(
    r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?/[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*\Z"
)
"""What no two parsers read differently: no user, no backslash, no blank, no fragment, nothing beyond ASCII."""

_NEVER = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "::/128",
        "::1/128",
        "fe80::/10",
        "ff00::/8",
    )
)
"""This host, link-local (where clouds keep their metadata), multicast: allowed if a base names the very address."""


class PutOutcome(StrEnum):
    """What became of a response."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # finally: the same again will be refused again
    RETRY = "retry"
    SLOW = "slow"  # it was not answered in time: it may have been taken, and is to be repeated later


@dataclass(frozen=True, slots=True)
class Base:
    """Where ResponseURLs may lie: scheme, host, port, and a path they begin with."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, text: str) -> "Base":
        """Read a base from configuration.

        :raises ConfigurationError: it is no plain http or https URL.
        """
        url = text if text.count("/") > 2 else f"{text}/"  # noqa: PLR2004 - the two of "://"
        if not _PLAIN_URL.match(url) or "?" in url:
            raise errors.ConfigurationError(
                f"[response] allowed_bases: '{text}' is no base of URLs: write https://host:port/path"
            )
        return cls(*_parts(url))

    @property
    def url(self) -> str:
        """The base as a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    def covers(self, url: str) -> bool:
        """Return whether a ResponseURL lies under this base."""
        if not _PLAIN_URL.match(url):
            return False
        try:
            scheme, host, port, path = _parts(url)
        except ValueError:
            return False
        if (scheme, host, port) != (self.scheme, self.host, self.port) or _climbs(path):
            return False
        return path == self.path or path.startswith(self.path.rstrip("/") + "/")


def _parts(url: str) -> tuple[str, str, int, str]:
    split = urlsplit(url)
    port = split.port or (443 if split.scheme == "https" else 80)
    return split.scheme.lower(), (split.hostname or "").lower().rstrip("."), port, split.path


def _climbs(path: str) -> bool:
    # Decoded to its end: a front may decode once more than we expect.
    for _ in range(3):
        if any(segment in {".", ".."} for segment in path.replace("\\", "/").split("/")):
            return True
        path = unquote(path)
    return "\\" in path


class ForbiddenAddressError(OSError):
    """The host's name leads to an address that no ResponseURL may have."""


class _AddressCheck:
    """Mixed into urllib3's connections: looks at the peer of the open socket, so that no second lookup can differ."""

    host: str

    def _new_conn(self) -> socket.socket:
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]
        peer = sock.getpeername()[0]
        if not address_allowed(peer, named=self.host):
            sock.close()
            raise ForbiddenAddressError("the address is not allowed")
        return sock


def address_allowed(peer: str, *, named: str) -> bool:
    """Return whether a ResponseURL may be at the address ``peer``.

    :param named: the host as the URL, and so an allowed base, names it: where 127.0.0.1 or localhost is allowed, it
        is meant.
    """
    address = _address(peer)
    if named == "localhost":
        return address.is_loopback
    try:
        return _address(named.strip("[]")) == address
    except ValueError:
        return not any(address in net for net in _NEVER if net.version == address.version)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


class _HTTP(_AddressCheck, urllib3.connection.HTTPConnection):
    pass


class _HTTPS(_AddressCheck, urllib3.connection.HTTPSConnection):
    pass


class _HTTPPool(urllib3.connectionpool.HTTPConnectionPool):
    ConnectionCls = _HTTP


class _HTTPSPool(urllib3.connectionpool.HTTPSConnectionPool):
    ConnectionCls = _HTTPS


class ResponseURLs:
    """Opens ResponseURLs under the allowed bases.

    :param bases: where they may lie.
    :param timeout: seconds for the connection, and again between two reads.
    :param ca_file: the CAs that are trusted; None are those that everybody trusts.
    :param connections: how many connections to one host are kept open.
    """

    def __init__(
        self, bases: Iterable[Base], *, timeout: float = 20.0, ca_file: str | None = None, connections: int = 20
    ) -> None:
        self.bases: Sequence[Base] = tuple(bases)
        self._timeout = timeout
        self._pools = urllib3.PoolManager(
            maxsize=connections,
            timeout=urllib3.Timeout(connect=timeout, read=timeout),
            retries=False,
            ca_certs=ca_file or DEFAULT_CA_BUNDLE_PATH,
        )
        self._pools.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}

    def allowed(self, url: Secret) -> bool:
        """Return whether a ResponseURL may be opened at all."""
        return any(base.covers(url.reveal()) for base in self.bases)

    def put(self, url: Secret, body: bytes, *, attempt: int = 0) -> tuple[PutOutcome, str]:
        """PUT a response and return what became of it, and why, in words that hold nothing of the URL.

        Only a 2xx is an acceptance. It never raises for what the other side does.

        :param attempt: how many times it was put before: each time it may take longer.
        """
        if not self.allowed(url):
            return PutOutcome.REFUSED, "it lies under none of the allowed bases"
        try:
            patience = patience_at(attempt, first=self._timeout)
            answer = self._open(
                "PUT",
                url,
                body=body,
                headers={"Content-Type": "application/json"},
                timeout=urllib3.Timeout(connect=self._timeout, read=patience),
            )
        except urllib3.exceptions.HTTPError as error:
            return _unanswered(error)
        said = problem_in(answer.data.decode(errors="replace"))
        return judge(answer.status), f"status {answer.status}: {said}"

    def reach(self, url: Secret) -> str | None:
        """Return what keeps us from an allowed base, or None where something answers there, whatever it says."""
        if not self.allowed(url):
            return "it lies under none of the allowed bases"
        try:
            self._open("HEAD", url)
        except urllib3.exceptions.HTTPError as error:
            return _unanswered(error)[1]
        return None

    def _open(self, method: str, url: Secret, **kwargs: Any) -> "BaseHTTPResponse":
        # Not ``request``: what it logs of a retry or a redirect holds the URL.
        return self._pools.urlopen(method, url.reveal(), redirect=False, **kwargs)


def patience_at(attempt: int, *, first: float) -> float:
    """Return the seconds that an attempt may take: each takes twice as long as the one before, up to a limit."""
    return float(min(first * 2 ** min(attempt, 8), max(first, _LONGEST_PATIENCE)))


def judge(status: int) -> PutOutcome:
    """Return what a status means for a response: only 2xx is taken for accepted.

    A redirect is never followed and, like a server's error, may be gone when its operator has mended it.
    """
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's own classes
        return PutOutcome.ACCEPTED
    if status in {408, 423, 425, 429} or not 400 <= status < 500:  # noqa: PLR2004
        return PutOutcome.RETRY
    return PutOutcome.REFUSED


def _unanswered(error: urllib3.exceptions.HTTPError) -> tuple[PutOutcome, str]:
    if _caused_by(error, ForbiddenAddressError):
        return PutOutcome.REFUSED, "its host leads to an address that is not allowed"
    if isinstance(error, urllib3.exceptions.ReadTimeoutError):
        return PutOutcome.SLOW, "it did not answer in time"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return PutOutcome.RETRY, "no connection in time"
    if isinstance(error, urllib3.exceptions.SSLError):
        return PutOutcome.RETRY, "its certificate is not trusted"
    return PutOutcome.RETRY, f"no answer ({type(error).__name__})"


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False
