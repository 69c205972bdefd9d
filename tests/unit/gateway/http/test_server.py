"""What the server refuses before it listens, and how it begins and ends; its conversations are functional tests."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from threading import Event, Thread

import pytest

from customresource_bridge.errors import ConfigurationError
from customresource_bridge.gateway.body import Body
from customresource_bridge.gateway.http import server
from customresource_bridge.gateway.http.application import Answer, Farewell, HTTPResponse
from customresource_bridge.gateway.http.server import Listen, Server, make_server

ASK = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Application:
    max_body = 100

    def __init__(self) -> None:
        self.asked, self.may_answer = Event(), Event()

    def admit(self, method: str, _path: str) -> HTTPResponse | Answer:
        return self.answer if method == "PUT" else HTTPResponse(HTTPStatus.OK, b"well")

    def answer(self, _body: Body) -> HTTPResponse:
        self.asked.set()
        assert self.may_answer.wait(10)
        return HTTPResponse(HTTPStatus.OK, b"answered")


@contextmanager
def serving(application: Application, listen: Listen, farewells: list[Farewell]) -> Iterator[Server]:
    running = make_server(application, listen, farewell=farewells.append)
    thread = Thread(target=running.serve)
    thread.start()
    try:
        yield running
    finally:
        application.may_answer.set()
        running.stop()
        thread.join(10)


def connect(running: Server) -> socket.socket:
    return socket.create_connection(running.address, timeout=10)


def hung_up_on(client: socket.socket) -> bool:
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def test_an_address_that_is_not_ours_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"Cannot listen on 192\.0\.2\.1 port 1"):
        make_server(Application(), Listen(host="192.0.2.1", port=1))


def test_a_server_that_never_ran_can_be_stopped() -> None:
    make_server(Application(), Listen()).stop()


def test_a_server_that_was_stopped_before_it_ran_ends_at_once() -> None:
    stopped = make_server(Application(), Listen())
    stopped.stop()
    stopped.serve()


def test_one_too_many_of_an_address_has_the_oldest_hung_up_on() -> None:
    farewells: list[Farewell] = []
    with serving(Application(), Listen(each=2), farewells) as running:
        first, second = connect(running), connect(running)
        second.sendall(ASK)
        assert second.recv(100).startswith(b"HTTP/1.1 200")
        with first, second, connect(running) as third:
            third.sendall(ASK)
            assert third.recv(100).startswith(b"HTTP/1.1 200")
            assert hung_up_on(first)
    assert farewells == [Farewell.MADE_ROOM]


def test_a_stop_lets_the_answer_at_hand_finish_and_takes_no_one_in() -> None:
    application = Application()
    with serving(application, Listen(), []) as running, connect(running) as client:
        client.sendall(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
        assert application.asked.wait(10)
        running.stop()
        until = time.monotonic() + 10
        while not running._sock._closed and time.monotonic() < until:  # type: ignore[attr-defined]
            time.sleep(0.01)
        with pytest.raises(OSError, match="refused"):
            connect(running)
        application.may_answer.set()
        assert client.recv(1000).endswith(b"answered")


def test_no_more_are_let_in_than_there_are_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.resource, "getrlimit", lambda _what: (1024, 4096))
    assert (server._bearable(5000), server._bearable(100)) == (896, 100)
