"""Reads a response's raw bytes out of a WSGI request, whatever its headers promise.

It does not look at Content-Type: handlers send any. A length may be missing (chunked), too
small (the rest is never read) or too large (what came is given back, marked as cut).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_CHUNK = 64 * 1024
DRAIN = 4 * 1024 * 1024
"""How much beyond the limit is still taken, in bytes: a client that is writing does not read our refusal."""


class UnreadableError(Exception):
    """The request's framing makes no sense; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What arrived.

    :ivar raw: the bytes, at most one more than the limit.
    :ivar size: how many there were, or were announced.
    :ivar cut: whether the client broke off, or fell silent, before all of it had come.
    :ivar broken: why its framing makes no sense; empty where it does.
    """

    raw: bytes = field(repr=False)
    size: int
    cut: bool = False
    broken: str = ""


def read_body(environ: Mapping[str, Any], *, limit: int) -> Body:
    """Return the request's body, without keeping more than ``limit`` bytes and one.

    :raises UnreadableError: Content-Length is not a number.
    """
    announced = _content_length(environ)
    if announced is None and not _chunked(environ):
        return Body(raw=b"", size=0)
    read = _reader(environ, announced)
    kept, size, cut = bytearray(), 0, False
    wanted = limit + DRAIN if announced is None else min(announced, limit + DRAIN)
    while size < wanted:
        try:
            chunk = read(min(_CHUNK, wanted - size))
        except Exception:
            cut = True
            break
        if not chunk:
            break
        size += len(chunk)
        kept += chunk[: max(0, limit + 1 - len(kept))]
    cut = cut or (announced is not None and size < wanted)
    return Body(raw=bytes(kept), size=max(size, announced or 0) if not cut else size, cut=cut)


def _content_length(environ: Mapping[str, Any]) -> int | None:
    text = environ.get("CONTENT_LENGTH") or ""
    if not text or _chunked(environ):  # chunked outranks a length (RFC 9112, 6.3)
        return None
    if not (text.isascii() and text.isdigit()):
        raise UnreadableError("Content-Length is not a number")
    return int(text[:20])


def _chunked(environ: Mapping[str, Any]) -> bool:
    encoding = str(environ.get("HTTP_TRANSFER_ENCODING", ""))
    return "chunked" in encoding.lower() or (
        bool(environ.get("wsgi.input_terminated")) and not environ.get("CONTENT_LENGTH")
    )


def _reader(environ: Mapping[str, Any], announced: int | None) -> Callable[[int], bytes]:
    if announced is None and not environ.get("wsgi.input_terminated") and "uwsgi.version" in environ:
        # Exists inside uWSGI only, whose wsgi.input does not know chunks.
        import uwsgi  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415

        return lambda _size: bytes(uwsgi.chunked_read())
    read: Callable[[int], bytes] = environ["wsgi.input"].read
    return read
