from dataclasses import replace

import pytest
from bridge_parts import HEARTBEAT, PROVIDER, Time

from customresource_bridge.protocol import ids
from customresource_bridge.protocol.messaging.heartbeat import TTL, Heartbeat
from customresource_bridge.testing import FakeZaqar
from customresource_bridge.visibility.bridges import SeenBridge, seen_bridges, seen_bridges_and_providers


class World:
    """A project's Zaqar, and time."""

    def __init__(self) -> None:
        self.time = Time()
        self.zaqar = FakeZaqar(self.time.clock.monotonic)

    def says(self, heartbeat: Heartbeat, *, ttl: int = TTL) -> None:
        self.zaqar.post(ids.BRIDGE_QUEUE, heartbeat.to_dict(), ttl=ttl)

    def seen(self) -> list[SeenBridge]:
        return seen_bridges(self.zaqar)  # type: ignore[arg-type]


@pytest.fixture
def world() -> World:
    return World()


OTHER = replace(HEARTBEAT, id="b2", host="another")


def test_each_is_seen_once_by_its_last_heartbeat(world: World) -> None:
    world.says(HEARTBEAT)
    world.says(OTHER)
    world.time.seconds = 30
    world.says(replace(HEARTBEAT, in_flight=2))
    world.time.seconds = 42
    assert [(bridge.said.host, bridge.said.in_flight, bridge.seen) for bridge in world.seen()] == [
        ("another", 0, 42),
        ("desk", 2, 12),
    ]


def test_processes_of_one_number_in_two_containers_of_one_host_are_two(world: World) -> None:
    world.says(HEARTBEAT)
    world.says(replace(HEARTBEAT, id="b2"))
    assert len(world.seen()) == 2


def test_one_that_stopped_is_seen_no_more(world: World) -> None:
    world.says(HEARTBEAT)
    world.says(replace(HEARTBEAT, stopped=True))
    assert world.seen() == []


def test_one_that_died_is_seen_no_more_after_a_while(world: World) -> None:
    world.says(HEARTBEAT, ttl=3600)
    world.time.seconds = TTL
    assert [bridge.seen for bridge in world.seen()] == [TTL]
    world.time.seconds += 1
    assert world.seen() == []


def test_a_provider_is_seen_and_is_no_bridge(world: World) -> None:
    world.says(PROVIDER)
    assert world.seen() == []
    (seen,) = seen_bridges_and_providers(world.zaqar)  # type: ignore[arg-type]
    assert (seen.said.mode, seen.said.queue) == ("provider", "zones")


def test_what_is_no_heartbeat_is_passed_over(world: World) -> None:
    for body in (None, "text", {}, {**HEARTBEAT.to_dict(), "mode": ["x"]}):
        world.zaqar.post(ids.BRIDGE_QUEUE, body, ttl=TTL)
    world.says(OTHER)
    assert [bridge.said for bridge in world.seen()] == [OTHER]
