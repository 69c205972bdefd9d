"""Heads that are read, and heads that are refused; more of both, as whole conversations, in the attack."""

import time
from http import HTTPStatus

import pytest
from functional.attack.cases import REFUSED, TAKEN, Case
from functional.attack.wire import filled
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.gateway.http.head import MAX_HEAD, FramingError, RequestHead, read_head

PATH = b"/v1/responses/token"
ABOUT_CHUNKS = ("chunk:",)


def raw_of(case: Case) -> bytes:
    return filled(case.raw, PATH, case.name)


@pytest.mark.parametrize("case", TAKEN, ids=lambda case: case.name)
def test_what_http_allows_is_read(case: Case) -> None:
    raw = raw_of(case)
    found = read_head(raw)
    assert found is not None
    head, size = found
    assert head.path in {"/v1/responses/token", "/healthz", "/v1/responses/forged"}
    assert raw[:size].endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "case", [case for case in REFUSED if not case.name.startswith("chunk:")], ids=lambda case: case.name
)
def test_what_can_be_read_in_two_ways_is_refused(case: Case) -> None:
    with pytest.raises(FramingError):
        read_head(raw_of(case))


def test_what_a_head_says_is_taken_over() -> None:
    first, expect = b"POST http://gateway//a%20b?x=%41 HTTP/1.1\r\nHost: a\r\n", b"Expect: 100-Continue\r\n"
    raw = first + expect + b"Content-Length: 7\r\n\r\n1234567"
    found = read_head(raw)
    assert found == (RequestHead(method="POST", path="//a b", length=7, expects=True), len(raw) - 7)
    chunks = read_head(b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
    assert chunks is not None
    assert (chunks[0].length, chunks[0].keep) == (None, False)
    last = read_head(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert last is not None
    assert not last[0].keep
    old = read_head(b"GET http://gateway HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert old is not None
    assert (old[0].path, old[0].keep) == ("/", False)


def test_a_head_that_is_not_whole_is_waited_for() -> None:
    raw = b"\r\nPUT /v1/responses/token HTTP/1.1\r\nHost: a\r\n\r\n"
    for size in range(len(raw)):
        assert read_head(raw[:size], seen=max(0, size - 1)) is None
    assert read_head(raw, seen=len(raw) - 1) is not None


@pytest.mark.parametrize(
    "raw", [b"\x16\x03\x01", b"PUT / HTTP/1.1\nHost", b" ", b"\n", b"GET / HTTP/1.1\r\nA: \x00", b"(" * 3]
)
def test_what_cannot_become_one_is_refused_before_its_end(raw: bytes) -> None:
    with pytest.raises(FramingError):
        read_head(raw)


def test_too_much_is_431() -> None:
    for raw in (b"PUT /" + b"x" * MAX_HEAD, b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 300 + b"\r\n"):
        with pytest.raises(FramingError) as refused:
            read_head(raw)
        assert refused.value.status is HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE


def test_a_head_that_comes_byte_by_byte_costs_little() -> None:
    raw = bytearray(b"GET /" + b"x" * 60_000)
    began = time.process_time()
    for size in range(50_000, 60_000):
        read_head(raw[:size], seen=size - 1)
    assert time.process_time() - began < 5


@given(raw=st.binary(max_size=200))
def test_no_bytes_at_all_break_it(raw: bytes) -> None:
    for sent in (
        raw,
        b"GET / HTTP/1.1\r\nHost: a\r\n" + raw + b"\r\n\r\n",
        b"PUT " + raw + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    ):
        try:
            found = read_head(sent)
        except FramingError:
            continue
        assert found is None or found[0].path.startswith(("/",))


@given(raw=st.binary(max_size=80), size=st.integers(0, 120))
def test_it_does_not_matter_in_how_many_pieces_it_comes(raw: bytes, size: int) -> None:
    sent = b"GET / HTTP/1.1\r\nHost: a\r\nX: " + raw + b"\r\n\r\n"

    def outcome(seen: int) -> object:
        try:
            return read_head(sent, seen=seen)
        except FramingError:
            return "refused"

    try:
        first = read_head(sent[:size])
    except FramingError:
        assert outcome(0) == "refused"
        return
    if first is None:
        assert outcome(min(size, len(sent))) == outcome(0)
