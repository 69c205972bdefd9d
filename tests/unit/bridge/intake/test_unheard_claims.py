"""A claim whose answer was lost hides its message: the bridge looks again when it is over, and is not idle before."""

from typing import Any

import pytest
from one_bridge import QUEUE, OneBridge
from urllib3.exceptions import NewConnectionError

from customresource_bridge import errors
from customresource_bridge.bridge.in_flight import Stage
from customresource_bridge.bridge.intake.unheard_claims import PAUSE, may_have_claimed


def lost(*_args: Any, **_kwargs: Any) -> None:
    raise errors.ServiceUnavailable("Zaqar", "claim messages", "it did not answer in time", status=None)


@pytest.fixture
def one() -> OneBridge:
    return OneBridge()


def test_a_claim_whose_answer_was_lost_is_made_again_when_it_is_over(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = one.zaqar.claim_one

    def claims_and_is_not_heard(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise errors.ServiceUnavailable("Zaqar", "claim messages", "it did not answer in time", status=None)

    one.post()
    with monkeypatch.context() as patch:
        patch.setattr(one.zaqar, "claim_one", claims_and_is_not_heard)
        one.claim()
    one.later(2)
    one.claim()
    assert len(one.bridge.table) == len(one.bridge._ready) == 0  # the message is nobody's as yet
    assert not one.bridge.idle  # or an operator's bridge would close this project's, and forget it
    one.later(178)
    assert len(one.bridge._ready) == 1
    for _ in range(2):
        one.claim()
    assert [entry.stage for entry in one.bridge.table.all()] == [Stage.RUNNING]
    one.end()
    assert one.bridge.idle


def test_of_two_that_were_lost_the_later_one_counts(one: OneBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one.zaqar, "claim_one", lost)
    one.claim()
    one.later(160)
    one.claim()
    monkeypatch.undo()
    one.later(2)
    one.claim()
    one.later(PAUSE - 162)
    assert len(one.bridge._ready) == 0
    assert not one.bridge.idle
    one.later(160)
    one.claim()
    assert one.bridge.idle


def test_one_that_never_reached_zaqar_made_none(one: OneBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_args: Any, **_kwargs: Any) -> None:
        why = NewConnectionError(None, "refused")  # type: ignore[arg-type]
        raise errors.ServiceUnavailable("Zaqar", "claim messages", "no connection", status=None) from why

    with monkeypatch.context() as patch:
        patch.setattr(one.zaqar, "claim_one", refused)
        one.claim()
    one.later(2)
    one.claim()
    assert one.bridge.idle


@pytest.mark.parametrize(("service", "status"), [("Keystone", 503), ("Keystone", None), ("Zaqar", 429)])
def test_who_turned_it_away_at_the_door_made_none(service: str, status: int | None) -> None:
    assert not may_have_claimed(errors.ServiceUnavailable(service, "claim messages", "later", status=status))


@pytest.mark.parametrize("status", [502, 503, 504, None])
def test_what_answers_in_zaqars_place_or_not_at_all_does_not_know(status: int | None) -> None:
    assert may_have_claimed(errors.ServiceUnavailable("Zaqar", "claim messages", "later", status=status))


def test_a_claimed_message_that_cannot_be_admitted_yet_is_claimed_again(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any, **_kwargs: Any) -> None:
        raise errors.ServiceUnavailable("Zaqar", "delete a message", "later", status=503)

    one.zaqar.post(QUEUE, "no request", ttl=7200)
    with monkeypatch.context() as patch:
        patch.setattr(one.zaqar, "delete", away)
        one.claim()
    one.later(2)
    one.claim()
    assert not one.bridge.idle
    one.later(PAUSE)
    for _ in range(2):
        one.claim()
    assert one.bridge.idle
