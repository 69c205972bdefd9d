"""The stand-in for Zaqar; the same suite runs on it and on the real one in tests/functional/bridge."""

from functools import partial

import pytest

from customresource_bridge import errors
from customresource_bridge.testing import FakeZaqar


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def zaqar(clock: Clock) -> FakeZaqar:
    return FakeZaqar(clock)


def test_the_oldest_free_message_is_claimed_until_its_claim_runs_out(zaqar: FakeZaqar, clock: Clock) -> None:
    for number in range(2):
        zaqar.post("q", {"number": number}, ttl=300)
    first, second = zaqar.claim_one("q", ttl=60), zaqar.claim_one("q", ttl=60)
    assert first is not None
    assert second is not None
    assert (first.body, second.body, zaqar.claim_one("q", ttl=60)) == ({"number": 0}, {"number": 1}, None)
    clock.now += 61
    again = zaqar.claim_one("q", ttl=60)
    assert again is not None
    assert (again.body, again.age) == ({"number": 0}, 61)


def test_a_claim_that_ran_out_is_neither_renewed_nor_good_for_deleting(zaqar: FakeZaqar, clock: Clock) -> None:
    zaqar.post("q", {}, ttl=300)
    message = zaqar.claim_one("q", ttl=60)
    assert message is not None
    zaqar.renew(message, ttl=120)
    clock.now += 121
    with pytest.raises(errors.ServiceUnavailable):
        zaqar.renew(message, ttl=60)
    with pytest.raises(errors.Rejected):
        zaqar.delete(message)
    other = zaqar.claim_one("q", ttl=60)
    assert other is not None
    for call in (zaqar.delete, partial(zaqar.renew, ttl=60)):
        with pytest.raises(errors.ServiceUnavailable):
            call(message)
    zaqar.delete(other)
    assert zaqar.count("q") == 0
    zaqar.delete(other)


def test_a_released_message_is_free_at_once(zaqar: FakeZaqar) -> None:
    zaqar.post("q", {}, ttl=300)
    message = zaqar.claim_one("q", ttl=60)
    assert message is not None
    assert list(zaqar.messages("q")) == []
    zaqar.release(message)
    assert len(list(zaqar.messages("q"))) == 1


def test_messages_and_queues_go(zaqar: FakeZaqar, clock: Clock) -> None:
    zaqar.post("heat-cr-1", {}, ttl=300)
    zaqar.post("heat-cr-2", {}, ttl=60)
    zaqar.post("other", {}, ttl=300)
    assert list(zaqar.queues("heat-cr-")) == ["heat-cr-1", "heat-cr-2"]
    clock.now += 61
    assert zaqar.count("heat-cr-2") == 0
    zaqar.delete_queue("other")
    zaqar.delete_queue("nothing")
    zaqar.forget_everything()
    assert list(zaqar.queues()) == []


def test_claims_shorter_than_zaqar_takes_are_refused(zaqar: FakeZaqar) -> None:
    with pytest.raises(errors.Rejected):
        zaqar.claim_one("q", ttl=1)
