"""Looks after one waiting row after the other: carries out what ``lifecycle.wait_decision`` says of it.

It posts an unanswered request again under the same RequestId, and tells in an event who has it; has an engine work on a
resource whose deadline or stack timeout is near, whose workflow (direct delivery) has ended, or whose answer no thread
saw. It never answers for a handler, and it changes nothing of a row but its lease.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from heat.common import exception

from customresource_bridge import errors
from customresource_bridge.plugin import clock
from customresource_bridge.plugin.clock import Clock
from customresource_bridge.plugin.delivery.lookup import bridges, takers
from customresource_bridge.plugin.delivery.lookup.takers import Taken, Untaken
from customresource_bridge.plugin.delivery.way import WAYS, Ways
from customresource_bridge.plugin.delivery.workflow import PredecessorActs
from customresource_bridge.plugin.heat import events, leases
from customresource_bridge.plugin.heat.engines import retrigger
from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.plugin.lifecycle import story
from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.schedule import GRACE, is_first_post, is_to_be_told, next_try
from customresource_bridge.plugin.lifecycle.spec import Delivery
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.plugin.lifecycle.wait_decision import (
    Renew,
    Repost,
    Seen,
    WaitStep,
    WaitUntil,
    Wake,
    next_wait_step,
)
from customresource_bridge.plugin.metrics.figures import FIGURES, Step, posted
from customresource_bridge.plugin.metrics.untaken import TakerKind, UntakenRequests
from customresource_bridge.plugin.options import settings
from customresource_bridge.plugin.request_log import log_step
from customresource_bridge.plugin.waiting.rows import Row

TROUBLE = timedelta(seconds=30)
"""For how long a service is asked nothing that kept the monitor waiting and then failed: every call may take as long as
a call's time-out, and the others' deadlines must be kept meanwhile."""
SLOW = timedelta(seconds=2)
_KINDS = {Untaken.BRIDGE: TakerKind.BRIDGE, Untaken.PROVIDER: TakerKind.PROVIDER}


class FindTaker(Protocol):
    """Returns who has a request that was posted so often, as far as that can be known."""

    def __call__(self, ref: ResourceRef, pending: Pending, *, posts: int) -> Taken | Untaken | None:
        """Return it.

        :raises CustomResourceError: a service did not say.
        """


class Monitor:
    """Looks after rows.

    It remembers whose workflows it watches, with the authority to ask Mistral: while one runs, that costs no login, and
    no question to the database but whether its stack still is at what it was at, as often as the lease is renewed.
    Everything else is loaded anew each time, for another process may have changed it.

    :param load: loads a waiting row, or None where it does not wait without a thread any more.
    :param begin_again: has an engine work on a row that has no request, once the message for it counts as lost; returns
        when it is due again, or None where it is no such row.
    :param is_as_loaded: returns whether a row's stack still is at what it was at when the row was loaded.
    :param wake: has an engine work on a row, if its lease is still the one that was read.
    :param slow: from what time on a call that failed kept the others waiting.
    :param find_taker: returns who has a request, as far as that can be known.
    :param find_bridges: returns where the project has bridges of its own; None where that cannot be seen.
    :param tell: writes an event.
    :param untaken: remembers what no consumer has taken, for the figures.
    """

    def __init__(  # noqa: PLR0913 - what it works with, by name
        self,
        *,
        load: Callable[[int, datetime], Row | None],
        begin_again: Callable[[int, datetime], datetime | None],
        is_as_loaded: Callable[[Row], bool],
        wake: Callable[[Any, Any, int, Lease, Lease], bool] = retrigger.wake,
        ways: Ways = WAYS,
        now: Clock = clock.now,
        slow: timedelta = SLOW,
        find_taker: FindTaker = takers.find,
        find_bridges: Callable[[ResourceRef], Sequence[str] | None] = bridges.hosts,
        tell: Callable[[ResourceRef, str], None] = events.tell,
        untaken: UntakenRequests = FIGURES.untaken,
    ) -> None:
        self._load = load
        self._begin_again = begin_again
        self._is_as_loaded = is_as_loaded
        self._wake = wake
        self._ways = ways
        self._now = now
        self._slow = slow
        self._find_taker = find_taker
        self._find_bridges = find_bridges
        self._tell = tell
        self._untaken = untaken
        self._watched: dict[int, Row] = {}
        self._spared: dict[Delivery, datetime] = {}
        self._owed: dict[int, str] = {}  # the RequestId of a row whose owner has not heard what is due

    def attend(self, row_id: int, *, anew: bool) -> datetime | None:
        """Look after one row; return when it is due again, or None if another process goes on with it.

        :param anew: whether it has been parked since the last time: what is remembered of it may be out of date.
        """
        watched = self._watched.pop(row_id, None)
        if watched is not None and not anew:
            seen, step = self._decide(watched)
            if isinstance(step, WaitUntil) or (isinstance(step, Renew) and self._is_as_loaded(watched)):
                return self._carry_out(watched, seen, step)
        row = self._load(row_id, self._now())
        due = None if row is None else self._carry_out(row, *self._decide(row))
        if due is not None:
            return due
        self._untaken.forget(row_id)
        self._owed.pop(row_id, None)
        return self._begin_again(row_id, self._now()) if row is None else None

    def _decide(self, row: Row) -> tuple[Seen, WaitStep]:
        blind = self._step(row, Seen.UNKNOWN)
        if isinstance(blind, Wake) or (isinstance(blind, WaitUntil) and not row.lease.is_parked):
            return Seen.UNKNOWN, blind  # whatever could be seen
        seen = self._look(row)
        return seen, self._step(row, seen)

    def _step(self, row: Row, seen: Seen) -> WaitStep:
        return next_wait_step(
            row.pending,
            row.lease,
            seen,
            now=self._now(),
            repost_after=settings().repost_after,
            around=row.around,
            held=False,
        )

    def _carry_out(self, row: Row, seen: Seen, step: WaitStep) -> datetime | None:
        ref = row.ref
        match step:
            case Wake(waking):
                self._wake(ref.context, ref.stack, ref.row_id, row.lease, waking)
                return waking.expires_at + GRACE
            case Repost(counted):
                return self._repost(row, counted)
            case Renew(renewed):
                if not leases.swap(ref.context, ref.row_id, row.lease, renewed):
                    return None
                return self._wait(replace(row, lease=renewed), seen)
            case WaitUntil():
                return self._wait(row, seen)

    def _repost(self, row: Row, counted: Lease) -> datetime | None:
        spared = self._spared.get(row.pending.spec.delivery, self._now())
        if spared > self._now():
            return min(spared, row.end)
        self._tell_what_became_of(row)  # which may take its time: between counting a post and sending it is none
        if not leases.swap(row.ref.context, row.ref.row_id, row.lease, counted):
            return None
        lease = self._post(row, counted)
        return None if lease is None else self._wait(replace(row, lease=lease), Seen.MISSING)

    def _tell_what_became_of(self, row: Row) -> None:
        """See who has a request, and tell its owner a few times in its life: before a copy more lies in its queue."""
        ref, pending, began = row.ref, row.pending, self._now()
        notice, pauses = settings().untaken_notice_after, settings().repost_after
        told = is_to_be_told(pending, row.lease, now=began, repost_after=pauses, notice_after=notice)
        told |= self._owed.get(ref.row_id) == pending.request_id
        if row.is_direct or not (told or self._is_to_be_seen(row, notice_after=notice)):
            return
        try:
            taker = self._find_taker(ref, pending, posts=row.lease.posts)
        except (errors.CustomResourceError, exception.HeatException) as error:
            self._spare(pending, began)
            if told:  # the next mark may be an hour away
                self._owed[ref.row_id] = pending.request_id
            log_step(ref, pending, f"who has it cannot be seen: {type(error).__name__}")
            return
        self._owed.pop(ref.row_id, None)
        untaken_by = _KINDS[taker] if isinstance(taker, Untaken) else None
        self._untaken.note(ref.row_id, pending.request_id, pending.asked_at, untaken_by=untaken_by)
        text = self._told_of(taker, ref, pending, now=began) if told else None
        if text is not None:
            self._tell(ref, text)

    def _told_of(
        self, taker: Taken | Untaken | None, ref: ResourceRef, pending: Pending, *, now: datetime
    ) -> str | None:
        match taker:
            case Taken(execution):
                return story.runs(pending, execution)
            case Untaken.BRIDGE:
                return story.untaken_by_bridge(pending, hosts=self._find_bridges(ref), now=now)
            case Untaken.PROVIDER:
                return story.untaken_by_provider(pending, now=now)
            case None:
                return None

    def _is_to_be_seen(self, row: Row, *, notice_after: int) -> bool:
        """Return whether it is to be seen for the figures who has a request: while none is known to have it."""
        old_enough = self._now() >= row.pending.asked_at + timedelta(seconds=notice_after)
        posted_before = row.lease.posts > 0
        return old_enough and posted_before and self._untaken.is_worth_a_look(row.ref.row_id, row.pending.request_id)

    def _post(self, row: Row, counted: Lease) -> Lease | None:
        """Post a request whose lease counts that already; return the row's lease now."""
        ref, pending, began = row.ref, row.pending, self._now()
        try:
            self._ways[pending.spec.delivery].send_again(ref, pending)
        except PredecessorActs as error:
            log_step(ref, pending, f"not sent yet: {error}", step=Step.NOT_POSTED)
            again = next_try(pending, now=self._now())
            held = replace(counted.one_post_less(), next_post_at=again, expires_at=again)
            return held if leases.swap(ref.context, ref.row_id, counted, held) else None
        except errors.CustomResourceError as error:
            self._spare(pending, began)
            log_step(ref, pending, f"could not be sent again: {error}", step=Step.NOT_POSTED)
            found: Lease | None = leases.read(ref.context, ref.row_id)
            return found  # which does not count a post that was none
        log_step(ref, pending, f"sent again, copy {counted.posts}", step=posted(counted.posts))
        if pending.hindrance and is_first_post(pending, row.lease, settings().repost_after):
            self._tell(ref, story.sent_after_all(pending))
            marked = self._now() >= pending.asked_at + timedelta(seconds=settings().untaken_notice_after)
            if marked and row.lease.posts == 0:
                self._owed[ref.row_id] = pending.request_id  # the first mark passed before there was anything to take
        return counted

    def _wait(self, row: Row, seen: Seen) -> datetime:
        if row.is_direct and row.lease.is_parked:
            self._watched[row.ref.row_id] = row
        step = self._step(row, seen)
        if not isinstance(step, WaitUntil):
            return self._now()  # it was long in posting: something is due already
        spared = self._spared.get(Delivery.DIRECT)
        if spared is None or not row.is_direct or seen is not Seen.UNKNOWN:
            return step.at
        # After those that are asked as soon as Mistral is: one that always fails must not hinder the others.
        return min(max(step.at, spared + timedelta(seconds=1)), row.end)

    def _look(self, row: Row) -> Seen:
        """Return what became of a request. Of a direct one only Mistral knows; whatever it says, nothing is raised."""
        ref, pending, began = row.ref, row.pending, self._now()
        if row.is_direct and began < self._spared.get(Delivery.DIRECT, began):
            return Seen.UNKNOWN
        try:
            return self._ways[pending.spec.delivery].see(ref, pending)
        except errors.CustomResourceError as error:
            self._spare(pending, began)
            log_step(ref, pending, f"its workflow cannot be looked at: {error}", level=logging.WARNING)
            return Seen.UNKNOWN

    def _spare(self, pending: Pending, began: datetime) -> None:
        now = self._now()
        if now - began > self._slow:
            self._spared[pending.spec.delivery] = now + TROUBLE
