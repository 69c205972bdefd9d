"""When which row is looked after. ``make unit-plugin``."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import pytest

from customresource_bridge.compat import UTC
from customresource_bridge.plugin.waiting.scheduler import Scheduler, together


def a_scheduler(**given: Any) -> Scheduler:
    return Scheduler(**{"kept": lambda _row_ids: {}, "scan": list, "interval": lambda: 3600, **given})


def test_the_scheduler_attends_what_is_due_and_looks_for_others() -> None:
    attended: list[int] = []

    def attend(row_id: int, *, anew: bool) -> datetime | None:
        assert anew is (row_id != 3)
        attended.append(row_id)
        return datetime.now(UTC) + timedelta(hours=1) if row_id == 1 else None

    past = datetime.now(UTC) - timedelta(seconds=10)
    scheduler = a_scheduler(attend=attend, scan=lambda: [(3, past)])
    scheduler.expect(1, past)
    scheduler.expect(2, past + timedelta(milliseconds=1))
    scheduler.step()
    scheduler.step()
    assert attended == [1, 2]
    scheduler._next_scan = past
    scheduler.step()
    scheduler.step()
    scheduler.step()
    assert attended == [1, 2, 3]


def test_the_scheduler_keeps_the_earlier_of_two_times() -> None:
    attended: list[int] = []
    scheduler = a_scheduler(attend=lambda row_id, **_more: attended.append(row_id))
    past = datetime.now(UTC) - timedelta(seconds=1)
    scheduler.expect(1, datetime.now(UTC) + timedelta(hours=1))
    scheduler.expect(1, past)
    scheduler.expect(1, datetime.now(UTC) + timedelta(hours=2))
    scheduler.step()
    assert attended == [1]
    assert not scheduler._due


def test_what_other_processes_look_after_is_taken_up_only_when_it_is_overdue_and_asked_for_at_once() -> None:
    past = datetime.now(UTC) - timedelta(seconds=10)
    attended: list[tuple[int, bool]] = []
    asked: list[list[int]] = []
    kept = iter([{1: past, 2: past}, {2: datetime.now(UTC) + timedelta(hours=1)}])

    def attend(row_id: int, *, anew: bool) -> None:
        attended.append((row_id, anew))

    def look(row_ids: Collection[int]) -> dict[int, datetime]:
        asked.append(sorted(row_ids))
        return next(kept)

    scheduler = a_scheduler(attend=attend, kept=look, scan=lambda: [(1, past), (2, past + timedelta(milliseconds=1))])
    scheduler._next_scan = past
    for _ in range(3):
        scheduler.step()
    assert attended == []
    assert asked == [[1, 2], [1, 2]]
    scheduler.step()
    assert attended == [(1, False)]
    scheduler.expect(1, past)  # parked here by now: nobody is asked
    scheduler.step()
    assert attended == [(1, False), (1, True)]
    assert len(asked) == 2


def test_what_was_parked_here_meanwhile_is_no_other_s_any_more() -> None:
    past = datetime.now(UTC) - timedelta(seconds=10)
    attended: list[int] = []

    def park(_row_ids: Collection[int]) -> dict[int, datetime]:
        scheduler.expect(1, past)
        return {}

    scheduler = a_scheduler(
        attend=lambda row_id, **_more: attended.append(row_id), kept=park, scan=lambda: [(1, past), (2, past)]
    )
    scheduler._next_scan = past
    for _ in range(4):
        scheduler.step()
    assert attended == [1, 2]
    assert not scheduler._due


def test_others_rows_are_due_together_and_never_too_early() -> None:
    at = datetime(2026, 1, 1, 12, 0, 1, tzinfo=UTC)
    assert {together(at + timedelta(seconds=second)) for second in range(5)} == {at + timedelta(seconds=4)}
    assert together(at + timedelta(seconds=5)) == at + timedelta(seconds=9)


def test_it_cleans_up_after_the_first_scan_and_every_hour() -> None:
    done: list[str] = []
    now = datetime(2026, 1, 1, tzinfo=UTC)
    scheduler = a_scheduler(
        attend=lambda *_args, **_more: None,
        scan=lambda: done.append("scan") or [],
        clean_up=lambda: done.append("clean up"),
        now=lambda: now,
    )
    now += timedelta(seconds=3)
    scheduler.step()
    assert done == ["scan", "clean up"]
    for _ in range(2):
        now = scheduler._next_scan = now + timedelta(minutes=59)
        scheduler.step()
    assert done == ["scan", "clean up", "scan", "scan", "clean up"]


@pytest.mark.parametrize("broken", ["attend", "kept"])
def test_what_could_not_be_looked_after_is_tried_again_and_keeps_nobody_waiting(
    broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_rows: Any, **_more: Any) -> None:
        said = "INSERT hid" + "den"
        raise OSError(said)

    past = datetime.now(UTC) - timedelta(seconds=10)
    scheduler = a_scheduler(**{"attend": lambda *_args, **_more: None, "scan": lambda: [(1, past)], broken: fail})
    scheduler._next_scan = past
    for _ in range(3 if broken == "attend" else 2):
        scheduler.step()
    assert timedelta(seconds=29) < scheduler._due[1] - datetime.now(UTC) <= timedelta(seconds=35)
    assert "OSError in" in caplog.text
    assert "hidden" not in caplog.text
