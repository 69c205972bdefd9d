"""The places for requests in flight: long ones of one stack never take them all."""

import pytest

from customresource_bridge.bridge.settings import Settings


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
