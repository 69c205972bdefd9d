"""The server: listens, lets clients in within its bounds, looks at their deadlines, and stops without losing an answer.

It runs in the thread that calls ``serve``, and answers in threads of its own.
"""

import asyncio
import logging
import resource
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from customresource_bridge.errors import ConfigurationError
from customresource_bridge.gateway.http.application import Farewell, HTTPApplication
from customresource_bridge.gateway.http.connection import Connection, Service
from customresource_bridge.gateway.http.places import Places, home_of
from customresource_bridge.gateway.http.tls import tls_context
from customresource_bridge.gateway.http.workers import Workers

LOG = logging.getLogger(__name__)

_BACKLOG = 1024
_AT_A_TIME = 64
"""How many clients are let in before those within are served again."""

_UNREAD = 16 * 1024
"""How much the kernel keeps for a client that does not read, in bytes; Linux takes it twice."""

_TICK = 0.25
"""Seconds between two looks at the deadlines."""

_OTHER_FILES = 128
"""How many descriptors are left for what is no client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Where and how to listen.

    :ivar certificate: the chain's file (PEM); None means plain http.
    :ivar key: its private key's file (PEM).
    :ivar threads: how many answers at once.
    :ivar timeout: seconds for TLS's handshake and a request's head together, and that a client may be silent later.
    :ivar patience: seconds that one request may take to arrive, however busily its client sends.
    :ivar connections: how many clients at once.
    :ivar each: how many of them from one address.
    """

    host: str = "127.0.0.1"
    port: int = 0
    certificate: str | None = None
    key: str | None = None
    threads: int = 8
    timeout: float = 10
    patience: float = 60.0
    connections: int = 2048
    each: int = 256


def make_server(
    application: HTTPApplication, listen: Listen, *, farewell: Callable[[Farewell], None] = lambda _why: None
) -> "Server":
    """Return a server that is bound; ``serve()`` runs it until ``stop()``.

    :param farewell: counts those hung up on.
    :raises ConfigurationError: the certificate is unusable, or the address is taken.
    """
    context = tls_context(listen.certificate, listen.key) if listen.certificate else None
    try:
        family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
        sock = socket.create_server((listen.host, listen.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise ConfigurationError(f"Cannot listen on {listen.host} port {listen.port}: {error}") from None
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _UNREAD)  # those accepted have it too
    return Server(application, listen, sock, context, farewell)


class Server:
    """A server that is bound.

    :ivar address: host and port.
    """

    def __init__(
        self,
        application: HTTPApplication,
        listen: Listen,
        sock: socket.socket,
        context: ssl.SSLContext | None,
        farewell: Callable[[Farewell], None],
    ) -> None:
        self.address: tuple[str, int] = sock.getsockname()[:2]
        self._sock, self._context, self._silence = sock, context, listen.timeout
        self._loop, self._stopping = asyncio.new_event_loop(), asyncio.Event()
        self._loop.set_exception_handler(_quietly)
        self._tasks: set[asyncio.Task[None]] = set()
        sock.setblocking(False)
        places: Places[Connection] = Places(total=_bearable(listen.connections), each=listen.each)
        self._service = Service(
            application=application,
            workers=Workers(listen.threads, name="answer"),
            places=places,
            silence=listen.timeout,
            patience=listen.patience,
            now=self._loop.time,
            soon=self._loop.call_soon,
            in_loop=self._in_loop,
            farewell=farewell,
        )

    def serve(self) -> None:
        """Serve until stopped: at once those whose request has not come, the others once it is answered."""
        asyncio.set_event_loop(self._loop)
        self._service.workers.start()
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            # An answer is passed on also where its client has gone, and its place is free.
            self._service.workers.stop(patience=self._silence)
            self._loop.close()
            self._sock.close()

    def stop(self) -> None:
        """Stop, from any thread; a server that does not run is no harm."""
        if not self._loop.is_running():
            self._sock.close()
        self._in_loop(self._stopping.set)

    def _in_loop(self, call: Callable[..., Any], *arguments: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:
            LOG.debug("A server that has ended was called")

    async def _serve(self) -> None:
        if self._sock.fileno() < 0:
            return  # it was stopped before it ran
        self._loop.add_reader(self._sock, self._let_in)
        looks = self._loop.create_task(self._look_at_clocks())
        await self._stopping.wait()
        if self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock)
        self._sock.close()
        for connection in self._service.places.everybody():
            connection.stop()
        end = self._loop.time() + self._silence
        while len(self._service.places) and self._loop.time() < end:
            await asyncio.sleep(_TICK / 10)
        for connection in self._service.places.everybody():
            connection.hang_up()
        looks.cancel()
        await asyncio.sleep(0)

    async def _look_at_clocks(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            now = self._loop.time()
            for connection in self._service.places.everybody():
                connection.look_at_clock(now)

    def _let_in(self) -> None:
        for _ in range(_AT_A_TIME):
            try:
                sock, address = self._sock.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                # No descriptor is left. Others go meanwhile.
                self._loop.remove_reader(self._sock)
                self._loop.call_later(_TICK, self._listen_again)
                return
            self._let_one_in(sock, home_of(address[0]))

    def _listen_again(self) -> None:
        if not self._stopping.is_set():
            self._loop.add_reader(self._sock, self._let_in)

    def _let_one_in(self, sock: socket.socket, home: str) -> None:
        sock.setblocking(False)
        connection = Connection(self._service, sock, home)
        leaves = self._service.places.enter(connection, home)
        if leaves is not None:
            self._service.places.leave(leaves, leaves.home)
            leaves.hang_up(Farewell.MADE_ROOM)
        if leaves is connection:
            sock.close()
            return
        task = self._loop.create_task(self._greet(connection, sock))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _greet(self, connection: Connection, sock: socket.socket) -> None:
        """Have TLS's handshake, if any; what is heard then is the connection's."""
        seconds = None if self._context is None else self._silence
        try:
            await self._loop.connect_accepted_socket(
                lambda: connection, sock, ssl=self._context, ssl_handshake_timeout=seconds
            )
        except (OSError, asyncio.TimeoutError):
            self._service.places.leave(connection, connection.home)
            connection.hang_up(Farewell.HANDSHAKE)
            sock.close()


def _bearable(connections: int) -> int:
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return connections if soft == resource.RLIM_INFINITY else max(16, min(connections, soft - _OTHER_FILES))


def _quietly(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # What is said of a connection may quote what its client sent.
    LOG.warning("A connection was lost or made no sense: %s", type(context.get("exception")).__name__)
