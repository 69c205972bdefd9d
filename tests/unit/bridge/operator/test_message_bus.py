"""Whether bells can be heard: what readiness asks of the message bus."""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import oslo_messaging
import pytest
from bridge_parts import QUEUE, Time
from oslo_config import cfg

from customresource_bridge import errors
from customresource_bridge.bridge.operator.bus_hearing import BusHearing
from customresource_bridge.bridge.operator.message_bus import MessageBus
from customresource_bridge.protocol import BusBell

PROJECT = "p1"


@pytest.fixture
def broker() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def bus_at(
    *ports: int,
    rung: Callable[[BusBell], bool] = lambda *_: True,
    hearing: BusHearing | None = None,
    **options: Any,
) -> MessageBus:
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[])
    oslo_messaging.get_notification_transport(conf, url="fake://")  # registers its options
    for name, value in options.items():
        conf.set_override(name, value, group="oslo_messaging_notifications")
    hosts = ",".join(f"u:password-of-mine@127.0.0.1:{port}" for port in ports)
    conf.set_override("transport_url", f"rabbit://{hosts}/" if ports else "fake://")
    return MessageBus(conf, url=None, topic="bell", rung=rung, hearing=hearing)


def test_a_bus_that_was_never_reached_is_away(broker: socket.socket) -> None:
    with pytest.raises(errors.ServiceUnavailable, match="no broker has been reached yet"):
        bus_at(broker.getsockname()[1]).ping()


def test_one_broker_of_several_is_enough_and_none_is_not(broker: socket.socket) -> None:
    bus = bus_at(1, broker.getsockname()[1])
    bus._listener.listening = True
    bus.ping()
    broker.close()
    with pytest.raises(errors.ServiceUnavailable) as raised:
        bus.ping()
    assert "no broker takes a connection" in str(raised.value)
    assert "password-of-mine" not in str(raised.value)


def test_a_bell_that_no_broker_is_there_to_take_is_said_to_be_left(broker: socket.socket) -> None:
    bus = bus_at(broker.getsockname()[1])
    broker.close()
    with pytest.raises(errors.ServiceUnavailable, match="did not take the bell: no broker takes a connection"):
        bus.ring(PROJECT, "q")


def test_the_broker_of_notifications_is_the_one_that_counts(broker: socket.socket) -> None:
    bus = bus_at(1, transport_url=f"rabbit://u:p@127.0.0.1:{broker.getsockname()[1]}/")
    bus._listener.listening = True
    bus.ping()


def test_a_bus_without_brokers_is_there() -> None:
    bus = bus_at()
    bus._listener.listening = True
    bus.ping()


def test_a_bus_that_is_silent_is_deaf_until_a_probe_or_a_bell_is_heard() -> None:
    time = Time()
    bus = bus_at(hearing=BusHearing(clock=time.clock))
    bus._listener.listening = True
    bus._probes.step()
    time.seconds = 89.0
    bus.ping()
    time.seconds = 90.0
    with pytest.raises(errors.ServiceUnavailable, match="neither a bell nor a probe was heard for 90 s"):
        bus.ping()
    bus._hear({"project_id": PROJECT, "queue": QUEUE})
    bus.ping()


class NotedHearing(BusHearing):
    """Tells the test when something was heard."""

    def __init__(self) -> None:
        super().__init__(clock=Time().clock)
        self.noted = threading.Event()

    def heard(self) -> None:
        self.noted.set()

    def begin(self) -> None:
        """Note nothing."""


def test_a_probe_goes_round_over_the_bus_and_rings_for_nothing() -> None:
    rings: list[tuple[str, str]] = []
    hearing = NotedHearing()
    bus = bus_at(rung=lambda *bell: not rings.append(bell), hearing=hearing)
    bus._listener.start()
    bus._listener.thread.join(30)
    bus._probes.step()
    assert hearing.noted.wait(30)
    bus.stop()
    assert rings == []


def test_a_broker_that_refuses_the_queue_at_first_is_listened_to_once_it_takes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rung = threading.Event()
    bus = bus_at(rung=lambda *_: not rung.set())
    driver = bus._transport._driver
    listen, refusals = driver.listen_for_notifications, [oslo_messaging.MessageDeliveryFailure("PRECONDITION_FAILED")]

    def listen_for_notifications(*args: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return listen(*args)

    monkeypatch.setattr(driver, "listen_for_notifications", listen_for_notifications)
    monkeypatch.setattr(bus._listener._stopping, "wait", lambda _seconds: False)
    bus._listener.start()
    bus._listener.thread.join(30)
    bus.ping()
    bus.ring(PROJECT, QUEUE)
    assert rung.wait(30)
    bus._listener.stop()
