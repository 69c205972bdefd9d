"""ResponseURLs: what may be opened, what an address must not be, and what each answer means."""

import ipaddress
import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Response

from customresource_bridge.clients.response_url import (
    Base,
    PutOutcome,
    ResponseURLs,
    address_allowed,
    judge,
    patience_at,
)
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.protocol import Secret

BASE = "https://heat.example:8000/v1/waitcondition"
GOOD = f"{BASE}/arn%3Aopenstack%3Aheat?Signature=a%2Bb%3D&Timestamp=2030-01-01T00:00:00Z"


def allowed(url: str, *bases: str) -> bool:
    return ResponseURLs([Base.parse(base) for base in bases or [BASE]]).allowed(Secret(url))


@pytest.mark.parametrize("url", [GOOD, BASE, f"{BASE}/x", "https://HEAT.example:8000/v1/waitcondition/x"])
def test_under_a_base_it_may_be_opened(url: str) -> None:
    assert allowed(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "https://evil.example/v1/waitcondition/x",
        "http://heat.example:8000/v1/waitcondition/x",
        "https://heat.example/v1/waitcondition/x",
        "https://heat.example:80001/v1/waitcondition/x",
        "https://heat.example:8000/v1/waitconditions",
        "https://heat.example:8000/v1/",
        "https://heat.example.evil.example:8000/v1/waitcondition/x",
        "https://heat.example:8000@evil.example/v1/waitcondition/x",
        "https://user@heat.example:8000/v1/waitcondition/x",
        "https://evil.example#@heat.example:8000/v1/waitcondition/x",
        "https://evil.example\\@heat.example:8000/v1/waitcondition/x",
        "https://heat.example:8000\\@evil.example/v1/waitcondition/x",
        "https:/\\heat.example:8000/v1/waitcondition/x",
        "https://heat.example:8000/v1/waitcondition/../admin",
        "https://heat.example:8000/v1/waitcondition/%2e%2e/admin",
        "https://heat.example:8000/v1/waitcondition/%252e%252e/admin",
        "https://heat.example:8000/v1/waitcondition/.%2e/admin",
        "https://heat.example:8000/v1/waitcondition/..%5cadmin",
        "https://heat.example:8000/v1/waitcondition/x y",
        "https://heat.example:8000/v1/waitcondition/x\r\nHost: evil",
        "https://heat.example:8000/v1/waitcondition/x\n",
        "https://heat.example:8000/v1/waitcondition/x#fragment",
        "https://heat.ex\u0430mple:8000/v1/waitcondition/x",
        "https://heat\u3002example:8000/v1/waitcondition/x",
        " https://heat.example:8000/v1/waitcondition/x",
        "file:///etc/passwd",
        "gopher://heat.example:8000/v1/waitcondition/x",
        "//heat.example:8000/v1/waitcondition/x",
        "https://[::1]:8000/v1/waitcondition/x",
        "https://heat.example:0x1f40/v1/waitcondition/x",
    ],
)
def test_tricks_are_refused(url: str) -> None:
    assert not allowed(url)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "localhost"])
def test_other_spellings_of_a_base_are_not_the_base(host: str) -> None:
    assert not allowed(f"http://{host}:8000/v1/x", "http://127.0.0.1:8000/v1")


@given(url=st.text(max_size=80) | st.text(max_size=40).map(lambda rest: GOOD + rest))
def test_no_text_crashes_it_and_none_leaves_the_base(url: str) -> None:
    if allowed(url):
        assert url.lower().startswith(BASE)


@pytest.mark.parametrize("text", ["", "heat.example", "ftp://x/", "https://u@h/", "https://h/?q=1", "https://h/a b"])
def test_a_wrong_base_is_named(text: str) -> None:
    with pytest.raises(ConfigurationError, match="allowed_bases"):
        Base.parse(text)


@pytest.mark.parametrize(
    "peer",
    ["127.0.0.1", "127.8.9.1", "::1", "169.254.169.254", "fe80::1%eth0", "0.0.0.0", "::ffff:169.254.169.254"],  # noqa: S104
)
def test_a_name_must_not_lead_to_this_host_nor_to_the_metadata(peer: str) -> None:
    assert not address_allowed(peer, named="heat.example")


@pytest.mark.parametrize("peer", ["10.0.0.5", "192.168.1.9", "203.0.113.7", "2001:db8::5"])
def test_a_name_may_lead_to_private_and_public_addresses(peer: str) -> None:
    assert address_allowed(peer, named="heat.example")


def test_who_allows_an_address_means_it() -> None:
    assert address_allowed("127.0.0.1", named="127.0.0.1")
    assert address_allowed("::1", named="[::1]")
    assert address_allowed("127.0.0.1", named="localhost")
    assert not address_allowed("127.0.0.2", named="127.0.0.1")
    assert not address_allowed("169.254.169.254", named="localhost")


@given(peer=st.ip_addresses())
def test_every_address_has_an_answer(peer: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    assert address_allowed(str(peer), named=str(peer))


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
