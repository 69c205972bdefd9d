"""What the gateway's own server adds to cheroot's connections: an end to what a client may take, and three courtesies.

cheroot has a time-out for silence, but none for a client that sends a byte now and then;
it reads a chunk of any announced size into memory, and what is left of a refused body too.
"""

import re
import time
from typing import Any
from urllib.parse import unquote_to_bytes

from cheroot.server import HeaderReader, HTTPConnection, HTTPRequest

from customresource_bridge.gateway.body import TooMuchError

MAX_HEADER = 64 * 1024
"""The most that a request's line and headers may have, in bytes. A token has at most 16 KiB."""

_MAX_REQUEST = 8 * 1024 * 1024
"""The most that is read of one request, in bytes: more than ``read_body`` wishes to see of any body."""

_DRAINED = 1024 * 1024
"""How much of an unread body is taken, in bytes, so that its client comes to read the refusal."""


class Headers(HeaderReader):
    """Reads the value of Expect in whatever letters (RFC 9110, 10.1.1); Java's client writes ``100-Continue``."""

    def __call__(self, rfile: Any, hdict: dict[bytes, bytes] | None = None) -> dict[bytes, bytes]:
        """Read the headers of one request."""
        headers: dict[bytes, bytes] = super().__call__(rfile, hdict)
        if b"Expect" in headers:
            headers[b"Expect"] = headers[b"Expect"].lower()
        return headers


class ChunkSizes:
    """Refuses a chunk's size that is no number (RFC 9112, 7.1); cheroot takes -5 for the end and 0x5 for five."""

    _SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}[ \t]*(?:;.*)?\r?\n", re.DOTALL)

    def __init__(self, source: Any) -> None:
        self._source = source

    def readline(self, *size: int) -> bytes:
        """Read the line with a chunk's size.

        :raises ValueError: it is none.
        """
        line: bytes = self._source.readline(*size)
        if not self._SIZE.fullmatch(line):
            raise ValueError("a chunk's size is no number")
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


class GatewayHTTPRequest(HTTPRequest):
    """Takes a whole URL in its first line (RFC 9112, 3.2.2), and ends the connection where a body was left unread."""

    header_reader = Headers()

    def __init__(self, server: Any, conn: Any) -> None:
        super().__init__(server, conn, proxy_mode=True)  # cheroot's word for taking a whole URL

    def read_request_line(self) -> bool:
        """Read the first line. A path that begins with two slashes is a path, and names no host."""
        if not super().read_request_line():  # type: ignore[no-untyped-call]
            return False
        if self.uri.startswith(b"//"):
            path, _, self.qs = self.uri.partition(b"?")
            self.authority, self.path = b"", unquote_to_bytes(path)
        return True

    def respond(self) -> None:
        """Answer the request; where its body comes in chunks, their sizes are looked at."""
        source = self.conn.rfile
        if self.chunked_read:
            self.conn.rfile = ChunkSizes(source)
        try:
            super().respond()
        finally:
            self.conn.rfile = source

    def send_headers(self) -> None:
        """Decide whether the connection goes on, and write the status and the headers."""
        # What is left of a chunked body would be read as the next request.
        if getattr(self.rfile, "remaining", 0) > _DRAINED or (self.chunked_read and not self.rfile.closed):
            self.close_connection = True
        super().send_headers()


class _Limited:
    """A socket that one request may read for so long, and so much of."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self.until = float("inf")
        self.left = _MAX_REQUEST

    def recv_into(self, buffer: Any) -> int:
        if time.monotonic() > self.until:
            raise TimeoutError("timed out")
        if self.left <= 0:
            raise TooMuchError
        count = int(self._sock.recv_into(buffer))
        self.left -= count
        return count

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class Connection(HTTPConnection):
    """Gives each request ``patience`` seconds of the server's to arrive."""

    RequestHandlerClass = GatewayHTTPRequest

    def __init__(self, server: Any, sock: Any, makefile: Any) -> None:
        self._limited = limited = _Limited(sock)

        def make(it: Any, mode: str, size: int) -> Any:
            return makefile(limited if "r" in mode else it, mode, size)

        super().__init__(server, sock, makefile=make)

    def communicate(self) -> Any:
        """Read one request and answer it; return whether the connection goes on."""
        self._limited.until, self._limited.left = time.monotonic() + self.server.patience, _MAX_REQUEST
        return super().communicate()  # type: ignore[no-untyped-call]
