"""A server of oslo.messaging listens as soon as its broker is there, and not after the end."""

import logging
import threading

import pytest

from customresource_bridge.bridge.operator.broker_listener import BrokerListener


class Broker:
    """A broker that may be away, and what is made to listen to it."""

    def __init__(self, *, away: int = 0) -> None:
        self.away = away
        self.tried = threading.Semaphore(0)
        self.calls: list[str] = []

    def server(self) -> "Server":
        return Server(self)


class Server:
    """As oslo.messaging's: one whose start failed does nothing when it is started again."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.started = False

    def start(self) -> None:
        if self.started:
            return
        self.started = True
        self.broker.tried.release()
        self.broker.calls.append("start")
        if self.broker.away:
            self.broker.away -= 1
            raise ConnectionError("amqp://user:password-of-mine@broker")

    def stop(self) -> None:
        self.broker.calls.append("stop")

    def wait(self) -> None:
        self.broker.calls.append("wait")


def listener(broker: Broker) -> BrokerListener:
    return BrokerListener(broker.server, name="message-bus", begun="listening on the message bus")


def test_it_listens_and_ends(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    broker = Broker()
    one = listener(broker)
    one.start()
    one.thread.join(30)
    assert one.listening
    one.stop()
    assert broker.calls == ["start", "stop", "wait"]
    assert "listening on the message bus" in caplog.text


def test_a_broker_that_is_away_is_tried_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    broker = Broker(away=2)
    one = listener(broker)
    monkeypatch.setattr(one._stopping, "wait", lambda _seconds: False)
    one.start()
    one.thread.join(30)
    assert (broker.calls, one.listening) == (["start"] * 3, True)
    assert broker.away == 0
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO", "INFO"]
    assert "password-of-mine" not in caplog.text


def test_the_end_does_not_wait_for_a_broker() -> None:
    broker = Broker(away=1000)
    one = listener(broker)
    one.start()
    assert broker.tried.acquire(timeout=30)
    one.stop()
    one.thread.join(30)
    assert not one.thread.is_alive()
    assert "stop" not in broker.calls
    assert (one.listening, one.problem) == (False, "the broker was not reached, or refused the queue (ConnectionError)")
    assert "password-of-mine" not in one.problem
