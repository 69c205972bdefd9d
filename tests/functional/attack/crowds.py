"""Crowds of clients that take and never give: silent, slow, deaf. Each of their members comes again when it is hung up
on, as one who means it would.
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from urllib.parse import urlsplit

_PAUSE = 0.5
"""Seconds between two bytes of one that is slow, and before one comes again."""

Sock = socket.socket
Member = Callable[[Sock, bytes], Awaitable[None]]
_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(502)


async def _silent(sock: Sock, _path: bytes) -> None:
    await _until_hung_up_on(sock)


async def _half_hello(sock: Sock, _path: bytes) -> None:
    await _send(sock, _HELLO[:3])
    await _until_hung_up_on(sock)


async def _slow_hello(sock: Sock, _path: bytes) -> None:
    await _drip(sock, _HELLO)


async def _slow_head(sock: Sock, _path: bytes) -> None:
    await _drip(sock, b"PUT /v1/responses/" + b"x" * 100_000)


async def _slow_lines(sock: Sock, _path: bytes) -> None:
    await _send(sock, b"PUT /v1/responses/forged HTTP/1.1\r\nHost: gateway\r\n")
    await _drip(sock, b"X: y\r\n" * 10_000)


async def _idle(sock: Sock, _path: bytes) -> None:
    await _send(sock, b"GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n")
    await _until_hung_up_on(sock)


async def _half_body(sock: Sock, path: bytes) -> None:
    await _send(sock, _head(path))
    await _until_hung_up_on(sock)


async def _slow_body(sock: Sock, path: bytes) -> None:
    await _send(sock, _head(path))
    await _drip(sock, b"x" * 100_000)


async def _slow_body_of_a_forged_url(sock: Sock, _path: bytes) -> None:
    await _slow_body(sock, b"/v1/responses/forged")


async def _deaf(sock: Sock, _path: bytes) -> None:
    while True:
        await _send(sock, b"GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n" * 2)
        await asyncio.sleep(_PAUSE)


KINDS: dict[str, Member] = {
    "silent": _silent,
    "half a TLS hello": _half_hello,
    "a TLS hello, byte by byte": _slow_hello,
    "a path, byte by byte": _slow_head,
    "header lines, byte by byte": _slow_lines,
    "idle after a request": _idle,
    "silent within the body, genuine URL": _half_body,
    "a body, byte by byte, genuine URL": _slow_body,
    "a body, byte by byte, forged URL": _slow_body_of_a_forged_url,
    "deaf: asks and does not read": _deaf,
}


def _head(path: bytes) -> bytes:
    return b"PUT " + path + b" HTTP/1.1\r\nHost: gateway\r\nContent-Length: 100000\r\n\r\n"


async def _send(sock: Sock, raw: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(sock, raw)


async def _drip(sock: Sock, raw: bytes) -> None:
    for place in range(len(raw)):
        await _send(sock, raw[place : place + 1])
        await asyncio.sleep(_PAUSE)


async def _until_hung_up_on(sock: Sock) -> None:
    while await asyncio.get_running_loop().sock_recv(sock, 65536):
        pass


@contextmanager
def crowd(kind: str, base: str, path: str, *, size: int, sources: Sequence[str]) -> Iterator[None]:
    """Have ``size`` clients of a kind, from ``sources`` in turn, until the block ends."""
    loop = asyncio.new_event_loop()
    split = urlsplit(base)
    address = (split.hostname or "", split.port or 0)
    members = [
        _come_again(KINDS[kind], address, sources[number % len(sources)], path.encode()) for number in range(size)
    ]
    everybody = asyncio.gather(*(loop.create_task(member) for member in members), return_exceptions=True)

    def run() -> None:
        asyncio.set_event_loop(loop)
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(everybody)

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(everybody.cancel)
        thread.join()
        loop.close()


async def _come_again(member: Member, address: tuple[str, int], source: str, path: bytes) -> None:
    while True:
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.bind((source, 0))
            await asyncio.get_running_loop().sock_connect(sock, address)
            await member(sock, path)
        await asyncio.sleep(_PAUSE)
