"""A claimed message becomes a request in flight, is answered, or is set aside; a copy of one in flight is deleted."""

from typing import Any

import pytest
from one_bridge import QUEUE, OneBridge, broken

from customresource_bridge.bridge.handling.decision import GIVE_UP
from customresource_bridge.bridge.observability.events import Repeated


@pytest.fixture
def one() -> OneBridge:
    return OneBridge()


def test_a_message_that_cannot_be_read_is_answered(one: OneBridge) -> None:
    request_id = one.post("Explode")
    one.claim()
    assert [(answer["RequestId"], answer["Status"]) for answer in one.answers] == [(request_id, "FAILED")]
    assert "RequestType" in one.answers[0]["Reason"]
    assert len(one.bridge.table) == one.zaqar.count(QUEUE) == 0


@pytest.mark.parametrize("field", ["RequestId", "LogicalResourceId"])
def test_a_message_whose_ids_cannot_be_encoded_is_set_aside(one: OneBridge, field: str) -> None:
    one.post(**{field: "a\ud800"})
    one.claim()
    assert one.zaqar.count(QUEUE) == 0
    assert [letter.reason for letter in one.dead_letters()] == [
        f"{field} holds half of a surrogate pair: send whole letters"
    ]


def test_a_message_whose_reading_fails_unexpectedly_is_tried_again_and_set_aside_in_the_end(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one, "allowed", lambda _url: 1 / 0)
    one.post()
    one.claim()
    assert one.zaqar.count(QUEUE) == 1
    one.seconds += GIVE_UP.total_seconds()
    one.claim()
    assert one.zaqar.count(QUEUE) == 0
    assert [letter.reason for letter in one.dead_letters()] == ["The bridge failed at reading it: ZeroDivisionError"]


def test_where_a_message_cannot_be_set_aside_either_the_thread_that_claims_goes_on(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, handled: list[Any]
) -> None:
    one.post()
    with monkeypatch.context() as patch:
        patch.setattr(one, "allowed", lambda _url: 1 / 0)
        patch.setattr(one.zaqar, "post", broken)
        one.seconds += GIVE_UP.total_seconds()
        one.claim()
    assert "is not set aside, its claim will run out: RuntimeError" in caplog.text
    assert not any(handled)
    assert one.zaqar.count(QUEUE) == 1


def test_a_copy_of_what_is_in_flight_is_deleted_and_told_of(one: OneBridge) -> None:
    request_id = one.post()
    one.claim()
    (known,) = one.bridge.table.all()
    one.post(RequestId=request_id)
    one.claim()
    assert isinstance(one.events[-1], Repeated)
    assert one.bridge.table.all() == [known]
    assert one.zaqar.count(QUEUE) == 1


def test_a_copy_takes_the_place_of_a_message_whose_claim_is_lost(one: OneBridge) -> None:
    request_id = one.post()
    one.claim()
    (known,) = one.bridge.table.all()
    known.claimed, first = False, known.message
    one.post(RequestId=request_id)
    one.claim()
    assert known.claimed
    assert known.message is not first
    assert known.message.body is None
