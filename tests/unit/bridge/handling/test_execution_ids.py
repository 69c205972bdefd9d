"""The places for requests in flight: long ones of one stack never take them all."""

import uuid

import pytest

from customresource_bridge.bridge.settings import Settings
from tests.unit.bridge.test_fair import Simulation


@pytest.mark.parametrize("places", [1, 2, 9, 10, 30, 1000])
def test_one_queue_alone_is_given_nearly_all_places(places: int) -> None:
    settings, held = Settings(max_in_flight=places), 0
    while settings.has_room(held, in_flight=held):
        held += 1
    assert places - places // 10 <= held <= places


@pytest.mark.parametrize("others", [1, 2, 5])
def test_a_new_queue_finds_a_place_after_any_few_others(others: int) -> None:
    settings, held = Settings(max_in_flight=1000), [0] * others
    for _ in range(1000):
        for number in range(others):
            held[number] += settings.has_room(held[number], in_flight=sum(held))
    assert settings.has_room(0, in_flight=sum(held))
    assert sum(held) >= 900


def test_a_full_bridge_has_room_for_nobody() -> None:
    assert not Settings(max_in_flight=10).has_room(0, in_flight=10)


def test_two_stacks_of_long_workflows_leave_a_place_for_another_stacks_request() -> None:
    world = Simulation(max_in_flight=100)
    ends = world.mistral.end
    world.mistral.end = lambda *_args, **_kwargs: None  # type: ignore[method-assign]
    first, second, third = (str(uuid.UUID(int=number)) for number in (1, 2, 3))
    world.post(first, 100)
    world.post(second, 100)
    world.run(30)
    assert 90 <= len(world.bridge.table) < 100
    world.post(third, 1)
    world.run(1)
    (entry,) = [entry for entry in world.bridge.table.all() if third in entry.identity.stack_id]
    assert entry.started
    ends(entry.key, "SUCCESS", output={})
    world.run(1)
    assert f"{third}/0" in world.answered
