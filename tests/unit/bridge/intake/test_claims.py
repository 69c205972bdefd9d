"""Claims are renewed as long as they are ours, and that they are no longer is noticed."""

from typing import Any

import pytest
from bridge_parts import QUEUE, Time, entry

from customresource_bridge import errors
from customresource_bridge.bridge.in_flight import Table
from customresource_bridge.bridge.intake.claims import FIRST_TTL, LONGEST_TTL, Claims, ttl_at
from customresource_bridge.bridge.observability.events import ClaimLost
from customresource_bridge.testing import FakeZaqar


def test_an_old_requests_claim_is_renewed_rarely() -> None:
    assert ttl_at(0) == FIRST_TTL
    assert ttl_at(10**9) == LONGEST_TTL
    age, renewals = FIRST_TTL / 2, 0
    while age < 3600:
        age += ttl_at(age) / 2
        renewals += 1
    assert renewals <= 12


class Keeping:
    def __init__(self, time: Time) -> None:
        self.time = time
        self.zaqar = FakeZaqar(time.clock.monotonic)
        self.zaqar.post(QUEUE, {}, ttl=10_000)
        self.table = Table()
        self.seen: list[Any] = []
        self.claims = Claims(self.zaqar, self.table, of="project p", clock=time.clock, observer=self.seen.append)  # type: ignore[arg-type]
        claimed = self.zaqar.claim_one(QUEUE, ttl=FIRST_TTL)
        assert claimed is not None
        self.entry = entry()
        self.entry.message = claimed
        self.table.add(self.entry)
        self.claims.keep(self.entry)

    def at(self, seconds: float) -> None:
        self.time.seconds = seconds
        for callback, args in self.claims._timers.due():
            callback(*args)


def test_a_claim_is_kept(time: Time) -> None:
    keeping = Keeping(time)
    for seconds in (60, 120, 180, 240, 400):
        keeping.at(seconds)
        assert keeping.zaqar.claim_one(QUEUE, ttl=60) is None
    assert keeping.entry.claimed


def test_a_claim_that_is_gone_is_noticed_and_what_was_not_started_is_dropped(time: Time) -> None:
    keeping = Keeping(time)
    keeping.zaqar.forget_everything()
    keeping.at(60)
    assert not keeping.entry.claimed
    assert len(keeping.table) == 0
    assert [type(event) for event in keeping.seen] == [ClaimLost]


def test_what_was_started_is_followed_without_its_claim(time: Time) -> None:
    keeping = Keeping(time)
    keeping.entry.runs("e1", "w", at=0.0)
    keeping.zaqar.forget_everything()
    keeping.at(60)
    assert not keeping.entry.claimed
    assert len(keeping.table) == 1


def test_a_claim_that_ran_out_is_never_stolen_back(time: Time) -> None:
    keeping = Keeping(time)
    time.seconds = FIRST_TTL + 1
    other = keeping.zaqar.claim_one(QUEUE, ttl=60)
    assert other is not None
    keeping.at(FIRST_TTL + 1)
    assert not keeping.entry.claimed
    keeping.zaqar.renew(other, ttl=60)


def test_two_503_are_an_answer_and_a_lost_connection_is_none(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    keeping = Keeping(time)

    def away(*_args: Any, **_kwargs: Any) -> None:
        raise errors.ServiceUnavailable("Zaqar", "renew a claim", "?", status=status)

    monkeypatch.setattr(keeping.zaqar, "renew", away)
    status: int | None = None
    for seconds in (60, 66, 72, 78):
        keeping.at(seconds)
        assert keeping.entry.claimed
    status = 503
    keeping.at(84)
    assert keeping.entry.claimed
    keeping.at(90)
    assert not keeping.entry.claimed
