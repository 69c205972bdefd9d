"""What the gateway's own server adds to cheroot's connections; whole conversations are in the functional tests."""

import io
import time

import pytest

from customresource_bridge.gateway.body import TooMuchError
from customresource_bridge.gateway.connection import ChunkSizes, Headers, _Limited


@pytest.mark.parametrize("line", [b"5\r\n", b"0\r\n", b"1aF;name=value\r\n", b"5 \r\n", b"5\n"])
def test_a_chunk_s_size_is_a_number(line: bytes) -> None:
    source = ChunkSizes(io.BytesIO(line + b"abcde"))
    assert source.readline() == line
    assert source.read(5) == b"abcde"


@pytest.mark.parametrize(
    "line", [b"-5\r\n", b"+5\r\n", b"0x5\r\n", b"5_0\r\n", b" 5\r\n", b"zz\r\n", b"\r\n", b"5", b"f" * 17]
)
def test_what_is_no_size_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match="no number"):
        ChunkSizes(io.BytesIO(line)).readline()


def test_expect_is_read_in_whatever_letters() -> None:
    assert Headers()(io.BytesIO(b"Expect: 100-Continue\r\nX: Y\r\n\r\n")) == {b"Expect": b"100-continue", b"X": b"Y"}


class Socket:
    def recv_into(self, buffer: bytearray) -> int:
        return len(buffer)


def test_a_request_is_read_for_so_long_and_so_much() -> None:
    limited = _Limited(Socket())
    limited.left = 10
    assert limited.recv_into(bytearray(10)) == 10
    with pytest.raises(TooMuchError):
        limited.recv_into(bytearray(1))
    limited.until = time.monotonic() - 1
    with pytest.raises(TimeoutError):
        limited.recv_into(bytearray(1))
