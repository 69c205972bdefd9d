"""A call over the bus ends in time, whatever oslo.messaging does. The bus here is oslo.messaging's own fake."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import oslo_messaging
import pytest
from oslo_config import cfg

from customresource_bridge.gateway.upstreams.bus_client import BoundedCalls, BusClient
from customresource_bridge.gateway.upstreams.heat_bus import BusAwayError, BusTroubleError
from customresource_bridge.protocol.crypto.bus_answer import EXCHANGE, TOPIC

Serve = Callable[[Any], None]


class Engine:
    """Takes answers."""

    target = oslo_messaging.Target(version="1.0")

    def __init__(self, reply: Any) -> None:
        self.reply = reply

    def take_answer(self, _context: Any, sealed: str) -> Any:
        if isinstance(self.reply, Exception):
            raise self.reply
        return {"outcome": self.reply, "reason": sealed}


@pytest.fixture
def conf() -> Any:
    cfg.CONF([], default_config_files=[])
    return cfg.CONF


@pytest.fixture
def serve(conf: Any) -> Iterator[Serve]:
    servers: list[Any] = []

    def begin(engine: Any) -> None:
        transport = oslo_messaging.get_rpc_transport(conf, url="fake://")
        target = oslo_messaging.Target(exchange=EXCHANGE, topic=TOPIC, server="engine-1")
        servers.append(oslo_messaging.get_rpc_server(transport, target, [engine]))
        servers[-1].start()

    yield begin
    for server in servers:
        server.stop()
        server.wait()


def test_an_engine_s_reply_comes_back(conf: Any, serve: Serve) -> None:
    serve(Engine("kept"))
    client = BusClient(conf, url="fake://", most=1)
    assert client.take_answer("gAAAA") == {"outcome": "kept", "reason": "gAAAA"}


@pytest.mark.parametrize("engine", [Engine(ValueError("secret")), object()], ids=["it fails", "of another version"])
def test_what_is_no_reply_is_a_trouble_that_quotes_nothing(conf: Any, serve: Serve, engine: Any) -> None:
    serve(engine)
    client = BusClient(conf, url="fake://", most=1)
    with pytest.raises(BusTroubleError, match=r"^\w+$") as caught:
        client.take_answer("gAAAA")
    assert "secret" not in str(caught.value)


def test_a_call_that_hangs_keeps_its_caller_no_longer_than_said_and_others_neither() -> None:
    calls, broker = BoundedCalls(most=2, patience=0.01), threading.Event()
    for _ in range(2):
        with pytest.raises(BusAwayError, match="no reply within"):
            calls.call(broker.wait)
    with pytest.raises(BusAwayError, match="too many calls"):
        calls.call(lambda: "reply")
    broker.set()


def test_while_one_is_overdue_the_next_is_not_waited_for_as_long() -> None:
    calls, broker = BoundedCalls(most=9, patience=0.6, while_away=0), threading.Event()
    for seconds in (1, 0):
        with pytest.raises(BusAwayError, match=f"no reply within {seconds} s"):
            calls.call(broker.wait)
    broker.set()


def test_a_call_that_came_to_its_end_makes_room() -> None:
    calls = BoundedCalls(most=1, patience=5)
    assert [calls.call(lambda: "reply") for _ in range(3)] == ["reply"] * 3
