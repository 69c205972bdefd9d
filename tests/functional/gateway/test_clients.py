"""Clients that no library of ours resembles: unusual ones get their answer, rude ones get nothing of anybody else's."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from functional.gateway.running import Running

from customresource_bridge.gateway.http.application import WSGIApplication
from customresource_bridge.gateway.http.server import Listen, make_server

GOOD = json.dumps({"Status": "SUCCESS"}).encode()
SERVERS = ["own", "own-tls", "gunicorn", "uwsgi"]


@pytest.fixture(params=SERVERS)
def gateway(request: pytest.FixtureRequest, start: Callable[..., Running]) -> Running:
    return start(request.param)


def test_what_http_allows_is_taken(gateway: Running) -> None:
    url = gateway.url()
    path = urlsplit(url).path
    escaped = path.replace("A", "%41").replace("-", "%2d").replace("_", "%5F")
    length, close = f"Content-Length: {len(GOOD)}\r\n", "Connection: close\r\n\r\n"
    for head in (
        f"PUT {url} HTTP/1.1\r\nHost: gateway\r\n{length}{close}",  # the whole URL, as through a proxy
        f"PUT {path} HTTP/1.0\r\n{length}\r\n",
        f"PUT {path} HTTP/1.1\r\nhost: gateway\r\n{length.lower()}{close.lower()}",
        f"PUT {escaped} HTTP/1.1\r\nHost: gateway\r\n{length}{close}",
        f"PUT {path}?x=1 HTTP/1.1\r\nHost: elsewhere\r\nContent-Encoding: identity\r\n{length}{close}",
        f"PUT /{path} HTTP/1.1\r\nHost: gateway\r\n{length}{close}",
        f"PUT {path}%20 HTTP/1.1\r\nHost: gateway\r\n{length}{close}",
        f"PUT {path}%0A HTTP/1.1\r\nHost: gateway\r\n{length}{close}",
        f"POST {path} HTTP/1.1\r\nHost: gateway\r\n{length}{close}",
    ):
        assert talk(gateway, head.encode() + GOOD).split()[1] == "200", head.split()[2:]
    assert len(gateway.heat.taken()) == 9


@pytest.mark.parametrize("server", ["own", "own-tls", "gunicorn"])
def test_who_asks_whether_to_go_on_is_told_so(start: Callable[..., Running], server: str) -> None:
    gateway = start(server)
    path = urlsplit(gateway.url()).path
    head = f"PUT {path} HTTP/1.1\r\nHost: gateway\r\nExpect: 100-Continue\r\nContent-Length: {len(GOOD)}\r\n"
    with connected(gateway) as client:
        client.sendall(f"{head}Connection: close\r\n\r\n".encode())
        assert client.recv(4096).startswith(b"HTTP/1.1 100 ")
        client.sendall(GOOD)
        assert received(client).split()[1] == "200"


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"5\r\nabcdeXX\r\n", b"-5\r\n", b"0x13\r\n" + GOOD, b"+13\r\n" + GOOD])
@pytest.mark.parametrize("server", ["own", "gunicorn"])  # uWSGI hangs up
def test_a_chunk_that_is_none_is_4xx(start: Callable[..., Running], server: str, chunk: bytes) -> None:
    gateway = start(server)
    path = urlsplit(gateway.url()).path
    head = f"PUT {path} HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert talk(gateway, head.encode() + chunk, hang_up=True).split()[1] == "400"
    assert gateway.heat.taken() == []


def test_a_body_that_nobody_read_is_no_request(gateway: Running) -> None:
    inner = b"GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n"
    head = b"PUT /v1/responses/forged HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n"
    # The size takes the place of a request's first line, so that the next lines would be a whole request.
    answer = talk(gateway, head + b"\r\n" + inner + inner)
    assert answer.split()[1] in {"400", "403"}
    assert "OK" not in answer
    answer = talk(gateway, head + f"{len(inner):x}\r\n".encode() + inner + b"\r\n0\r\n\r\n")
    assert answer.split()[1] == "403"
    assert "OK" not in answer


@pytest.mark.parametrize("server", ["own", "own-tls"])
def test_nobody_fills_the_memory(start: Callable[..., Running], server: str) -> None:
    gateway = start(server)
    path = urlsplit(gateway.url()).path
    before = resident(gateway)
    for head in (
        b"PUT /" + b"x" * 50_000_000,
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 50_000_000,
        b"PUT /v1/responses/forged HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n" + b"x" * 50_000_000,
        f"PUT {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{50_000_000:x}\r\n".encode()
        + b"x" * 50_000_000,
    ):
        with connected(gateway) as client:
            flood(client, head)
        assert resident(gateway) - before < 40_000, head[:40]
    assert gateway.put(GOOD).status == 200
    (refused, _) = (json.loads(line) for line in gateway.heat.taken())
    assert "the limit is 262144 bytes" in refused["Reason"]


def test_silent_clients_take_no_thread() -> None:
    with serving(Listen(threads=2, timeout=3)) as address:
        silent = [socket.create_connection(address) for _ in range(20)]
        began = time.monotonic()
        assert ask(address).startswith("HTTP/1.1 200 ")
        assert time.monotonic() - began < 3  # before any of the silent was hung up on
        for client in silent:
            client.settimeout(10)
            assert client.recv(1) == b""  # it was hung up on
            client.close()


@pytest.mark.parametrize("head", [b"PUT /", b"PUT / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n"])
def test_a_client_that_is_slow_for_ever_is_hung_up_on(head: bytes) -> None:
    with serving(Listen(threads=1, timeout=2, patience=1)) as address, socket.create_connection(address) as slow:
        slow.sendall(head)
        assert 1 < trickle(slow) < 5
        assert ask(address).startswith("HTTP/1.1 200 ")


def trickle(client: socket.socket, seconds: float = 20) -> float:
    """Send a byte now and then until hung up on; return how long it was borne."""
    began = time.monotonic()
    try:
        while time.monotonic() - began < seconds:
            client.sendall(b"x")
            time.sleep(0.1)
    except OSError:
        pass  # reset or broken pipe, as it comes
    return time.monotonic() - began


@contextmanager
def serving(listen: Listen) -> Iterator[tuple[str, int]]:
    """Run the gateway's own server in front of an application that is content with everything."""

    def application(_environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        start("200 OK", [])
        return [b""]

    server = make_server(WSGIApplication(application), listen)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server.address
    finally:
        server.stop()
        thread.join()


def ask(address: tuple[str, int]) -> str:
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n")
        return received(client)


@contextmanager
def connected(gateway: Running) -> Iterator[Any]:
    split = urlsplit(gateway.base)
    client: Any = socket.create_connection((split.hostname or "", split.port or 0), timeout=5)
    if split.scheme == "https":
        context = ssl.create_default_context(cafile=gateway.pool.connection_pool_kw["ca_certs"])
        client = context.wrap_socket(client, server_hostname="127.0.0.1")
    with client:
        yield client


def talk(gateway: Running, raw: bytes, *, hang_up: bool = False) -> str:
    with connected(gateway) as client:
        client.sendall(raw)
        if hang_up and not isinstance(client, ssl.SSLSocket):
            client.shutdown(socket.SHUT_WR)
        return received(client)


def received(client: Any) -> str:
    parts = []
    try:
        while part := client.recv(4096):
            parts.append(part)
    except OSError:
        pass  # reset after the answer, or kept alive: what came is what counts
    return b"".join(parts).decode("latin-1")


def flood(client: Any, raw: bytes) -> None:
    try:
        client.sendall(raw)
        received(client)
    except OSError:
        pass  # hung up on, as it should be


def resident(gateway: Running) -> int:
    """Return the memory that the gateway's process has had at most, in KiB."""
    with open(f"/proc/{gateway.process.pid}/status") as status:  # noqa: PTH123
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
