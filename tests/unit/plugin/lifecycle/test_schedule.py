"""The times of a waiting request. ``make unit-plugin``."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from customresource_bridge.compat import UTC
from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.schedule import (
    heeds_until,
    is_first_post,
    is_to_be_told,
    message_ttl,
    next_look,
    next_post,
    next_try,
)
from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.protocol import RequestType

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PENDING = Pending(
    request_id="r",
    request_type=RequestType.CREATE,
    spec=Spec(resource_type="T"),
    traversal="op",
    asked_at=NOW,
    deadline=NOW + timedelta(seconds=1000),
)


def test_posts_are_repeated_ever_more_rarely_and_never_after_the_deadline() -> None:
    pauses = [
        (next_post(PENDING, posts=posts, now=NOW, repost_after=[30, 60, 120]) - NOW).total_seconds()
        for posts in range(6)
    ]
    assert pauses == [2, 30, 60, 120, 120, 120]
    late = NOW + timedelta(seconds=990)
    assert next_post(PENDING, posts=3, now=late, repost_after=[30]) == PENDING.deadline


def times_of(pending: Pending) -> list[int]:
    """Return the seconds after which a request is posted again until its deadline."""
    times, due, posts = [], NOW, 1
    while (due := next_post(pending, posts=posts, now=due, repost_after=REPOST_AFTER)) < pending.deadline:
        times.append(round((due - NOW).total_seconds()))
        posts += 1
    return times


def test_a_request_with_little_time_is_posted_more_often_so_that_two_bridges_may_die_with_it() -> None:
    assert times_of(replace(PENDING, deadline=NOW + timedelta(seconds=150))) == [30, 60, 90, 120]


def test_a_request_with_time_is_posted_rarely_until_little_is_left() -> None:
    times = times_of(replace(PENDING, deadline=NOW + timedelta(hours=1)))
    assert times[:9] == [30, 90, 210, 510, 810, 1110, 1410, 1710, 2010]
    assert times[-1] in range(3540, 3600)
    assert len(times) == 22


def test_a_request_with_little_time_is_told_of_once() -> None:
    pending, told, posts, due = replace(PENDING, deadline=NOW + timedelta(seconds=150)), [], 1, NOW
    for time in times_of(pending):
        due = NOW + timedelta(seconds=time)
        lease = Lease(request_id="r", posts=posts, next_post_at=due, expires_at=due)
        if is_to_be_told(pending, lease, now=due, repost_after=REPOST_AFTER, notice_after=45):
            told.append(time)
        posts += 1
    assert told == [60]


def test_a_message_outlives_its_request() -> None:
    assert message_ttl(PENDING, NOW) > 1000


def test_a_workflow_is_looked_at_ever_more_rarely() -> None:
    looks = [
        (next_look(PENDING, now=NOW + timedelta(seconds=age)) - NOW).total_seconds() - age for age in (0, 40, 4000)
    ]
    assert looks == [1, 8, 15]


REPOST_AFTER = [30, 60, 120, 300]


def test_a_request_that_waits_for_days_is_told_of_three_times() -> None:
    lasting = replace(PENDING, deadline=NOW + timedelta(days=7))
    told, now, posts = [], NOW, 1
    due = next_post(lasting, posts=posts, now=now, repost_after=REPOST_AFTER)
    while due < lasting.deadline:
        now = due + timedelta(seconds=1)  # the monitor is a little late
        lease = Lease(request_id="r", posts=posts, next_post_at=due, expires_at=due)
        if is_to_be_told(lasting, lease, now=now, repost_after=REPOST_AFTER, notice_after=60):
            told.append((now - NOW).total_seconds())
        posts += 1
        due = next_post(lasting, posts=posts, now=now, repost_after=REPOST_AFTER)
    assert len(told) == 3
    assert told[0] == 92, "within two minutes"
    assert 3600 <= told[1] < 3600 + 310
    assert 86_400 <= told[2] < 86_400 + 310


def test_what_no_handler_can_have_is_not_looked_for() -> None:
    lease = Lease(request_id="r", posts=0, next_post_at=NOW, expires_at=NOW)
    late = NOW + timedelta(seconds=70)
    assert not is_to_be_told(PENDING, lease, now=late, repost_after=REPOST_AFTER, notice_after=60)


@pytest.mark.parametrize(("posts", "due", "first"), [(0, 40, True), (1, 2, True), (1, 30, False), (2, 90, False)])
def test_a_post_is_the_first_where_the_one_before_failed(posts: int, due: int, *, first: bool) -> None:
    lease = Lease(request_id="r", posts=posts, next_post_at=NOW + timedelta(seconds=due), expires_at=NOW)
    assert is_first_post(PENDING, lease, REPOST_AFTER) is first


@pytest.mark.parametrize(("age", "pause"), [(0, 1), (50, 10), (495, 5), (600, 0)])
def test_what_is_held_up_is_tried_again_as_a_workflow_is_looked_at_and_no_later_than_at_half_its_time(
    age: int, pause: int
) -> None:
    now = NOW + timedelta(seconds=age)
    assert heeds_until(PENDING) == NOW + timedelta(seconds=500)
    assert next_try(PENDING, now=now) == now + timedelta(seconds=pause)
