"""ResponseURLs: what is sent, to whom, and what each answer means."""

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from pytest_httpserver import HTTPServer
from werkzeug import Response

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
