"""A request is untaken from the look that saw it so until the one that did not, or until its row waits no more."""

from datetime import datetime, timedelta

from customresource_bridge.compat import UTC
from customresource_bridge.plugin.metrics.untaken import TakerKind, UntakenCount, UntakenRequests

ASKED = datetime(2030, 1, 1, tzinfo=UTC)


def count(untaken: UntakenRequests, kind: TakerKind = TakerKind.BRIDGE) -> UntakenCount:
    return untaken.seen(ASKED + timedelta(minutes=10))[kind]


def test_each_kind_is_counted_and_has_the_age_of_its_oldest() -> None:
    untaken = UntakenRequests()
    untaken.note(1, "a", ASKED, untaken_by=TakerKind.BRIDGE)
    untaken.note(2, "b", ASKED + timedelta(minutes=4), untaken_by=TakerKind.BRIDGE)
    untaken.note(3, "c", ASKED + timedelta(minutes=9), untaken_by=TakerKind.PROVIDER)
    untaken.note(4, "d", ASKED, untaken_by=None)
    assert count(untaken) == UntakenCount(2, 600)
    assert count(untaken, TakerKind.PROVIDER) == UntakenCount(1, 60)


def test_nothing_is_untaken_where_nothing_was_looked_at() -> None:
    assert count(UntakenRequests()) == UntakenCount(0, 0)


def test_a_clock_that_is_behind_gives_no_age_below_zero() -> None:
    untaken = UntakenRequests()
    untaken.note(1, "a", ASKED + timedelta(hours=1), untaken_by=TakerKind.BRIDGE)
    assert count(untaken) == UntakenCount(1, 0)


def test_one_that_is_taken_needs_no_further_look_and_the_row_s_next_request_does() -> None:
    untaken = UntakenRequests()
    assert untaken.is_worth_a_look(1, "a")
    untaken.note(1, "a", ASKED, untaken_by=TakerKind.BRIDGE)
    assert untaken.is_worth_a_look(1, "a")
    untaken.note(1, "a", ASKED, untaken_by=None)
    assert not untaken.is_worth_a_look(1, "a")
    assert untaken.is_worth_a_look(1, "b")


def test_rows_that_wait_no_more_or_elsewhere_are_forgotten() -> None:
    untaken = UntakenRequests()
    for row_id in (1, 2, 3):
        untaken.note(row_id, "a", ASKED, untaken_by=TakerKind.BRIDGE)
    untaken.forget(1)
    untaken.forget(9)
    untaken.keep([3, 4])
    assert count(untaken).number == 1
