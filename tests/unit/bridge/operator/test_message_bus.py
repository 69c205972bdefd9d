"""Whether bells can be heard: what readiness asks of the message bus."""

import socket
from collections.abc import Iterator
from typing import Any

import oslo_messaging
import pytest
from oslo_config import cfg

from customresource_bridge import errors
from customresource_bridge.bridge.operator.message_bus import MessageBus


@pytest.fixture
def broker() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def bus_at(*ports: int, **options: Any) -> MessageBus:
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[])
    oslo_messaging.get_notification_transport(conf, url="fake://")  # registers its options
    for name, value in options.items():
        conf.set_override(name, value, group="oslo_messaging_notifications")
    hosts = ",".join(f"u:password-of-mine@127.0.0.1:{port}" for port in ports)
    conf.set_override("transport_url", f"rabbit://{hosts}/" if ports else "fake://")
    return MessageBus(conf, url=None, topic="bell", rung=lambda *_: True)


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


def test_the_broker_of_notifications_is_the_one_that_counts(broker: socket.socket) -> None:
    bus = bus_at(1, transport_url=f"rabbit://u:p@127.0.0.1:{broker.getsockname()[1]}/")
    bus._listener.listening = True
    bus.ping()


def test_a_bus_without_brokers_is_there() -> None:
    bus = bus_at()
    bus._listener.listening = True
    bus.ping()
