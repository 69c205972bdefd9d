"""A bridge's memory is flat: what is over is forgotten at once, and what runs long does not gather."""

import gc

import pytest
from one_bridge import OneBridge

from customresource_bridge.bridge.in_flight import InFlight


@pytest.fixture
def one() -> OneBridge:
    return OneBridge()


def in_memory() -> int:
    gc.collect()
    return sum(type(known) is InFlight for known in gc.get_objects())


def test_a_request_that_is_over_is_forgotten(one: OneBridge) -> None:
    before = in_memory()
    for number in range(3):
        one.post(LogicalResourceId=f"Thing{number}")
        one.claim()
    assert in_memory() == before + 3
    one.end()
    one.events.clear()
    assert len(one.answers) == 3
    assert in_memory() == before


def test_a_request_has_one_time_to_be_looked_at_however_often_it_is_looked_at(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.post()
    one.claim()
    (entry,) = one.bridge.table.all()
    for _ in range(10):
        one.bridge.submit(entry)
    asked: list[str] = []
    real = one.mistral.get

    def get(execution_id: str) -> object:
        asked.append(execution_id)
        return real(execution_id)

    monkeypatch.setattr(one.mistral, "get", get)
    one.later(31)
    assert len(asked) == 1
    one.later(31)
    assert len(asked) == 2
