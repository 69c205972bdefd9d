"""A connection without a socket: what it writes for what it is given, and when it gives its client up."""

import asyncio
import socket
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest

from customresource_bridge.gateway.body import Body
from customresource_bridge.gateway.http.application import Answer, Farewell, HTTPResponse
from customresource_bridge.gateway.http.connection import Connection, Service
from customresource_bridge.gateway.http.places import Places
from customresource_bridge.gateway.http.workers import Workers

GET = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
HEAD = b"PUT /answer HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
PUT = HEAD + b"abcde"


class Application:
    max_body = 10

    def __init__(self) -> None:
        self.bodies: list[Body] = []
        self.admitted: list[str] = []

    def admit(self, _method: str, path: str) -> HTTPResponse | Answer:
        self.admitted.append(path)
        return self.answer if path == "/answer" else HTTPResponse(HTTPStatus.OK, b"well")

    def answer(self, body: Body) -> HTTPResponse:
        self.bodies.append(body)
        return HTTPResponse(HTTPStatus.OK, b"taken")


class WorkersOnCall(Workers):
    """Work when they are told to."""

    def __init__(self) -> None:
        super().__init__(0, name="on call")
        self.waiting: list[Callable[[], Any]] = []

    def submit(self, call: Any, /, *arguments: Any) -> None:
        self.waiting.append(lambda: call(*arguments))

    def work(self) -> None:
        self.waiting.pop(0)()


class Transport(asyncio.Transport):
    def __init__(self, connection: Connection, *, tls: bool) -> None:
        super().__init__({"sslcontext": object()} if tls else {})
        self.connection, self.tls = connection, tls
        self.written, self.state, self.reads = b"", "open", True

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def can_write_eof(self) -> bool:
        return not self.tls

    def write_eof(self) -> None:
        self.state = "half closed"

    def is_closing(self) -> bool:
        return self.state in {"closed", "aborted"}

    def close(self) -> None:
        self.state = "closed"
        self.connection.connection_lost(None)

    def abort(self) -> None:
        self.state = "aborted"
        self.connection.connection_lost(None)

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True


class Desk:
    """One connection and all around it."""

    def __init__(self, *, tls: bool = False) -> None:
        self.application, self.workers, self.now = Application(), WorkersOnCall(), 0.0
        self.farewells: list[Farewell] = []
        self.turns: list[Callable[[], None]] = []
        self.places: Places[Connection] = Places(total=5, each=5)
        service = Service(
            application=self.application,
            workers=self.workers,
            places=self.places,
            silence=10,
            patience=60,
            now=lambda: self.now,
            soon=self.turns.append,
            in_loop=lambda call, *arguments: call(*arguments),
            farewell=self.farewells.append,
        )
        self.sock, self.peer = socket.socketpair()
        self.connection = Connection(service, self.sock, "home")
        self.places.enter(self.connection, "home")
        self.transport = Transport(self.connection, tls=tls)

    def begin(self) -> "Desk":
        self.connection.connection_made(self.transport)
        return self

    def turn(self) -> None:
        """Let the loop have a turn."""
        turns, self.turns[:] = list(self.turns), []
        for call in turns:
            call()

    def told(self) -> list[int]:
        """Return what is told once the loop has nothing more to do."""
        while self.turns:
            self.turn()
        return [int(part[:3]) for part in self.transport.written.split(b"HTTP/1.1 ")[1:]]

    def at(self, now: float) -> "Desk":
        self.now = now
        self.connection.look_at_clock(now)
        return self


@pytest.fixture
def desk() -> Desk:
    return Desk().begin()


def test_what_needs_no_body_needs_no_worker_and_the_connection_goes_on(desk: Desk) -> None:
    desk.connection.data_received(GET + GET[:9])
    desk.connection.data_received(GET[9:])
    assert (desk.told(), desk.workers.waiting, desk.transport.state) == ([200, 200], [], "open")


def test_a_body_comes_before_its_worker(desk: Desk) -> None:
    for place in range(len(PUT)):
        assert desk.workers.waiting == []
        desk.connection.data_received(PUT[place : place + 1])
    desk.workers.work()
    assert desk.application.bodies == [Body(raw=b"abcde", size=5)]
    assert (desk.told(), desk.transport.state) == ([200], "open")


def test_one_request_at_a_time_whatever_is_sent_ahead(desk: Desk) -> None:
    desk.connection.data_received(PUT + PUT + GET)
    assert len(desk.application.admitted) == 1
    desk.workers.work()
    desk.workers.work()
    assert desk.told() == [200, 200, 200]
    assert desk.application.admitted == ["/answer", "/answer", "/healthz"]


def test_who_asks_much_at_once_has_one_answer_in_each_turn(desk: Desk) -> None:
    desk.connection.data_received(GET * 3)
    assert desk.application.admitted == ["/healthz"]
    desk.turn()
    assert desk.application.admitted == ["/healthz"] * 2
    desk.connection.data_received(GET)
    assert desk.application.admitted == ["/healthz"] * 2
    desk.connection.data_received(GET * 2000)
    assert not desk.transport.reads
    assert desk.told() == [200] * 2004
    assert desk.transport.reads


def test_only_so_much_is_read_ahead(desk: Desk) -> None:
    desk.connection.data_received(PUT + b"GET /" + b"x" * 70_000)
    assert not desk.transport.reads
    desk.workers.work()
    assert desk.told() == [200, 431]


def test_nothing_behind_what_is_refused_is_read(desk: Desk) -> None:
    desk.connection.data_received(PUT.replace(b"Host", b"Content-Length: 0\r\nHost") + GET)
    assert (desk.told(), desk.application.admitted, desk.transport.state) == ([400], [], "half closed")
    desk.connection.data_received(GET)
    assert desk.told() == [400]
    desk.at(2.0)
    assert (desk.transport.state, desk.farewells, len(desk.places)) == ("aborted", [Farewell.MALFORMED], 0)


def test_who_floods_after_the_refusal_is_hung_up_on(desk: Desk) -> None:
    desk.connection.data_received(b"no request\r\n\r\n")
    for _ in range(5):
        desk.connection.data_received(b"x" * 300_000)
    assert desk.transport.state == "aborted"


def test_a_body_that_is_not_wanted_ends_the_connection(desk: Desk) -> None:
    desk.connection.data_received(PUT.replace(b"/answer", b"/elsewhere"))
    assert (desk.told(), desk.transport.state) == ([200], "half closed")
    assert b"Connection: close" in desk.transport.written


def test_nothing_behind_chunks_is_a_request(desk: Desk) -> None:
    desk.connection.data_received(
        HEAD.replace(b"Content-Length: 5", b"Transfer-Encoding: chunked") + b"5\r\nabcde\r\n0\r\n\r\n" + GET
    )
    desk.workers.work()
    assert (desk.told(), desk.application.bodies[0].raw) == ([200], b"abcde")
    assert desk.application.admitted == ["/answer"]


def test_who_asks_whether_to_go_on_is_told_so_and_only_before_the_body(desk: Desk) -> None:
    head = HEAD.replace(b"Host", b"Expect: 100-Continue\r\nHost")
    desk.connection.data_received(head)
    assert desk.told() == [100]
    desk.connection.data_received(b"abcde")
    desk.workers.work()
    desk.connection.data_received(head + b"abcde")
    desk.workers.work()
    assert desk.told() == [100, 200, 200]


def test_handshake_and_head_have_one_deadline() -> None:
    desk = Desk()
    desk.at(9.0).begin()
    desk.connection.data_received(GET[:-1])
    assert desk.at(9.9).transport.state == "open"
    assert desk.at(10.0).transport.state == "aborted"
    assert desk.farewells == [Farewell.SLOW]


def test_one_that_is_still_in_its_handshake_is_hung_up_on_once() -> None:
    desk = Desk()
    desk.at(10.0).connection.hang_up(Farewell.HANDSHAKE)
    assert desk.peer.recv(1) == b""
    assert desk.farewells == [Farewell.SLOW]


def test_a_connection_that_rests_is_ended_without_a_word(desk: Desk) -> None:
    desk.connection.data_received(GET)
    desk.at(9.9).connection.data_received(GET)
    assert desk.at(19.8).transport.state == "open"
    assert desk.at(19.9).transport.state == "aborted"
    assert desk.farewells == []


def test_silence_within_a_body_is_judged_and_told(desk: Desk) -> None:
    desk.connection.data_received(HEAD + b"abc")
    desk.at(10.0).workers.work()
    assert desk.application.bodies == [Body(raw=b"abc", size=3, cut=True)]
    assert (desk.told(), b"Connection: close" in desk.transport.written) == ([200], True)
    assert desk.transport.state == "closed"


def test_a_body_has_its_time_however_busily_it_comes(desk: Desk) -> None:
    desk.connection.data_received(HEAD.replace(b": 5", b": 100"))
    for second in range(5, 60, 5):
        desk.at(second).connection.data_received(b"x")
        assert desk.workers.waiting == []
    desk.at(60.0).workers.work()
    assert desk.application.bodies[0].cut


def test_what_came_before_the_client_went_is_judged(desk: Desk) -> None:
    desk.connection.data_received(HEAD + b"abc")
    desk.connection.connection_lost(ConnectionResetError())
    desk.workers.work()
    assert (desk.application.bodies, desk.told()) == ([Body(raw=b"abc", size=3, cut=True)], [])


def test_what_came_of_a_body_whose_client_made_room_is_not_judged(desk: Desk) -> None:
    desk.connection.data_received(HEAD + b"abc")
    desk.connection.hang_up(Farewell.MADE_ROOM)
    assert (desk.workers.waiting, desk.farewells, len(desk.places)) == ([], [Farewell.MADE_ROOM], 0)


def test_nobody_is_asked_about_a_body_that_never_began(desk: Desk) -> None:
    desk.connection.data_received(HEAD)
    desk.connection.connection_lost(ConnectionResetError())
    assert (desk.workers.waiting, len(desk.places)) == ([], 0)


@pytest.mark.parametrize("tls", [False, True])
def test_a_client_that_has_said_all_is_answered_where_it_can_still_read(*, tls: bool) -> None:
    desk = Desk(tls=tls).begin()
    desk.connection.data_received(PUT)
    assert desk.connection.eof_received() is not tls
    desk.workers.work()
    assert (desk.told(), desk.transport.state) == ([200], "closed")


def test_what_waits_for_its_turn_is_answered_though_its_client_has_said_all(desk: Desk) -> None:
    desk.connection.data_received(GET * 3 + PUT)
    assert desk.connection.eof_received() is True
    assert desk.told() == [200, 200, 200]
    desk.workers.work()
    assert desk.told() == [200, 200, 200, 200]


def test_the_end_of_one_that_asks_nothing_is_its_end(desk: Desk) -> None:
    desk.connection.data_received(GET[:5])
    assert desk.connection.eof_received() is False


def test_who_does_not_read_is_not_heard_and_then_hung_up_on(desk: Desk) -> None:
    desk.connection.pause_writing()
    desk.connection.data_received(GET)
    assert (desk.told(), desk.transport.reads) == ([], False)
    desk.connection.resume_writing()
    assert (desk.told(), desk.transport.reads) == ([200], True)
    desk.connection.pause_writing()
    assert desk.at(10.0).transport.state == "aborted"
    assert desk.farewells == [Farewell.SLOW]


def test_who_is_being_answered_has_no_deadline_and_is_not_stopped(desk: Desk) -> None:
    desk.connection.data_received(PUT)
    desk.at(1000.0).connection.stop()
    assert desk.transport.state == "open"
    desk.workers.work()
    assert (desk.told(), desk.transport.state) == ([200], "closed")


def test_who_rests_is_stopped_at_once(desk: Desk) -> None:
    desk.connection.stop()
    assert desk.transport.state == "aborted"


def test_a_bug_of_the_application_s_is_503(desk: Desk) -> None:
    def fails(_body: Body) -> HTTPResponse:
        raise KeyError

    desk.application.answer = fails  # type: ignore[method-assign]
    desk.connection.data_received(PUT)
    desk.workers.work()
    assert desk.told() == [503]


def test_the_answer_to_head_has_no_body(desk: Desk) -> None:
    desk.connection.data_received(GET.replace(b"GET", b"HEAD"))
    assert desk.transport.written.endswith(b"\r\n\r\n")
