"""A claim whose answer was lost hides its message: the bridge looks again when it is over, and is not idle before."""

from typing import Any

import pytest
from one_bridge import QUEUE, OneBridge

from customresource_bridge import errors
from customresource_bridge.bridge.in_flight import Stage


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


def test_who_ends_before_that_says_which_queue_it_is(one: OneBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_args: Any, **_kwargs: Any) -> None:
        raise errors.ServiceUnavailable("Zaqar", "claim messages", "it did not answer in time", status=None)

    one.post()
    with monkeypatch.context() as patch:
        patch.setattr(one.zaqar, "claim_one", lost)
        one.claim()
    one.later(2)
    assert one.bridge._ready.take(0) == QUEUE
    one.bridge._ready.give_back(QUEUE, more=False)
    assert one.bridge.stop() == {QUEUE}


def test_zaqar_that_says_that_it_is_away_has_claimed_nothing(one: OneBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: Any, **_kwargs: Any) -> None:
        raise errors.ServiceUnavailable("Zaqar", "claim messages", "later", status=503)

    with monkeypatch.context() as patch:
        patch.setattr(one.zaqar, "claim_one", away)
        one.claim()
    one.later(2)
    one.claim()
    assert one.bridge.idle
