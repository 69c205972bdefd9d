"""A body is read as it came, whatever its framing promised, and never beyond its limit."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.gateway.body import UnreadableError, read_body


def environ(raw: bytes, **fields: Any) -> dict[str, Any]:
    return {"wsgi.input": io.BytesIO(raw), **fields}


def test_content_length_says_where_it_ends() -> None:
    body = read_body(environ(b'{"a": 1}trailing', CONTENT_LENGTH="8"), limit=100)
    assert (body.raw, body.size, body.cut) == (b'{"a": 1}', 8, False)


def test_chunked_ends_with_the_stream() -> None:
    body = read_body(environ(b"abc", HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input_terminated": True}), limit=100)
    assert (body.raw, body.size, body.cut) == (b"abc", 3, False)


def test_chunked_outranks_a_length() -> None:
    fields = {"HTTP_TRANSFER_ENCODING": "Chunked", "CONTENT_LENGTH": "1", "wsgi.input_terminated": True}
    assert read_body(environ(b"abc", **fields), limit=100).raw == b"abc"


def test_no_length_means_no_body() -> None:
    assert read_body(environ(b"not for us"), limit=100).raw == b""


def test_a_length_beyond_what_comes_marks_it_as_cut() -> None:
    body = read_body(environ(b"abc", CONTENT_LENGTH="10"), limit=100)
    assert (body.raw, body.size, body.cut) == (b"abc", 3, True)


@pytest.mark.parametrize("error", [TimeoutError("timed out"), ConnectionResetError(), ValueError("bad chunk")])
def test_a_silent_or_broken_client_is_cut(error: Exception) -> None:
    class Breaks(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            chunk = super().read(min(3, size or 0))
            if not chunk:
                raise error
            return chunk

    body = read_body({"wsgi.input": Breaks(b"abcdef"), "CONTENT_LENGTH": "10"}, limit=100)
    assert (body.raw, body.size, body.cut) == (b"abcdef", 6, True)


@pytest.mark.parametrize(("size", "kept"), [(99, 99), (100, 100), (101, 101), (5000, 101)])
def test_one_byte_more_than_the_limit_is_kept_and_the_size_is_told(size: int, kept: int) -> None:
    body = read_body(environ(b"x" * size, CONTENT_LENGTH=str(size)), limit=100)
    assert (len(body.raw), body.size, body.cut) == (kept, size, False)


def test_an_endless_body_is_left_alone_after_a_while() -> None:
    read = 0

    class Endless(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            nonlocal read
            read += size or 0
            return b"x" * (size or 0)

    fields = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "wsgi.input": Endless()}
    body = read_body(fields, limit=100)
    assert len(body.raw) == 101
    assert body.size > 100
    assert read < 5_000_000


def test_a_huge_announcement_is_believed_without_waiting_for_it() -> None:
    body = read_body(environ(b"x" * 5_000_000, CONTENT_LENGTH=str(10**12)), limit=100)
    assert (len(body.raw), body.size, body.cut) == (101, 10**12, False)


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "ten", "1,2", "٣", "+5", " "])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    with pytest.raises(UnreadableError, match="Content-Length"):
        read_body(environ(b"abc", CONTENT_LENGTH=length), limit=100)


@given(raw=st.binary(max_size=300), announced=st.integers(min_value=0, max_value=400), step=st.integers(1, 50))
def test_any_body_in_any_pieces(raw: bytes, announced: int, step: int) -> None:
    body = read_body({"wsgi.input": pieces(raw, step), "CONTENT_LENGTH": str(announced)}, limit=100)
    assert body.raw == raw[: min(announced, 101)]
    assert body.cut == (announced > len(raw))


def pieces(raw: bytes, step: int) -> Any:
    source = io.BytesIO(raw)

    class Slow:
        read: Callable[[int], bytes] = staticmethod(lambda size: source.read(min(step, size)))

    return Slow()
