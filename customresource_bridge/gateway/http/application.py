"""What the server and what it serves ask of each other. No I/O.

A request is met twice: when its head has come, in the server's loop, where it may be refused at once and must not
wait; and when its body has come, in a worker thread, where the answer may take its time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol

from customresource_bridge.compat import StrEnum
from customresource_bridge.gateway.body import Body


@dataclass(frozen=True, slots=True)
class HTTPResponse:
    """What a client is told.

    :ivar headers: without Content-Length, Connection and Date, which are the server's.
    """

    status: HTTPStatus
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


Answer = Callable[[Body], HTTPResponse]
"""Answers a request whose body has come, or ended without its end; may block."""


class Farewell(StrEnum):
    """Why a client was hung up on."""

    HANDSHAKE = "handshake"
    """It did not come through TLS's handshake."""
    SLOW = "slow"
    """Its request had not come in time, or it did not read its response."""
    MALFORMED = "malformed"
    """What it sent is none of HTTP's, or could be read in two ways."""
    MADE_ROOM = "made_room"
    """There were too many, of its address or in all."""


class HTTPApplication(Protocol):
    """What is served.

    :ivar max_body: how many bytes of a body are wanted; of a larger one, so many and one are kept.
    """

    @property
    def max_body(self) -> int:
        """The largest body."""

    def admit(self, method: str, path: str) -> HTTPResponse | Answer:
        """Return the response to a request that needs no body, or what answers it; must not block.

        :param path: decoded, without the query, a character for each byte.
        """


@dataclass(frozen=True, slots=True)
class WSGIApplication:
    """A small WSGI application as one of ours; it sees method, path and body alone."""

    application: Callable[..., Any] = field(repr=False)
    max_body: int = 64 * 1024

    def admit(self, method: str, path: str) -> Answer:
        """Return what calls it."""

        def answer(body: Body) -> HTTPResponse:
            told: list[tuple[str, list[tuple[str, str]]]] = []
            environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "CONTENT_LENGTH": str(body.size)}
            content = b"".join(self.application(environ, lambda *status_and_headers: told.append(status_and_headers)))
            status, headers = told[0]
            ours = tuple((name, value) for name, value in headers if name.lower() != "content-length")
            return HTTPResponse(HTTPStatus(int(status.partition(" ")[0])), content, ours)

        return answer
