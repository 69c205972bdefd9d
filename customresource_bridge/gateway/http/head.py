"""Reads the head of a request, and refuses what two parsers could read in two ways (RFC 9112, 3, 5, 6, 11). Pure.

llhttp reads it, Node's own parser; what it lets pass and a front may see otherwise is refused beside it.
"""

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

MAX_HEAD = 64 * 1024
"""The most that a request's line and headers may have, in bytes. A token has at most 16 KiB."""

_MAX_LINES = 256
_END = b"\r\n\r\n"
_BEGINNING = re.compile(rb"(?:\r(?:\n|\Z))?(?:\Z|[!#$%&'*+.^_`|~0-9A-Za-z-]{1,24}(?: |\Z))")
_STRAY = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|\x00|\n[ \t]")
_FIRST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ ([\x21-\x7e]+) HTTP/1\.([01])")
_TARGET = re.compile(rb"(?:[hH][tT][tT][pP][sS]?://[^/?#]+)?(/[^?#]*|(?=\?|\Z))(?:\?[^#]*)?")
_DIGITS = re.compile(rb"[0-9]{1,18}")


class FramingError(Exception):
    """A request whose framing is refused; the text says why."""

    def __init__(self, problem: str, *, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(problem)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHead:
    """The head of a request.

    :ivar path: decoded, without the query, a character for each byte.
    :ivar length: how long its body is; None where it comes in chunks.
    :ivar keep: whether the connection may go on after it.
    :ivar expects: whether its client waits to be told to go on.
    """

    method: str
    path: str = field(repr=False)
    length: int | None = 0
    keep: bool = True
    expects: bool = False


def read_head(buffer: bytes | bytearray, *, seen: int = 0) -> tuple[RequestHead, int] | None:
    """Return the head at the beginning of ``buffer`` and its size; None while it is not whole.

    :param seen: how much of the buffer an earlier call has looked at.
    :raises FramingError: it is none, or too large.
    """
    if not _BEGINNING.match(bytes(buffer[:32])):
        raise FramingError("The first line is none of HTTP's")
    begin = 2 if buffer.startswith(b"\r\n") else 0  # RFC 9112, 2.2: one empty line may come first
    end = buffer.find(_END, max(begin, seen - len(_END)))
    size = len(buffer) if end < 0 else end + len(_END)
    if stray := _STRAY.search(buffer, max(0, seen - 2), size):
        raise FramingError(_says(stray.group()))
    if size > MAX_HEAD:
        raise FramingError("The head is too large", status=HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
    return None if end < 0 else (_parsed(bytes(buffer[begin:size])), size)


def _says(stray: bytes) -> str:
    return "A header is folded" if stray[:1] == b"\n" and len(stray) > 1 else "A line holds NUL, or CR or LF alone"


class _Headers:
    """Takes what llhttp finds."""

    def __init__(self) -> None:
        self.headers: dict[bytes, list[bytes]] = {}
        self.keep = False
        self.parser = HttpRequestParser(self)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.setdefault(name.lower(), []).append(value.strip(b" \t"))

    def on_headers_complete(self) -> None:
        self.keep = self.parser.should_keep_alive()  # after a request without a body llhttp knows it no more


def _parsed(raw: bytes) -> RequestHead:
    first = _FIRST_LINE.fullmatch(raw[: raw.index(b"\r\n")])
    if first is None:
        raise FramingError("The first line is none of HTTP/1.1's")
    if raw.count(b"\n") > _MAX_LINES:
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        raise FramingError(f"There are more than {_MAX_LINES} headers", status=status)
    found = _Headers()
    try:
        found.parser.feed_data(raw)
    except HttpParserUpgrade:
        pass  # nothing else is spoken here: an Upgrade is not taken, which is its client's to see
    except HttpParserError:
        raise FramingError("The head is none of HTTP/1.1's") from None
    newest = first[2] == b"1"
    if not len(found.headers.get(b"host", ())) == 1 and (newest or b"host" in found.headers):
        raise FramingError("There is not one Host")
    return RequestHead(
        method=found.parser.get_method().decode("ascii"),
        path=_path(first[1]),
        length=_length(found.headers, newest=newest),
        keep=newest and found.keep,
        expects=newest and found.headers.get(b"expect", [b""])[0].lower() == b"100-continue",
    )


def _path(target: bytes) -> str:
    found = _TARGET.fullmatch(target)
    if found is None:
        raise FramingError("The first line names no path")
    return unquote_to_bytes(found[1] or b"/").decode("latin-1")


def _length(headers: dict[bytes, list[bytes]], *, newest: bool) -> int | None:
    lengths, encodings = headers.get(b"content-length", []), headers.get(b"transfer-encoding", [])
    if not encodings:
        if len(lengths) > 1 or (lengths and not _DIGITS.fullmatch(lengths[0])):
            raise FramingError("Content-Length is not one number")
        return int(lengths[0]) if lengths else 0
    if lengths:
        raise FramingError("Content-Length stands beside Transfer-Encoding")
    if [value.lower() for value in encodings] != [b"chunked"] or not newest:
        raise FramingError("Transfer-Encoding is not chunked alone", status=HTTPStatus.NOT_IMPLEMENTED)
    return None
