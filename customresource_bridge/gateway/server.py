"""The gateway's own HTTP server, for small places: cheroot, with TLS if a certificate is given.

cheroot and not wsgiref or werkzeug's,
which are made for development: it has a bounded pool of threads, a time-out for silent clients, keep-alive and chunked
bodies, and writes no access log, which would hold every token.
"""

import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

from customresource_bridge.errors import ConfigurationError
from customresource_bridge.gateway.connection import MAX_HEADER, Connection

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Where and how to listen.

    :ivar certificate: the chain's file (PEM); None means plain http.
    :ivar key: its private key's file (PEM).
    :ivar threads: how many requests at once.
    :ivar timeout: seconds that a client may be silent.
    :ivar patience: seconds that one request may take to arrive, however busily its client sends.
    """

    host: str = "127.0.0.1"
    port: int = 0
    certificate: str | None = None
    key: str | None = None
    threads: int = 8
    timeout: int = 10
    patience: float = 60.0


def make_server(application: Callable[..., Any], listen: Listen) -> wsgi.Server:
    """Return a server that is bound; ``serve()`` runs it until ``stop()``.

    :raises ConfigurationError: the certificate is unusable, or the address is taken.
    """
    server = _QuietServer(
        (listen.host, listen.port),
        application,
        numthreads=listen.threads,
        max=listen.threads,
        request_queue_size=128,
        timeout=listen.timeout,
        shutdown_timeout=listen.timeout,
        server_name="customresource-bridge",
    )
    server.patience = listen.patience
    server.max_request_header_size = MAX_HEADER
    if listen.certificate:
        server.ssl_adapter = _adapter(listen.certificate, listen.key)
    try:
        server.prepare()
    except OSError as error:
        raise ConfigurationError(f"Cannot listen on {listen.host} port {listen.port}: {error}") from None
    return server


def _adapter(certificate: str, key: str | None) -> "_LazyTLS":
    for what, name in (("certificate", certificate), ("key", key)):
        if name is None or not Path(name).is_file():
            raise ConfigurationError(f"The TLS {what} {name or ''} is no file: name a PEM file")
    try:
        return _LazyTLS(certificate, key)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise ConfigurationError(f"The TLS certificate or key cannot be used: {error}") from None


class _QuietServer(wsgi.Server):
    """Keeps to itself what cheroot would write to stderr: a broken request's first line holds the token."""

    ConnectionClass = Connection
    patience: float

    def process_conn(self, conn: Any) -> None:
        """Give a connection to a thread: a new one only when its client has said something."""
        # cheroot gives it one at once, and as many silent clients as there are threads keep all others waiting.
        if conn.last_used is None:
            self.put_conn(conn)
        else:
            super().process_conn(conn)

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: ARG002
        if level >= logging.WARNING:
            LOG.warning("A connection was lost or made no sense")


class _LazyTLS(BuiltinSSLAdapter):
    """Leaves the handshake to the thread that reads first.

    cheroot does it in the one thread that accepts, where a single client that connects and says nothing keeps
    all others waiting for the time-out.
    """

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, Any]]:
        wrapped = self.context.wrap_socket(sock, do_handshake_on_connect=False, server_side=True)
        return wrapped, {"wsgi.url_scheme": "https", "HTTPS": "on"}
