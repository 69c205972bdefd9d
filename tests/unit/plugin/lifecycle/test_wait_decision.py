"""The whole decision about a request that is out, as one table over everything that it depends on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import product

import pytest

from customresource_bridge.compat import UTC
from customresource_bridge.plugin.lifecycle.lease import Lease, LeaseState
from customresource_bridge.plugin.lifecycle.schedule import GRACE, KEPT, LOST
from customresource_bridge.plugin.lifecycle.spec import Delivery, Spec
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.plugin.lifecycle.wait_decision import (
    Renew,
    Repost,
    Seen,
    Surroundings,
    WaitStep,
    WaitUntil,
    Wake,
    next_wait_step,
)
from customresource_bridge.protocol import RequestType

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REPOST_AFTER = [30, 60, 120]
SOON, LATE = timedelta(seconds=20), timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One combination; the times are seconds from now, and past where they are below 0."""

    state: LeaseState
    request_type: RequestType
    delivery: Delivery
    held: bool
    deadline: float
    stack_end: float
    next_post: float
    expires: float
    stack_over: bool
    row_deleted: bool
    seen: Seen

    def at(self, seconds: float) -> datetime:
        return NOW + timedelta(seconds=seconds)

    @property
    def lease(self) -> Lease:
        return Lease(
            request_id="r",
            posts=1,
            next_post_at=self.at(self.next_post),
            expires_at=self.at(self.expires),
            state=self.state,
        )

    @property
    def end(self) -> float:
        return min(self.deadline, self.stack_end)

    def decide(self, lease: Lease | None = None, now: datetime = NOW) -> WaitStep:
        pending = Pending(
            request_id="r",
            request_type=self.request_type,
            spec=Spec(resource_type="T", delivery=self.delivery),
            traversal="op",
            asked_at=NOW - timedelta(seconds=40),
            deadline=self.at(self.deadline),
        )
        around = Surroundings(
            thread_from=self.at(self.stack_end), stack_over=self.stack_over, row_deleted=self.row_deleted
        )
        return next_wait_step(
            pending, lease or self.lease, self.seen, now=now, repost_after=REPOST_AFTER, around=around, held=self.held
        )

    @cached_property
    def step(self) -> WaitStep:
        """What is decided now."""
        return self.decide()

    @property
    def is_woken(self) -> bool:
        """Whether an engine, or the thread that asks, has to act."""
        if self.deadline <= 0 or self.stack_end <= 0 or self.seen is Seen.ENDED:
            return True
        if self.held:
            return self.seen is Seen.STOPPING
        over = self.stack_over and self.request_type in {RequestType.UPDATE, RequestType.CHECK}
        in_the_way = self.row_deleted and self.request_type is not RequestType.DELETE
        if in_the_way and self.delivery is Delivery.DIRECT:
            return over or self.seen in {Seen.RUNNING, Seen.MISSING}
        return over or self.seen is Seen.STOPPING


def cases() -> Iterator[Case]:
    booleans = (False, True)
    times = ((3600, -1), (1800, -1), (25, -1), (10, -1))
    for values in product(LeaseState, RequestType, Delivery, booleans, *times, booleans, booleans, Seen):
        names = list(Case.__dataclass_fields__)
        yield Case(**dict(zip(names, values, strict=True)))


ALL = list(cases())
FREE = [case for case in ALL if not case.held]
PARKED = [case for case in FREE if case.state is LeaseState.PARKED]
HELD = [case for case in ALL if case.held]
LOOKED_AFTER = [*PARKED, *HELD]


def test_the_table_is_whole() -> None:
    assert len(ALL) == 3 * 4 * 2 * 2 * 2 * 2 * 2 * 2 * 2 * 2 * 5
    assert len(set(ALL)) == len(ALL)


def test_without_a_lock_only_a_parked_row_is_acted_on_and_a_message_is_waited_for() -> None:
    for case in FREE:
        if case.state is not LeaseState.PARKED:
            assert case.step == WaitUntil(case.lease.expires_at + GRACE), case


def test_a_message_that_was_lost_is_sent_again() -> None:
    for case in FREE:
        if case.state is not LeaseState.PARKED:
            later = case.lease.expires_at + GRACE
            assert case.decide(now=later) == Wake(case.lease.waking(until=later + LOST)), case


def test_what_has_ended_in_whatever_way_wakes_its_resource() -> None:
    for case in LOOKED_AFTER:
        assert isinstance(case.step, Wake) is case.is_woken, case


def test_no_thread_waits_for_a_workflow_that_is_in_a_delete_s_way_and_cannot_be_stopped_now() -> None:
    (case, *_) = [
        case
        for case in PARKED
        if (case.request_type, case.delivery, case.seen) == (RequestType.CREATE, Delivery.DIRECT, Seen.UNKNOWN)
        and case.row_deleted
        and not case.is_woken
        and case.next_post > 0
    ]
    for seen, wakes in {Seen.UNKNOWN: False, Seen.STOPPING: False, Seen.RUNNING: True, Seen.MISSING: True}.items():
        assert isinstance(replace(case, seen=seen).decide(), Wake) is wakes, seen


def test_a_wake_up_touches_neither_the_count_nor_the_next_post() -> None:
    for case in LOOKED_AFTER:
        if case.is_woken:
            assert case.step == Wake(replace(case.lease, state=LeaseState.WAKING, expires_at=NOW + LOST)), case


def test_a_request_is_posted_again_exactly_where_it_is_time_and_none_is_seen_to_have_it() -> None:
    for case in LOOKED_AFTER:
        if not case.is_woken:
            expected = case.seen is Seen.MISSING and case.next_post <= 0
            assert isinstance(case.step, Repost) is expected, case


def test_a_repost_is_counted_and_kept_until_the_next_one() -> None:
    for case in LOOKED_AFTER:
        match case.step:
            case Repost(lease):
                assert lease.posts == 2, case
                assert lease.next_post_at == NOW + timedelta(seconds=60), case
                assert lease.expires_at == lease.next_post_at, case
                assert (lease.request_id, lease.state) == ("r", case.state), case


def test_a_monitor_renews_what_ran_out_and_a_thread_s_lock_needs_no_renewal() -> None:
    for case in LOOKED_AFTER:
        if not case.is_woken and not isinstance(case.step, Repost):
            renewed = replace(case.lease, expires_at=NOW + KEPT)
            if case.held or case.expires > 0:
                assert isinstance(case.step, WaitUntil), case
            else:
                assert case.step == Renew(renewed), case


def test_waiting_ends_before_whatever_comes_first_and_never_in_the_past() -> None:
    for case in LOOKED_AFTER:
        step = case.step
        if isinstance(step, WaitUntil):
            times = [case.end, case.next_post, *([] if case.held else [case.expires])]
            if case.delivery is Delivery.DIRECT:
                times.append(8)  # a fifth of the forty seconds since it was asked
            assert step.at == case.at(min(time for time in times if time > 0)), case


def test_every_step_leaves_something_later_to_wait_for() -> None:
    for case in ALL:
        match case.step:
            case Wake(lease) if not case.held:
                assert case.decide(lease) == WaitUntil(NOW + LOST + GRACE), case
            case Repost(lease) | Renew(lease):
                after = case.decide(lease)
                assert isinstance(after, WaitUntil), case
                assert after.at > NOW, case


@pytest.mark.parametrize(("posts", "pause"), [(0, 30), (1, 60), (2, 120), (3, 120), (9, 120)])
def test_posts_become_rarer(posts: int, pause: int) -> None:
    (case,) = [
        case
        for case in PARKED
        if (case.request_type, case.delivery, case.seen) == (RequestType.CREATE, Delivery.QUEUE, Seen.MISSING)
        and not (case.is_woken or case.stack_over or case.row_deleted)
        and case.next_post <= 0 < case.expires
    ]
    step = case.decide(replace(case.lease, posts=posts))
    assert isinstance(step, Repost)
    assert step.lease.next_post_at == NOW + timedelta(seconds=pause)


def test_after_a_wake_up_a_thread_posts_when_the_request_is_due_and_not_when_the_message_was() -> None:
    (case, *_) = [case for case in HELD if not case.is_woken and case.seen is Seen.MISSING and case.next_post > 0]
    woken = case.lease.waking(until=NOW + LOST).held_by_thread()
    assert case.decide(woken, now=NOW + timedelta(seconds=24)) == case.decide(
        case.lease, now=NOW + timedelta(seconds=24)
    )
    assert isinstance(case.decide(woken, now=NOW + timedelta(seconds=25)), Repost)
    late = replace(woken, next_post_at=NOW + LATE)
    assert isinstance(case.decide(late, now=NOW + LOST + SOON), WaitUntil)
