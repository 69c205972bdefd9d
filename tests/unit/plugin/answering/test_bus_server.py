"""Each worker takes answers over the bus while it runs, where the operator wants it. ``make unit-plugin``.

The bus is oslo.messaging's own fake, and the other end the gateway's.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import oslo_messaging
import pytest
from oslo_config import cfg
from plugin_parts import NOW

from customresource_bridge.gateway.settle import SettleOutcome
from customresource_bridge.gateway.upstreams.bus_client import BusClient
from customresource_bridge.gateway.upstreams.heat_bus import BusSettler
from customresource_bridge.plugin import options
from customresource_bridge.plugin.answering.answers import AnsweredStack, AnswerEffect
from customresource_bridge.plugin.answering.bus_endpoint import AnswerEndpoint
from customresource_bridge.plugin.answering.bus_server import make_server, serve
from customresource_bridge.protocol import Identity, Status
from customresource_bridge.protocol.answers.reader import HandlerAnswer
from customresource_bridge.protocol.crypto.bus_answer import AnswerKeyring
from customresource_bridge.protocol.crypto.sealed import Sealed, new_key

KEY = new_key()
STACK_UUID = "7d1c0b7e-5f0e-4a52-9c42-3f6d0c6f5b11"
IDENTITY = Identity(stack_id=f"arn:openstack:heat::p:stacks/s/{STACK_UUID}", request_id="r", logical_resource_id="Dns")


@pytest.fixture
def _conf() -> Iterator[None]:
    options.register(cfg.CONF)
    yield
    for name in ("answers_over_bus", "gateway_url", "gateway_keys"):
        cfg.CONF.clear_override(name, options.GROUP)


def chosen(use: str, *, url: str | None = "https://answer.example", key: str = KEY.reveal()) -> None:
    for name, value in {"answers_over_bus": use, "gateway_url": url, "gateway_keys": [key]}.items():
        cfg.CONF.set_override(name, value, options.GROUP)


class Servers:
    """Notes what becomes of the worker's server."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def make(self, engine_id: str, _endpoint: AnswerEndpoint) -> Any:
        self.calls.append(engine_id)
        return self

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")

    def wait(self) -> None:
        self.calls.append("wait")


@pytest.mark.usefixtures("_conf")
@pytest.mark.parametrize("use", ["take", "on"])
def test_it_takes_no_more_before_it_ends_and_finishes_what_it_has(use: str) -> None:
    chosen(use)
    servers = Servers()
    serve("engine-1", make=servers.make)()
    assert servers.calls == ["engine-1", "start", "stop", "wait"]


@pytest.mark.usefixtures("_conf")
@pytest.mark.parametrize(
    "how", [{"use": "off"}, {"use": "on", "url": None}, {"use": "on", "key": "short"}], ids=["off", "no gateway", "key"]
)
def test_it_is_off_by_default_without_a_gateway_and_without_a_key(how: Any) -> None:
    chosen(**how)
    servers = Servers()
    serve("engine-1", make=servers.make)()
    assert servers.calls == []


def test_what_the_gateway_sends_is_taken_by_one_of_two_workers_and_comes_back_as_settled() -> None:
    taken: list[Any] = []

    def take(stack: AnsweredStack, details: Any) -> AnswerEffect:
        taken.append((stack.stack_uuid, details["RequestId"], details["Status"]))
        return AnswerEffect.KEPT

    conf = cfg.CONF
    keyring = AnswerKeyring([KEY])
    transport = oslo_messaging.get_rpc_transport(conf, url="fake://")
    endpoint = AnswerEndpoint(keyring, engine_id="engine-1", take=take, now=lambda: NOW)
    workers = [make_server(name, endpoint, transport=transport) for name in ("engine-1", "engine-2")]
    for worker in workers:
        worker.start()
    try:
        client = BusClient(conf, url="fake://", most=1)
        token = Sealed.for_request(None, IDENTITY, deadline=NOW + timedelta(hours=1))
        settler = BusSettler(keyring=keyring, call=client.take_answer, clock=lambda: NOW)
        answer = HandlerAnswer(identity=IDENTITY, status=Status.SUCCESS)
        assert settler.settle(token, answer)[0] is SettleOutcome.COMMITTED
    finally:
        for worker in workers:
            worker.stop()
            worker.wait()
    assert taken == [(STACK_UUID, "r", "SUCCESS")]
