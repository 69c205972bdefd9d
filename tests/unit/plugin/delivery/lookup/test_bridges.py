"""Which bridges a project has of its own, as their heartbeats tell. ``make unit-plugin``."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from bridge_parts import HEARTBEAT, PROVIDER

from customresource_bridge import errors
from customresource_bridge.plugin.delivery.lookup import bridges
from customresource_bridge.protocol.ids import BRIDGE_QUEUE
from customresource_bridge.protocol.messaging.heartbeat import BridgeMode, Heartbeat


def ref(*said: Heartbeat, age: int = 20) -> Any:
    def messages(queue: str) -> Any:
        assert queue == BRIDGE_QUEUE
        return iter([SimpleNamespace(body=one.to_dict(), age=age) for one in said])

    return SimpleNamespace(zaqar=lambda: SimpleNamespace(messages=messages))


def test_a_project_s_own_bridges_are_seen_by_their_hosts() -> None:
    other = replace(HEARTBEAT, id="b2", host="another")
    assert bridges.hosts(ref(HEARTBEAT, other, replace(HEARTBEAT, id="b3"))) == sorted([HEARTBEAT.host, "another"])


def test_what_stopped_or_is_no_bridge_of_the_project_is_not() -> None:
    operator = replace(HEARTBEAT, id="o", mode=BridgeMode.OPERATOR)
    assert bridges.hosts(ref(HEARTBEAT, replace(HEARTBEAT, stopped=True), operator, PROVIDER)) == []
    assert bridges.hosts(ref(HEARTBEAT, age=91)) == []


def test_what_cannot_be_asked_is_not_known() -> None:
    def away(_queue: str) -> Any:
        raise errors.ServiceUnavailable("Zaqar", "list messages", "it did not answer in time")

    assert bridges.hosts(SimpleNamespace(zaqar=lambda: SimpleNamespace(messages=away))) is None
