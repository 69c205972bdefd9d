"""Takes a request's body as it comes, by its length or in chunks. Pure.

It keeps as much as is wanted and one byte, and is over as soon as it is clear that more is too much.
"""

from collections.abc import Callable

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from customresource_bridge.gateway.body import DRAIN, Body

_MAX_FRAMING = 8 * 1024 * 1024
"""The most that is read of one body with all that frames its chunks, in bytes."""

_CHUNKED_HEAD = b"PUT / HTTP/1.1\r\nHost: -\r\nTransfer-Encoding: chunked\r\n\r\n"


class IncomingBody:
    """One body.

    :param length: how many bytes it has; None where it comes in chunks.
    :param limit: how many are wanted.
    """

    def __init__(self, length: int | None, *, limit: int) -> None:
        self._length, self._limit = length, limit
        self._kept, self._size = bytearray(), 0
        self._chunks = _Chunks(self._keep) if length is None else None

    def feed(self, data: bytes) -> bytes:
        """Take what came; return what of it lies behind the body."""
        if self._chunks is not None:
            self._chunks.feed(data)
            return b""
        wanted = (self._length or 0) - self._size
        self._keep(data[:wanted])
        return data[wanted:]

    @property
    def over(self) -> bool:
        """Whether nothing more of it is to be read: it is whole, broken, or too much."""
        return self._whole or self._too_much or self._broken != ""

    @property
    def has_begun(self) -> bool:
        """Whether anything of it has come."""
        return self._size > 0

    @property
    def has_known_end(self) -> bool:
        """Whether what stands behind it can be a request: llhttp does not say where the last chunk ended."""
        return self._chunks is None and self._whole

    @property
    def _whole(self) -> bool:
        return self._chunks.whole if self._chunks is not None else self._size >= (self._length or 0)

    @property
    def _broken(self) -> str:
        return self._chunks.broken if self._chunks is not None else ""

    @property
    def _too_much(self) -> bool:
        framing = self._chunks is not None and self._chunks.framing > _MAX_FRAMING
        return self._size >= self._limit + DRAIN or framing

    def body(self) -> Body:
        """Return what has come; it is cut where its end has not."""
        size = max(self._size, self._length or 0, self._limit + DRAIN) if self._too_much else self._size
        return Body(raw=bytes(self._kept), size=size, cut=not self.over, broken=self._broken)

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        self._kept += data[: max(0, self._limit + 1 - len(self._kept))]


class _Chunks:
    """Chunks, read by llhttp, which has been told of a head for them."""

    def __init__(self, keep: Callable[[bytes], None]) -> None:
        self._keep = keep
        self.whole, self.broken, self.framing = False, "", 0
        self._parser = HttpRequestParser(self)
        self._parser.feed_data(_CHUNKED_HEAD)

    def on_body(self, data: bytes) -> None:
        if not self.whole:  # what stands behind the last chunk is no part of it, whatever it is
            self._keep(data)

    def on_message_complete(self) -> None:
        self.whole = True

    def feed(self, data: bytes) -> None:
        self.framing += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            if not self.whole:
                self.broken = "A chunk is none of HTTP/1.1's"
