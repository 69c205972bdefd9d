"""PUTs a response to its ResponseURL, and nowhere else.

A ResponseURL comes out of a message, so it is opened only under allowed bases, in a session of its own that has no
token, follows no redirect, obeys no proxy variable, and looks at the address it is connected to before it says a word.
"""

import os
import socket
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import urllib3
import urllib3.connection
import urllib3.connectionpool
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from customresource_bridge.clients.http import problem_in
from customresource_bridge.clients.turns import NoTurnError, TurnsOfEach
from customresource_bridge.clients.url_fence import Base, address_allowed
from customresource_bridge.compat import StrEnum
from customresource_bridge.protocol.secret import Secret

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse  # which urllib3 1.26 does not have

SERVICE = "ResponseURL"
_LONGEST_PATIENCE = 120.0
"""Seconds that a response may take, whichever attempt it is."""
_KEPT_ALIVE = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), number)
        for name, number in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
        if hasattr(socket, name)  # not everywhere that a provider runs
    ),
]
"""What keeps a connection that nobody has used for hours, or finds that a firewall has forgotten it."""


class PutOutcome(StrEnum):
    """What became of a response."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # finally: the same again will be refused again
    RETRY = "retry"
    SLOW = "slow"  # it was not answered in time: it may have been taken, and is to be repeated later


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
    :param ca_file: the CAs that are trusted, a file or a folder; None are those that requests takes.
    :param connections: how many connections to one host are kept open.
    :param bounded: whether no host is sent more than that at a time: a further response waits for its turn, behind
        those that came before it, as long as the longest of them may take.
    """

    def __init__(
        self,
        bases: Iterable[Base],
        *,
        timeout: float = 20.0,
        ca_file: str | None = None,
        connections: int = 20,
        bounded: bool = False,
    ) -> None:
        self.bases: Sequence[Base] = tuple(bases)
        self._timeout = timeout
        self._pools = urllib3.PoolManager(
            maxsize=connections,
            socket_options=[*urllib3.connection.HTTPConnection.default_socket_options, *_KEPT_ALIVE],
            timeout=urllib3.Timeout(connect=timeout, read=timeout),
            retries=False,
            **_trusted(ca_file or _environment_ca() or DEFAULT_CA_BUNDLE_PATH),
        )
        self._pools.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
        self._turns = TurnsOfEach(connections) if bounded else None

    def under(self, bases: Iterable[Base]) -> "ResponseURLs":
        """Return what opens ResponseURLs under other bases, over the same connections and by the same turns."""
        other = copy(self)
        other.bases = tuple(bases)
        return other

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
            with self._turn(url):
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

    def _turn(self, url: Secret) -> AbstractContextManager[None]:
        """Return what waits until its host may be sent one more."""
        if self._turns is None:
            return nullcontext()
        return self._turns.turn(urlsplit(url.reveal()).netloc, max(self._timeout, _LONGEST_PATIENCE))

    def _open(self, method: str, url: Secret, **kwargs: Any) -> "BaseHTTPResponse":
        # Not ``request``: what it logs of a retry or a redirect holds the URL.
        return self._pools.urlopen(method, url.reveal(), redirect=False, **kwargs)


def _environment_ca() -> str | None:
    """Return what requests, and so every other call of ours, obeys."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")


def _trusted(certificates: str) -> dict[str, Any]:
    return {"ca_cert_dir" if Path(certificates).is_dir() else "ca_certs": certificates}


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
    if isinstance(error, NoTurnError):
        return PutOutcome.RETRY, "as many responses as may be sent at a time are under way"
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
