"""The gateway under each server that the documentation names, over real sockets: what reaches Heat, what is logged."""

import json
import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from functional.gateway.running import Running, command, free_port

from customresource_bridge.compat import UTC

GOOD = json.dumps({"Status": "SUCCESS", "Data": {"Grüße": "ß" * 100}}, ensure_ascii=False).encode()
SERVERS = ["own", "own-tls", "gunicorn", "uwsgi"]


@pytest.fixture(params=SERVERS)
def gateway(request: pytest.FixtureRequest, start: Callable[..., Running]) -> Running:
    return start(request.param)


def test_what_handlers_send_reaches_heat(gateway: Running) -> None:
    for headers in ({"Content-Type": ""}, {"Content-Type": "application/x-www-form-urlencoded"}, {}):
        answer = gateway.put(GOOD, **headers)
        assert (answer.status, answer.data) == (200, b"OK\n")
    chunked = gateway.pool.request("PUT", gateway.url(), body=pieces(GOOD), chunked=True, retries=False)
    assert chunked.status == 200
    taken = [json.loads(line) for line in gateway.heat.taken()]
    assert [body["RequestId"] for body in taken] == ["request-1"] * 4
    assert all(body["Data"] == {"Grüße": "ß" * 100} for body in taken)


def test_what_is_broken_fails_the_resource_and_is_refused(gateway: Running) -> None:
    short = len(GOOD.decode())  # what a library sends that counts characters, not bytes
    large = json.dumps({"Status": "SUCCESS", "PhysicalResourceId": "vm-1", "Data": {"x": "y" * 300_000}}).encode()
    bodies = ((GOOD, short, 400), (b"", 0, 400), (b"x" * 300_000, 300_000, 413), (large, len(large), 413))
    for raw, length, status in bodies:
        answer = raw_put(gateway, raw, length)
        assert answer.startswith(f"HTTP/1.1 {status} "), (raw[:20], length)
    taken = [json.loads(line) for line in gateway.heat.taken()]
    reasons = [body["Reason"] for body in taken]
    assert "not valid JSON" in reasons[0]
    assert "no body" in reasons[1]
    assert "300000 bytes" in reasons[2]
    assert f"{len(large)} bytes" in reasons[3]
    assert [body.get("PhysicalResourceId") for body in taken] == [None, None, None, "vm-1"]
    assert {body["Status"] for body in taken} == {"FAILED"}


def test_a_body_without_end_is_not_waited_for(gateway: Running) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b"x" * 100_000

    try:
        answer = gateway.pool.request("PUT", gateway.url(), body=endless(), chunked=True, retries=False)
        assert answer.status == 413
    except urllib3.exceptions.HTTPError:
        pass  # the server hung up while we were still sending, which is its right
    until(lambda: len(gateway.heat.taken()) == 1)
    assert "the limit is 262144 bytes" in json.loads(gateway.heat.taken()[0])["Reason"]


@pytest.mark.parametrize("how", ["503", "500", "302", "hang", "drop"])
def test_trouble_of_heat_s_is_503_with_retry_after(start: Callable[..., Running], how: str) -> None:
    answer = start("own").put(GOOD, how)
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_no_log_of_any_server_holds_a_token(gateway: Running) -> None:
    url = gateway.url()
    token = url.rsplit("/", 1)[-1]
    for body in (GOOD, b"broken"):
        gateway.pool.request("PUT", url, body=body, retries=False)
    gateway.pool.request("GET", url, retries=False)
    gateway.pool.request("PUT", url + "x", body=GOOD, retries=False)
    split = urlsplit(url)
    for rude in (f"PUT {split.path}", f"PUT {split.path} HTTP/9.9\r\n\r\n", f"\x00{split.path}\r\n\r\n"):
        talk(gateway, rude.encode())
    gateway.process.terminate()
    gateway.process.wait(20)
    log = gateway.log.read_text()
    assert "request-1" in log
    for place in range(0, len(token) - 16, 8):
        assert token[place : place + 16] not in log
    assert "waitcondition" not in log


@pytest.mark.parametrize("server", ["own", "own-tls"])
def test_silent_clients_do_not_keep_others_waiting(start: Callable[..., Running], server: str) -> None:
    gateway = start(server)
    silent = [connect(gateway) for _ in range(4)]  # no request, and no TLS handshake
    half = [connect(gateway) for _ in range(2)]
    began = time.monotonic()
    assert gateway.put(GOOD).status == 200
    assert time.monotonic() - began < 2  # before any of the silent was hung up on
    for client in silent + half:
        client.close()


def test_a_client_that_falls_silent_within_its_body_is_refused_and_heat_hears_nothing(
    start: Callable[..., Running],
) -> None:
    gateway = start("own")
    answer = raw_put(gateway, b'{"Status": "SUCC', 500)
    assert answer.startswith("HTTP/1.1 400 ")
    assert gateway.heat.taken() == []


def test_a_whole_body_under_too_large_a_length_counts(start: Callable[..., Running]) -> None:
    gateway = start("own")
    assert raw_put(gateway, GOOD, len(GOOD) + 50, hang_up=True).startswith("HTTP/1.1 200 ")
    assert len(gateway.heat.taken()) == 1


def test_an_expired_url_is_403(start: Callable[..., Running]) -> None:
    gateway = start("own")
    url = gateway.url(deadline=datetime.now(UTC) - timedelta(days=2))
    assert gateway.pool.request("PUT", url, body=GOOD, retries=False).status == 403


def test_sigterm_lets_the_response_at_hand_finish(start: Callable[..., Running]) -> None:
    gateway = start("own")
    statuses: list[int] = []
    thread = threading.Thread(target=lambda: statuses.append(gateway.put(GOOD, "slow").status))
    thread.start()
    time.sleep(0.3)
    gateway.process.terminate()
    thread.join(10)
    assert statuses == [200]
    assert gateway.process.wait(10) == 0


def test_https_alone_is_spoken_where_a_certificate_is_given(start: Callable[..., Running]) -> None:
    gateway = start("own-tls")
    with pytest.raises(urllib3.exceptions.HTTPError):
        urllib3.PoolManager(timeout=60).request("GET", f"{gateway.base}/healthz", retries=False)
    assert gateway.pool.request("GET", f"{gateway.base}/healthz").data == b"OK\n"


def pieces(raw: bytes) -> Iterator[bytes]:
    for place in range(0, len(raw), 50):
        yield raw[place : place + 50]


def connect(gateway: Running) -> socket.socket:
    split = urlsplit(gateway.base)
    return socket.create_connection((split.hostname or "", split.port or 0), timeout=4)


def raw_put(gateway: Running, body: bytes, length: int, *, hang_up: bool = False) -> str:
    path = urlsplit(gateway.url()).path
    head = f"PUT {path} HTTP/1.1\r\nHost: gateway\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    return talk(gateway, head.encode() + body, hang_up=hang_up)


def talk(gateway: Running, raw: bytes, *, hang_up: bool = False) -> str:
    client: Any = connect(gateway)
    if gateway.base.startswith("https"):
        context = ssl.create_default_context(cafile=gateway.pool.connection_pool_kw["ca_certs"])
        client = context.wrap_socket(client, server_hostname="127.0.0.1")
    with client:
        client.sendall(raw)
        if hang_up:
            client.shutdown(socket.SHUT_WR)
        try:
            return bytes(client.recv(4096)).decode("latin-1")
        except OSError:
            return ""


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("server", ["own", "gunicorn", "uwsgi"])
def test_without_a_usable_configuration_no_server_comes_up(server: str, tmp_path: Path) -> None:
    config = tmp_path / "gateway.conf"
    config.write_text("[gateway]\ngateway_keys = garbage\n")
    environ = {**os.environ, "CUSTOMRESOURCE_BRIDGE_CONFIG": str(config)}
    done = subprocess.run(  # noqa: S603 - our own command
        command(server, free_port(), config), env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode != 0
    assert "gateway_keys" in done.stderr
    assert "garbage" not in done.stderr
