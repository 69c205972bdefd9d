"""The bridge of one project: it forgets at once what is over, gathers nothing that runs long, and stops cleanly."""

import gc

import pytest
from one_bridge import QUEUE, OneBridge

from customresource_bridge.bridge.in_flight import InFlight
from customresource_bridge.bridge.observability.events import GivenBack


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


def test_a_bridge_that_stops_gives_back_what_it_holds(one: OneBridge) -> None:
    one.post()
    one.claim()
    one.bridge.start()
    assert one.bridge.stop() == {QUEUE}
    assert isinstance(one.events[-1], GivenBack)
    assert one.zaqar.claim_one(QUEUE, ttl=60) is not None


def test_a_message_that_cannot_be_read_is_answered(one: OneBridge) -> None:
    request_id = one.post("Explode")
    one.claim()
    assert [(answer["RequestId"], answer["Status"]) for answer in one.answers] == [(request_id, "FAILED")]
    assert "RequestType" in one.answers[0]["Reason"]
    assert len(one.bridge.table) == one.zaqar.count(QUEUE) == 0


def test_an_unexpected_error_leaves_the_request_to_be_tried_again(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(one.mistral, "start", lambda *_args, **_kwargs: 1 / 0)
        one.post()
        one.claim()
    assert "unexpected error" in caplog.text
    assert len(one.bridge.table) == 1
    one.later(60)
    one.end()
    assert [answer["Status"] for answer in one.answers] == ["SUCCESS"]
