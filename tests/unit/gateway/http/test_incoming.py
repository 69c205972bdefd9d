from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.gateway.body import DRAIN, Body
from customresource_bridge.gateway.http.incoming import IncomingBody


def test_a_length_says_where_it_ends_and_the_rest_is_given_back() -> None:
    body = IncomingBody(5, limit=10)
    assert body.feed(b"abc") == b""
    assert not body.over
    assert body.feed(b"deGET /") == b"GET /"
    assert body.over
    assert body.has_known_end
    assert body.body() == Body(raw=b"abcde", size=5)


def test_what_ends_before_its_end_is_cut() -> None:
    body = IncomingBody(5, limit=10)
    body.feed(b"abc")
    assert body.body() == Body(raw=b"abc", size=3, cut=True)
    chunks = IncomingBody(None, limit=10)
    chunks.feed(b"5\r\nabc")
    assert chunks.body() == Body(raw=b"abc", size=3, cut=True)


def test_chunks_end_with_the_last_and_nothing_behind_it_counts() -> None:
    body = IncomingBody(None, limit=10)
    body.feed(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: u\r\n\r\nPUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nX")
    assert body.over
    assert not body.has_known_end
    assert body.body() == Body(raw=b"abcde", size=5)


@pytest.mark.parametrize(
    "raw",
    [
        b"-5\r\nabcde\r\n0\r\n\r\n",
        b"0x3\r\nabc",
        b"3\nabc",
        b"3\r\nabcX",
        b"zz\r\n",
        b"3;\x00\r\nabc",
        b" 3\r\nabc",
        b"\r\n",
    ],
)
def test_a_chunk_that_is_none_breaks_it(raw: bytes) -> None:
    body = IncomingBody(None, limit=10)
    body.feed(raw)
    assert body.over
    assert not body.has_known_end
    assert "chunk" in body.body().broken


def test_one_byte_more_than_is_wanted_is_kept() -> None:
    body = IncomingBody(50, limit=10)
    body.feed(b"x" * 50)
    assert body.body() == Body(raw=b"x" * 11, size=50)


def test_far_more_than_is_wanted_is_not_waited_for() -> None:
    for body, announced in ((IncomingBody(10**12, limit=10), 10**12), (IncomingBody(None, limit=10), 10 + DRAIN)):
        body.feed(f"{10**12:x}\r\n".encode() if announced != 10**12 else b"")
        for _ in range(DRAIN // 2**20 + 1):
            body.feed(b"x" * 2**20)
        assert body.over
        assert not body.has_known_end
        found = body.body()
        assert (len(found.raw), found.cut, found.size >= announced) == (11, False, True)


def test_chunks_of_one_byte_are_not_read_for_ever() -> None:
    body = IncomingBody(None, limit=4 * DRAIN)
    for _ in range(90):
        body.feed(b"1\r\nx\r\n" * 16_384)
    assert body.over


@given(raw=st.binary(max_size=60), cuts=st.lists(st.integers(0, 100), max_size=5), length=st.integers(0, 70))
def test_it_does_not_matter_in_which_pieces_it_comes(raw: bytes, cuts: list[int], length: int) -> None:
    at_once, pieces = IncomingBody(length, limit=30), IncomingBody(length, limit=30)
    behind = at_once.feed(raw)
    places = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    assert b"".join(pieces.feed(raw[start:end]) for start, end in pairwise(places)) == behind
    assert pieces.body() == at_once.body()
