"""One client's connection, from its first byte to its last: reads a request, has it answered, and again.

One request at a time, whatever its client sends ahead. Everything but the answer itself happens in the server's loop
and has a deadline; it never waits in a worker.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

from customresource_bridge.gateway.body import Body
from customresource_bridge.gateway.http.application import Answer, Farewell, HTTPApplication, HTTPResponse
from customresource_bridge.gateway.http.head import MAX_HEAD, FramingError, RequestHead, read_head
from customresource_bridge.gateway.http.incoming import IncomingBody
from customresource_bridge.gateway.http.places import Places
from customresource_bridge.gateway.http.responses import GO_ON, as_bytes
from customresource_bridge.gateway.http.workers import Workers
from customresource_bridge.protocol.printing import without_text

LOG = logging.getLogger(__name__)

_FAREWELL = 2.0
"""Seconds that a client has to read a refusal while it is still sending."""

_UNREAD = 4096
"""How much a client may leave unread before it is heard no more, in bytes, beside what the kernel keeps for it."""

_DRAINED = 1024 * 1024
"""How much of what it sends meanwhile is taken, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What all connections of a server share.

    :ivar silence: seconds for TLS's handshake and a request's head together, for the next head, between two pieces of
        a body, and for reading a response.
    :ivar patience: seconds for a whole request.
    :ivar soon: calls something in the loop's next turn.
    :ivar in_loop: the same, from any thread.
    :ivar farewell: counts those hung up on.
    """

    application: HTTPApplication
    workers: Workers
    places: "Places[Connection]"
    silence: float
    patience: float
    now: Callable[[], float]
    soon: Callable[..., Any]
    in_loop: Callable[..., Any]
    farewell: Callable[[Farewell], None]


class _Phase(Enum):
    HEAD = auto()
    BODY = auto()
    ANSWER = auto()
    LEAVING = auto()
    GONE = auto()


class Connection(asyncio.Protocol):
    """A connection, from when it was accepted.

    :param home: what counts as its client's address.
    """

    def __init__(self, service: Service, sock: socket.socket, home: str) -> None:
        self._service, self._sock, self.home = service, sock, home
        self._transport: asyncio.Transport | None = None
        self._phase, self._buffer, self._seen = _Phase.HEAD, bytearray(), 0
        self._head: RequestHead | None = None
        self._body: IncomingBody | None = None
        self._answer: Answer | None = None
        self._ended = self._deaf = self._hung_up = self._has_turn = False
        self._began = service.now()
        self.deadline = self._began + service.silence

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; TLS's handshake is over."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a stream's
        self._transport = transport
        transport.set_write_buffer_limits(high=_UNREAD)

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        if self._phase is _Phase.LEAVING:
            self._seen += len(data)
            if self._seen > _DRAINED:
                self.hang_up()
        elif self._phase is _Phase.BODY and self._body is not None:
            self._buffer += self._body.feed(data)
            self._body_came()
        else:
            self._buffer += data
            self._read_on()

    def eof_received(self) -> bool:
        """Take the client's end: it may still read."""
        self._ended = True
        if self._phase is _Phase.BODY:
            self._have_it_answered()
        return (self._phase is _Phase.ANSWER or self._has_turn) and not self._is_tls

    def connection_lost(self, _error: Exception | None) -> None:
        """End. What has come of an answer is judged all the same: it may be whole."""
        if self._phase is _Phase.BODY and self._body is not None and self._body.has_begun:
            self._have_it_answered()
        self._phase = _Phase.GONE
        self._service.places.leave(self, self.home)

    def pause_writing(self) -> None:
        """Note that the client does not read: it is not heard until it does."""
        self._deaf = True

    def resume_writing(self) -> None:
        """Hear it again."""
        self._deaf = False
        self._read_on()

    # What the server calls.

    def hang_up(self, why: Farewell | None = None) -> None:
        """End the connection at once. What has come of a body is not judged: there was no time for more of it."""
        if self._phase is _Phase.BODY:
            self._phase = _Phase.LEAVING
        if why is not None and not self._hung_up:
            self._service.farewell(why)
        self._hung_up = True
        if self._transport is not None:
            self._transport.abort()
            return
        with contextlib.suppress(OSError):  # the client was faster
            self._sock.shutdown(socket.SHUT_RDWR)  # within the handshake, which sees it

    def look_at_clock(self, now: float) -> None:
        """Do what is to be done when its time is up."""
        if now < self.deadline or self._phase is _Phase.ANSWER:
            return
        if self._phase is _Phase.BODY:
            self._ended = True
            self._have_it_answered()
        else:
            self.hang_up(None if self._is_idle or self._phase is _Phase.LEAVING else Farewell.SLOW)

    def stop(self) -> None:
        """End after the request at hand, or now."""
        self._ended = True
        if self._phase is _Phase.HEAD:
            self.hang_up()

    # One request.

    @property
    def _is_tls(self) -> bool:
        return self._transport is not None and self._transport.get_extra_info("sslcontext") is not None

    @property
    def _is_idle(self) -> bool:
        return self._head is not None and not self._buffer and not self._deaf

    def _read_on(self) -> None:
        """Read the next request, if it is there. The one behind it has the loop's next turn: others come between."""
        if not self._has_turn and self._phase is _Phase.HEAD and self._buffer and not self._deaf:
            self._read_head()
            if self._phase is _Phase.HEAD and self._buffer and not self._seen:
                self._has_turn = True
                self._service.soon(self._take_turn)
        self._listen()

    def _take_turn(self) -> None:
        self._has_turn = False
        self._read_on()

    def _read_head(self) -> None:
        try:
            found = read_head(self._buffer, seen=self._seen)
        except FramingError as error:
            self._head = None
            self._service.farewell(Farewell.MALFORMED)
            self._respond(HTTPResponse(error.status, f"{error}\n".encode()), keep=False)
            return
        if found is None:
            self._seen = len(self._buffer)
            return
        self._head, size = found
        del self._buffer[:size]
        self._seen = 0
        self._admit(self._head)

    def _listen(self) -> None:
        """Read no further ahead than a head is long; end where nothing more can come."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._phase is _Phase.HEAD and self._ended and not self._deaf and not self._has_turn:
            self._transport.close()
        elif self._deaf or ((self._has_turn or self._phase is _Phase.ANSWER) and len(self._buffer) > MAX_HEAD):
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _admit(self, head: RequestHead) -> None:
        admitted = self._service.application.admit(head.method, head.path)
        if isinstance(admitted, HTTPResponse):
            self._respond(admitted, keep=head.keep and head.length == 0)
            return
        self._answer, self._body = admitted, IncomingBody(head.length, limit=self._service.application.max_body)
        self._phase, self._began = _Phase.BODY, self._service.now()
        if head.expects and not self._buffer and head.length != 0:
            self._write(GO_ON)
        data = bytes(self._buffer)
        self._buffer[:] = self._body.feed(data)
        self._body_came()

    def _body_came(self) -> None:
        now = self._service.now()
        self.deadline = min(now + self._service.silence, self._began + self._service.patience)
        if self._body is not None and self._body.over:
            self._have_it_answered()

    def _have_it_answered(self) -> None:
        assert self._body is not None and self._answer is not None  # noqa: S101, PT018 - that is this phase
        self._phase = _Phase.ANSWER
        self._service.places.answering(self, self.home)
        self._service.workers.submit(self._work, self._answer, self._body.body())

    def _work(self, answer: Answer, body: Body) -> None:
        try:
            response = answer(body)
        except Exception as error:
            LOG.error("%s", without_text(error))  # noqa: TRY400 - its text may quote what is secret
            response = HTTPResponse(HTTPStatus.SERVICE_UNAVAILABLE)
        self._service.in_loop(self._answered, response)

    def _answered(self, response: HTTPResponse) -> None:
        if self._phase is not _Phase.ANSWER:
            return
        self._service.places.waiting(self, self.home)
        known = self._body is not None and self._body.has_known_end
        self._body = self._answer = None
        last = self._ended and not self._buffer
        self._respond(response, keep=self._head is not None and self._head.keep and known and not last)
        self._read_on()

    def _respond(self, response: HTTPResponse, *, keep: bool) -> None:
        self._phase = _Phase.HEAD
        self.deadline = self._service.now() + self._service.silence
        self._write(as_bytes(response, keep=keep, bodiless=self._head is not None and self._head.method == "HEAD"))
        if not keep:
            self._leave()

    def _leave(self) -> None:
        """Let the client read, which it does only once it has sent what it is sending."""
        self._phase, self._seen = _Phase.LEAVING, 0
        self.deadline = self._service.now() + _FAREWELL
        self._buffer.clear()
        if self._transport is None:
            return
        if self._ended:
            self._transport.close()
        elif self._transport.can_write_eof():
            self._transport.write_eof()
        self._listen()

    def _write(self, raw: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(raw)
