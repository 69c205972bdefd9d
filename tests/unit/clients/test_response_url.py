"""ResponseURLs: what is sent, to whom, and what each answer means."""

import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from patience import PATIENCE, until
from pytest_httpserver import HTTPServer
from werkzeug import Response

from customresource_bridge.clients import response_url
from customresource_bridge.clients.response_url import PutOutcome, ResponseURLs, judge, patience_at
from customresource_bridge.clients.url_fence import Base
from customresource_bridge.protocol import Secret


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, PutOutcome.ACCEPTED),
        (204, PutOutcome.ACCEPTED),
        (301, PutOutcome.RETRY),
        (307, PutOutcome.RETRY),
        (400, PutOutcome.REFUSED),
        (403, PutOutcome.REFUSED),
        (404, PutOutcome.REFUSED),
        (413, PutOutcome.REFUSED),
        (408, PutOutcome.RETRY),
        (429, PutOutcome.RETRY),
        (500, PutOutcome.RETRY),
        (502, PutOutcome.RETRY),
        (503, PutOutcome.RETRY),
    ],
)
def test_only_a_2xx_is_accepted(status: int, meaning: PutOutcome) -> None:
    assert judge(status) is meaning


@pytest.fixture
def urls(httpserver: HTTPServer) -> Iterator[ResponseURLs]:
    return ResponseURLs([Base.parse(httpserver.url_for("/"))], timeout=2)


def test_the_url_arrives_as_it_was_written(httpserver: HTTPServer, urls: ResponseURLs) -> None:
    seen: list[str] = []

    def take(request: object) -> Response:
        seen.append(request.environ["RAW_URI"])  # type: ignore[attr-defined]
        return Response("ok")

    httpserver.expect_request("/a:b~c").respond_with_handler(take)
    path = "/a%3Ab%7Ec?Signature=a%2Bb%3D&x='()*"
    assert urls.put(Secret(httpserver.url_for("").rstrip("/") + path), b"{}")[0] is PutOutcome.ACCEPTED
    assert seen == [path]


def test_a_redirect_is_not_followed(httpserver: HTTPServer, urls: ResponseURLs) -> None:
    httpserver.expect_request("/a").respond_with_response(Response(status=307, headers={"Location": "/b"}))
    assert urls.put(Secret(httpserver.url_for("/a")), b"{}")[0] is PutOutcome.RETRY
    assert [request.path for request, _ in httpserver.log] == ["/a"]


def test_proxies_and_netrc_of_the_environment_are_not_used(
    httpserver: HTTPServer, urls: ResponseURLs, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    httpserver.expect_request("/a").respond_with_data("ok")
    assert urls.put(Secret(httpserver.url_for("/a")), b"{}")[0] is PutOutcome.ACCEPTED


def test_a_name_that_leads_to_this_host_gets_not_a_byte(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *rest, **more: real("127.0.0.1", *rest, **more))
    url = f"http://heat.example:{httpserver.port}/a"
    delivery, why = ResponseURLs([Base.parse(url)], timeout=2).put(Secret(url), b"{}")
    assert delivery is PutOutcome.REFUSED
    assert "address" in why
    assert not httpserver.log


@pytest.fixture
def private(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Yield a URL whose certificate is of an own CA, and that CA's file."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with HTTPServer(ssl_context=context) as server:
        server.expect_request("/a").respond_with_data("ok")
        yield server.url_for("/a"), str(tmp_path / "ca.pem")


@pytest.mark.parametrize("variable", [None, "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_private_ca_is_trusted_by_option_or_by_what_every_openstack_client_obeys(
    variable: str | None, private: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, ca_file = private
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    stranger = ResponseURLs([Base.parse(url)], timeout=2)
    assert stranger.put(Secret(url), b"{}") == (PutOutcome.RETRY, "its certificate is not trusted")
    if variable:
        monkeypatch.setenv(variable, ca_file)
    trusting = ResponseURLs([Base.parse(url)], timeout=2, ca_file=None if variable else ca_file)
    assert trusting.put(Secret(url), b"{}")[0] is PutOutcome.ACCEPTED


def test_nobody_there_is_tried_again_and_the_reason_holds_nothing_of_the_url() -> None:
    url = "http://127.0.0.1:9/v1/token-of-mine?Signature=secret"
    delivery, why = ResponseURLs([Base.parse("http://127.0.0.1:9/v1")], timeout=2).put(Secret(url), b"{}")
    assert delivery is PutOutcome.RETRY
    assert "token" not in why
    assert "secret" not in why
    assert "127.0.0.1" not in why


def test_a_repeated_put_may_take_longer_up_to_a_limit() -> None:
    assert [patience_at(attempt, first=20.0) for attempt in (0, 1, 2, 3, 50)] == [20.0, 40.0, 80.0, 120.0, 120.0]
    assert patience_at(3, first=300.0) == 300.0


def test_a_put_that_is_not_answered_in_time_is_told_from_one_that_found_nobody(httpserver: HTTPServer) -> None:
    answered = threading.Event()

    def slowly(_request: object) -> Response:
        answered.wait(10)
        return Response()

    httpserver.expect_request("/w").respond_with_handler(slowly)
    url = httpserver.url_for("/w")
    urls = ResponseURLs([Base.parse(url), Base.parse("http://127.0.0.1:9/w")], timeout=0.2)
    assert urls.put(Secret(url), b"{}")[0] is PutOutcome.SLOW
    assert urls.put(Secret("http://127.0.0.1:9/w"), b"{}")[0] is PutOutcome.RETRY
    answered.set()


def test_no_more_than_so_many_are_sent_at_a_time_and_in_their_order(httpserver: HTTPServer) -> None:
    came, begun, go_on = list[str](), threading.Semaphore(0), threading.Event()

    def take(request: Any) -> Response:
        came.append(request.path)
        begun.release()
        go_on.wait(PATIENCE)
        return Response("ok")

    for number in range(4):
        httpserver.expect_request(f"/{number}").respond_with_handler(take)
    shared = ResponseURLs((), timeout=PATIENCE, connections=1, bounded=True)
    base = Base.parse(httpserver.url_for("/"))
    with ThreadPoolExecutor(4) as threads:
        sent = [threads.submit(shared.under([base]).put, Secret(httpserver.url_for("/0")), b"{}")]
        assert begun.acquire(timeout=PATIENCE)
        assert shared._turns is not None
        (turns,) = shared._turns.known.values()
        for number in range(1, 4):
            sent.append(threads.submit(shared.under([base]).put, Secret(httpserver.url_for(f"/{number}")), b"{}"))
            until(lambda number=number: turns.waiting == number)  # type: ignore[misc]
        assert came == ["/0"]
        go_on.set()
    assert [each.result()[0] for each in sent] == [PutOutcome.ACCEPTED] * 4
    assert came == ["/0", "/1", "/2", "/3"]


def test_one_that_gets_no_turn_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(response_url, "_LONGEST_PATIENCE", 0.0)
    shared = ResponseURLs([Base.parse("https://cfn.test/")], timeout=0.01, connections=1, bounded=True)
    url = Secret("https://cfn.test/a")
    with shared._turn(url):
        assert shared.put(url, b"{}") == (
            PutOutcome.RETRY,
            "as many responses as may be sent at a time are under way",
        )


def test_connections_are_shared_and_the_allowed_bases_are_not() -> None:
    with kept_connections() as server:
        shared = ResponseURLs((), timeout=PATIENCE)
        here, there = (shared.under([Base.parse(server.url)]) for _ in range(2))
        elsewhere = shared.under([Base.parse("https://cfn.test/")])
        url = Secret(f"{server.url}/a")
        outcomes = [urls.put(url, b"{}")[0] for urls in (here, there, elsewhere, shared)]
    assert outcomes == [PutOutcome.ACCEPTED, PutOutcome.ACCEPTED, PutOutcome.REFUSED, PutOutcome.REFUSED]
    assert server.opened == 1


@dataclass
class Kept:
    """A server that keeps its connections, and counts them."""

    url: str = ""
    opened: int = 0


@contextmanager
def kept_connections() -> Iterator[Kept]:
    kept = Kept()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            kept.opened += 1
            super().setup()

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield kept
        finally:
            server.shutdown()
