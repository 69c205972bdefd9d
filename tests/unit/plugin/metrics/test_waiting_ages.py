"""How long a request has waited is seen from its lease."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from customresource_bridge.compat import UTC
from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.schedule import next_post
from customresource_bridge.plugin.metrics.waiting_ages import AGES, age_of, waiting_requests

ASKED = datetime(2026, 1, 1, tzinfo=UTC)
PAUSES = [30, 60, 120, 300]


def lease(*, posts: int, next_post_at: datetime) -> Lease:
    return Lease(request_id="r", posts=posts, next_post_at=next_post_at, expires_at=next_post_at)


def after(seconds: float) -> Lease:
    """Return the lease of a request that was asked so many seconds ago and posted whenever it was due."""
    pending: Any = type("Pending", (), {"deadline": ASKED + timedelta(days=7)})
    posts, due = 1, next_post(pending, posts=1, now=ASKED, repost_after=PAUSES)
    while due <= ASKED + timedelta(seconds=seconds):
        posts, due = posts + 1, next_post(pending, posts=posts + 1, now=due, repost_after=PAUSES)
    return lease(posts=posts, next_post_at=due)


@pytest.mark.parametrize("seconds", [0, 29, 31, 95, 1000, 86_400, 600_000])
def test_the_age_is_that_of_the_first_post(seconds: float) -> None:
    now = ASKED + timedelta(seconds=seconds)
    assert age_of(after(seconds), now=now, repost_after=PAUSES) == timedelta(seconds=seconds)


def test_what_was_never_sent_counts_as_such() -> None:
    found = waiting_requests(
        [lease(posts=0, next_post_at=ASKED), after(5)], now=ASKED + timedelta(seconds=5), repost_after=PAUSES
    )
    assert (found.unsent, found.oldest, found.below["1m"]) == (1, 7.0, 2)


def test_each_request_has_one_age() -> None:
    now = ASKED + timedelta(days=3)
    ages = [timedelta(seconds=59), timedelta(minutes=1), timedelta(minutes=59), timedelta(hours=23), timedelta(days=3)]
    found = waiting_requests(
        [lease(posts=1, next_post_at=now - age + timedelta(seconds=30)) for age in ages], now=now, repost_after=PAUSES
    )
    assert tuple(found.below) == AGES
    assert list(found.below.values()) == [1, 1, 1, 1, 1]
    assert found.oldest == timedelta(days=3).total_seconds()


def test_where_nothing_waits_all_is_zero() -> None:
    found = waiting_requests([], now=ASKED, repost_after=PAUSES)
    assert (sum(found.below.values()), found.unsent, found.oldest) == (0, 0, 0)


def test_a_clock_that_is_behind_gives_no_age_below_zero() -> None:
    assert age_of(after(0), now=ASKED - timedelta(hours=1), repost_after=PAUSES) == timedelta(0)
