"""A server of oslo.messaging listens as soon as its broker is there, and not after the end."""

import logging
import threading

import pytest

from customresource_bridge.bridge.operator.broker_listener import BrokerListener


class Server:
    """A server whose broker may be away."""

    def __init__(self, *, away: int = 0) -> None:
        self.away = away
        self.tried = threading.Semaphore(0)
        self.calls: list[str] = []

    def start(self) -> None:
        self.tried.release()
        self.calls.append("start")
        if self.away:
            self.away -= 1
            raise ConnectionError("amqp://user:password-of-mine@broker")

    def stop(self) -> None:
        self.calls.append("stop")

    def wait(self) -> None:
        self.calls.append("wait")


def listener(server: Server) -> BrokerListener:
    return BrokerListener(server, name="message-bus", begun="listening on the message bus")


def test_it_listens_and_ends(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    server = Server()
    one = listener(server)
    one.start()
    one.thread.join(30)
    assert one.listening
    one.stop()
    assert server.calls == ["start", "stop", "wait"]
    assert "listening on the message bus" in caplog.text


def test_a_broker_that_is_away_is_tried_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    server = Server(away=2)
    one = listener(server)
    monkeypatch.setattr(one._stopping, "wait", lambda _seconds: False)
    one.start()
    one.thread.join(30)
    assert (server.calls, one.listening) == (["start"] * 3, True)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO", "INFO"]
    assert "password-of-mine" not in caplog.text


def test_the_end_does_not_wait_for_a_broker() -> None:
    server = Server(away=1000)
    one = listener(server)
    one.start()
    assert server.tried.acquire(timeout=30)
    one.stop()
    one.thread.join(30)
    assert not one.thread.is_alive()
    assert "stop" not in server.calls
