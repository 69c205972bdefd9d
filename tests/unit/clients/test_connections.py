"""Plain calls take a short way; what they bring back, and how they fail, is as by requests itself."""

import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from keystoneauth1 import session as ksa_session
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from customresource_bridge.clients.connections import Connections
from customresource_bridge.clients.http import QuietAdapter, never_left

PATIENCE = 30
PLAIN: dict[str, Any] = {"allow_redirects": False, "timeout": 5}


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Connections:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    return Connections(4)


@pytest.fixture
def the_long_way(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which calls went all the way of requests."""
    seen: list[str] = []
    real = requests.Session.request

    def request(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        seen.append(url)
        return real(self, method, url, *args, **kwargs)

    monkeypatch.setattr(requests.Session, "request", request)
    return seen


@pytest.fixture
def echo(httpserver: HTTPServer) -> str:
    def answer(request: Request) -> Response:
        told = {
            "method": request.method,
            "target": request.environ["RAW_URI"],
            "body": request.get_data(as_text=True),
            "token": request.headers.get("X-Auth-Token"),
        }
        return Response(str(told), 418, {"X-Told": "yes", "Content-Type": "text/plain; charset=utf-8"})

    httpserver.expect_request("/v2/queues/ü b").respond_with_handler(answer)
    return httpserver.url_for("/v2/queues/%C3%BC%20b")


def test_no_more_calls_are_under_way_than_there_are_connections_where_they_are_bounded() -> None:
    most, calls = 2, 5
    came, go_on = threading.Semaphore(0), threading.Event()

    def answer(_request: Request) -> Response:
        came.release()
        assert go_on.wait(PATIENCE)
        return Response("yes")

    pool = Connections(most, bounded=True)
    with HTTPServer(threaded=True) as server, ThreadPoolExecutor(calls) as threads:
        server.expect_request("/").respond_with_handler(answer)
        url = server.url_for("/")
        answers = threads.map(lambda _: pool.request("GET", url, **PLAIN).text, range(calls))
        for _ in range(most):
            assert came.acquire(timeout=PATIENCE)
        assert not came.acquire(timeout=0.2)
        go_on.set()
        assert list(answers) == ["yes"] * calls


def test_a_service_that_hangs_takes_no_turn_of_another_behind_the_same_address() -> None:
    came, go_on = threading.Event(), threading.Event()

    def hangs(_request: Request) -> Response:
        came.set()
        assert go_on.wait(PATIENCE)
        return Response("late")

    pool = Connections(1, bounded=True)
    with HTTPServer(threaded=True) as server, ThreadPoolExecutor(1) as threads:
        server.expect_request("/workflow/v2").respond_with_handler(hangs)
        server.expect_request("/messaging/v2").respond_with_data("yes")
        late = threads.submit(pool.request, "GET", server.url_for("/workflow/v2"), **PLAIN)
        assert came.wait(PATIENCE)
        assert pool.request("GET", server.url_for("/messaging/v2"), **PLAIN).text == "yes"
        with pytest.raises(requests.ConnectTimeout, match=r"1 calls to localhost:\d+ are under way") as caught:
            pool.request("GET", server.url_for("/workflow/v2"), allow_redirects=False, timeout=(0.05, 5))
        assert never_left(caught.value)
        go_on.set()
        assert late.result(PATIENCE).text == "late"
        for _ in range(2):  # a turn that is over is free
            assert pool.request("GET", server.url_for("/workflow/v2"), **PLAIN).text == "late"


@pytest.mark.parametrize(
    "call",
    [
        {},
        {"params": {"limit": 1, "marker": "a b&c", "names": ["x", "y"], "none": None, "echo": True}},
        {"data": '{"ü": 1}', "headers": {"X-Auth-Token": b"secret", "X-None": None}},
        {"data": b"\x00bytes", "headers": {"X-Auth-Token": "secret"}},
        {"timeout": (1, 5)},
        {"timeout": None},
    ],
    ids=["bare", "query", "text", "bytes", "two time-outs", "no time-out"],
)
@pytest.mark.parametrize("query", ["", "?fields=id,state"])
def test_a_plain_call_is_what_it_would_be_by_requests(
    pool: Connections, echo: str, the_long_way: list[str], call: dict[str, Any], query: str
) -> None:
    call = {**PLAIN, **call}
    ours = pool.request("POST", echo + query, **call)
    assert the_long_way == []
    theirs = requests.Session().request("POST", echo + query, **{**call, **_encoded(call)})
    for name in ("status_code", "text", "content", "ok", "is_redirect", "reason", "encoding"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.headers["x-told"] == "yes"
    assert (ours.url, ours.request.method) == (echo + query, "POST")


def _encoded(call: dict[str, Any]) -> dict[str, bytes]:
    """Return the text of a call as UTF-8: requests with urllib3 1.26 sends Latin-1, and names the length of UTF-8."""
    return {"data": call["data"].encode()} if isinstance(call.get("data"), str) else {}


def test_a_redirect_is_for_the_caller_to_follow(pool: Connections, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/a").respond_with_response(Response(status=302, headers={"Location": "/b"}))
    answer = pool.request("GET", httpserver.url_for("/a"), **PLAIN)
    assert (answer.status_code, answer.is_redirect, answer.headers["Location"]) == (302, True, "/b")


@pytest.mark.parametrize("more", [{"data": {"grant": "password"}}, {"auth": ("me", "secret")}])
def test_what_only_requests_can_do_is_left_to_it(
    pool: Connections, echo: str, the_long_way: list[str], more: dict[str, Any]
) -> None:
    assert pool.request("POST", echo, **{**PLAIN, **more}).status_code == 418
    assert the_long_way == [echo]


def test_a_proxy_takes_the_call_where_the_environment_names_one(
    pool: Connections, httpserver: HTTPServer, the_long_way: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", httpserver.url_for("/"))
    monkeypatch.setenv("no_proxy", "")
    httpserver.expect_request("/a").respond_with_data("by the proxy")
    assert pool.request("GET", "http://outside.test/a", **PLAIN).text == "by the proxy"
    assert the_long_way == ["http://outside.test/a"]


def test_nobody_there(pool: Connections) -> None:
    with pytest.raises(requests.ConnectionError) as raised:
        pool.request("GET", "http://127.0.0.1:9/", **PLAIN)
    assert not isinstance(raised.value, requests.Timeout)


@pytest.fixture
def silent() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.mark.parametrize("timeout", [0.05, (5, 0.05)])
def test_no_answer_in_time(pool: Connections, silent: str, timeout: Any) -> None:
    with pytest.raises(requests.ReadTimeout):
        pool.request("GET", silent, allow_redirects=False, timeout=timeout)


def test_the_calls_of_the_clients_are_plain(pool: Connections, httpserver: HTTPServer, the_long_way: list[str]) -> None:
    httpserver.expect_request("/a").respond_with_json({})
    session = ksa_session.Session(session=pool)
    adapter = QuietAdapter(session=session, endpoint_override=httpserver.url_for("/").rstrip("/"), timeout=5)
    assert adapter.post("/a", json={"a": 1}, authenticated=False).status_code == 200
    assert the_long_way == []


@pytest.fixture
def cut() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)  # where nobody comes

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join()


def test_half_an_answer_is_none(pool: Connections, cut: str) -> None:
    with pytest.raises(requests.ConnectionError):
        pool.request("GET", cut, **PLAIN)


@pytest.fixture
def secured() -> Iterator[tuple[str, trustme.CA]]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with HTTPServer(ssl_context=context) as server:
        server.expect_request("/").respond_with_data("trusted")
        yield server.url_for("/"), authority


def test_certificates_are_checked(pool: Connections, secured: tuple[str, trustme.CA], tmp_path: Path) -> None:
    url, authority = secured
    with pytest.raises(requests.exceptions.SSLError):
        pool.request("GET", url, **PLAIN)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    assert pool.request("GET", url, verify=str(tmp_path / "ca.pem"), **PLAIN).text == "trusted"


@pytest.mark.parametrize("short_way_first", [True, False])
def test_the_certificates_trusted_are_those_of_requests_whichever_way_is_taken(
    pool: Connections,
    secured: tuple[str, trustme.CA],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    short_way_first: bool,
) -> None:
    url, authority = secured
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "ca.pem"))
    # Before 2.32.4 requests reads them once.
    once = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    monkeypatch.setattr(requests.adapters, "_preloaded_ssl_context", once, raising=False)
    short, long = {**PLAIN, "verify": True}, {**PLAIN, "verify": True, "allow_redirects": True}
    for call in (short, long) if short_way_first else (long, short):
        assert pool.request("GET", url, **call).text == "trusted"


def test_a_pool_that_trusts_everything_is_apart_from_the_one_that_does_not(
    pool: Connections, secured: tuple[str, trustme.CA]
) -> None:
    url, _ = secured
    assert pool.request("GET", url, verify=False, **PLAIN).text == "trusted"
    with pytest.raises(requests.exceptions.SSLError):
        pool.request("GET", url, verify=True, **PLAIN)


def test_certificates_that_are_not_there_are_an_error_of_requests(pool: Connections) -> None:
    with pytest.raises(requests.exceptions.SSLError, match="missing"):
        pool.request("GET", "https://localhost:9/", verify="/missing.pem", **PLAIN)


def settings(pool: Connections, url: str) -> tuple[str | None, str | None]:
    found = pool.merge_environment_settings(url, {}, False, True, None)
    return found["proxies"].get("http"), found["verify"]


def test_the_environment_says_where_the_proxy_and_the_certificates_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy:8080")
    monkeypatch.setenv("no_proxy", "inside")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/ca.pem")
    pool = Connections(4)
    assert settings(pool, "http://outside/a") == ("http://proxy:8080", "/ca.pem")
    assert settings(pool, "http://inside/a") == (None, "/ca.pem")


def test_it_is_asked_once_for_each_host(pool: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
    settings(pool, "http://one/a")
    monkeypatch.setenv("http_proxy", "http://proxy:8080")
    assert settings(pool, "http://one/b")[0] is None
    assert settings(pool, "http://two/a")[0] == "http://proxy:8080"


def test_what_a_call_does_to_its_settings_stays_with_it(pool: Connections) -> None:
    pool.merge_environment_settings("http://one/a", {}, False, True, None)["proxies"]["http"] = "changed"
    assert settings(pool, "http://one/a")[0] != "changed"


def test_no_netrc_gives_a_call_other_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine one login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    call = requests.Request("GET", "http://one/a")
    assert "Authorization" in requests.Session().prepare_request(call).headers
    assert "Authorization" not in Connections(4).prepare_request(call).headers
