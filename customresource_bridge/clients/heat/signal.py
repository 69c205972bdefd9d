"""PUTs to Heat's own signed URL (heat-api-cfn), and looks whether the services behind it live.

By urllib3 and not through a keystoneauth session: no token belongs here, a redirect or a proxy
from the environment would carry the signature elsewhere, and keystoneauth and requests log or read more than they
should. Raises nothing for what a service does: each answer, and each lack of one, is a value that the caller judges.
"""

import json
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, TimeoutError  # noqa: A004 - its name

from customresource_bridge.protocol.secret import Secret

_UNAUTHORIZED = 401
_SHOWN = 2000


class Outcome(Enum):
    """What became of a PUT to Heat."""

    ACCEPTED = "accepted"
    ANSWERED = "answered"
    """An answer that is no success; the status says which."""
    DROPPED = "dropped"
    """The connection was made and closed without an answer."""
    UNREACHABLE = "unreachable"
    """No connection, or no answer in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signalled:
    """Heat's answer to a response.

    :ivar status: the HTTP status; None where there was no answer.
    :ivar detail: the beginning of the body, or why there was none. It may quote the response: for decisions, not
        for logs.
    """

    outcome: Outcome
    status: int | None = None
    detail: str = ""


class HeatSignal:
    """One pool of connections to heat-api-cfn, for any number of threads."""

    def __init__(
        self, *, connections: int, connect_timeout: float, read_timeout: float, ca_file: str | None = None
    ) -> None:
        """Prepare the pool.

        :param connections: how many are kept open per host.
        :param connect_timeout: seconds until a host counts as unreachable.
        :param read_timeout: seconds that Heat may take for an answer.
        :param ca_file: the CA certificates to trust; None means the system's.
        """
        self._pool = urllib3.PoolManager(
            maxsize=connections,
            retries=False,
            timeout=urllib3.Timeout(connect=connect_timeout, read=read_timeout),
            ca_certs=ca_file,
        )

    def put(self, url: Secret, body: bytes) -> Signalled:
        """Hand ``body`` to Heat."""
        headers = {"Content-Type": "application/json", "User-Agent": "customresource-bridge-gateway"}
        try:
            answer = self._pool.request("PUT", url.reveal(), body=body, headers=headers, redirect=False)
        except HTTPError as error:
            return Signalled(outcome=_lost(error), detail=type(error).__name__)
        if answer.status < 300:  # noqa: PLR2004 - the 2xx
            return Signalled(outcome=Outcome.ACCEPTED, status=answer.status)
        detail = answer.data[:_SHOWN].decode("utf-8", "replace")
        return Signalled(outcome=Outcome.ANSWERED, status=answer.status, detail=detail)

    def heat_lives(self, url: Secret) -> bool:
        """Return whether the service behind a signed URL answers at its root, which needs no signature."""
        parts = urlsplit(url.reveal())
        try:
            answer = self._pool.request("GET", f"{parts.scheme}://{parts.netloc}/", redirect=False)
        except HTTPError:
            return False
        return answer.status < 500  # noqa: PLR2004 - the 5xx

    def keystone_lives(self, auth_url: str) -> bool:
        """Return whether Keystone, its database included, refuses a user that cannot exist.

        :param auth_url: Keystone's, with or without the version.
        """
        identity = {"methods": ["password"], "password": {"user": {"id": "0" * 32, "password": "-"}}}
        base = auth_url.rstrip("/").removesuffix("/v3")
        headers = {"Content-Type": "application/json"}
        body = json.dumps({"auth": {"identity": identity}})
        try:
            answer = self._pool.request("POST", f"{base}/v3/auth/tokens", body=body, headers=headers, redirect=False)
        except HTTPError:
            return False
        return answer.status == _UNAUTHORIZED


def _lost(error: HTTPError) -> Outcome:
    # NewConnectionError is a TimeoutError in some releases of urllib3 and a ProtocolError in none: ask in this order.
    if isinstance(error, NewConnectionError | TimeoutError):
        return Outcome.UNREACHABLE
    return Outcome.DROPPED if isinstance(error, ProtocolError) else Outcome.UNREACHABLE
