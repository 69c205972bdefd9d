"""On the real broker: a bridge that it refuses the bells' queue is not ready, and one that hears probes is."""

import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import kombu
import oslo_messaging
import pytest
from functional.operator.operators import BRIDGE_CONF, CLOUD, broker_url, wait_for
from oslo_config import cfg

from customresource_bridge import errors
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.operator import broker_listener
from customresource_bridge.bridge.operator.bus_hearing import BusHearing
from customresource_bridge.bridge.operator.message_bus import MessageBus


class NotedHearing(BusHearing):
    """Tells the test when something was heard."""

    def __init__(self) -> None:
        super().__init__(clock=Clock())
        self.noted = threading.Event()

    def begin(self) -> None:
        """Note nothing."""

    def heard(self) -> None:
        self.noted.set()


@pytest.fixture
def topic() -> Iterator[str]:
    name = f"crb_test_{uuid4().hex[:8]}"
    yield name
    with kombu.Connection(broker_url().replace("rabbit://", "amqp://", 1)) as connection:
        connection.channel().queue_delete(f"{name}.info")


def bus(topic: str, hearing: BusHearing | None = None, **rabbit: Any) -> MessageBus:
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[str(BRIDGE_CONF)])
    oslo_messaging.get_notification_transport(conf, url=broker_url())
    for name, value in rabbit.items():
        conf.set_override(name, value, group="oslo_messaging_rabbit")
    return MessageBus(conf, url=broker_url(), topic=topic, rung=lambda *_: True, hearing=hearing)


def another_kind_of_queue() -> dict[str, bool]:
    """Return what has a queue be declared otherwise than the cloud's are, at the same exchange."""
    quorum = CLOUD.profile.quorum_queues
    return {"rabbit_quorum_queue": not quorum, "amqp_durable_queues": quorum}


def said(bus: MessageBus) -> str:
    """Return what readiness says of a bus; nothing where it is ready."""
    try:
        bus.ping()
    except errors.ServiceUnavailable as error:
        return str(error)
    return ""


def test_a_refused_queue_is_no_readiness_and_a_probe_that_goes_round_is(
    topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_listener, "_PAUSE", 0.2)
    hearing = NotedHearing()
    hears, deaf = bus(topic, hearing), bus(topic, **another_kind_of_queue())
    hears.start()
    wait_for(lambda: not said(hears), 60, "the first to listen")
    assert hearing.noted.wait(60), "no probe was heard"
    deaf._listener._trouble.failed, tried = _counted(deaf._listener._trouble.failed)
    deaf.start()
    wait_for(lambda: tried.acquire(timeout=1), 60, "the broker to refuse the queue")
    assert "refused the queue" in said(deaf)
    wait_for(lambda: tried.acquire(timeout=1), 60, "the bridge to try again, and the broker to refuse it again")
    assert "refused the queue" in said(deaf)
    assert not said(hears)
    for one in (hears, deaf):
        one.stop()
        one.close()


def _counted(call: Any) -> tuple[Any, threading.Semaphore]:
    times = threading.Semaphore(0)

    def counted(*args: Any, **kwargs: Any) -> Any:
        result = call(*args, **kwargs)
        times.release()
        return result

    return counted, times
