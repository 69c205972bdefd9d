"""When which row is looked after. ``make unit-plugin``."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from customresource_bridge.compat import UTC
from customresource_bridge.plugin.waiting.scheduler import Scheduler


def a_scheduler(**given: Any) -> Scheduler:
    return Scheduler(**{"kept": lambda _row_id: None, "scan": list, "interval": lambda: 3600, **given})


def test_the_scheduler_attends_what_is_due_and_looks_for_others() -> None:
    attended: list[int] = []

    def attend(row_id: int, *, anew: bool) -> datetime | None:
        assert anew is (row_id != 3)
        attended.append(row_id)
        return datetime.now(UTC) + timedelta(hours=1) if row_id == 1 else None

    past = datetime.now(UTC) - timedelta(seconds=1)
    scheduler = a_scheduler(attend=attend, scan=lambda: [(3, past)])
    scheduler.expect(1, past)
    scheduler.expect(2, past + timedelta(milliseconds=1))
    scheduler.step()
    scheduler.step()
    assert attended == [1, 2]
    scheduler._next_scan = past
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


def test_what_another_process_looks_after_is_taken_up_only_when_it_is_overdue() -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    attended: list[tuple[int, bool]] = []
    kept = iter([past + timedelta(milliseconds=1), None])

    def attend(row_id: int, *, anew: bool) -> None:
        attended.append((row_id, anew))

    scheduler = a_scheduler(attend=attend, kept=lambda _row_id: next(kept), scan=lambda: [(1, past)])
    scheduler._next_scan = past
    scheduler.step()
    scheduler.step()
    assert attended == []
    scheduler.step()
    assert attended == [(1, False)]
    scheduler.expect(1, past)  # parked here by now: nobody is asked
    scheduler.step()
    assert attended == [(1, False), (1, True)]


@pytest.mark.parametrize("broken", ["attend", "kept"])
def test_what_could_not_be_looked_after_is_tried_again_and_keeps_nobody_waiting(broken: str) -> None:
    def fail(_row_id: int, **_more: Any) -> None:
        raise OSError("no database")

    past = datetime.now(UTC) - timedelta(seconds=1)
    scheduler = a_scheduler(**{"attend": lambda *_args, **_more: None, "scan": lambda: [(1, past)], broken: fail})
    scheduler._next_scan = past
    scheduler.step()
    scheduler.step()
    assert timedelta(seconds=29) < scheduler._due[1] - datetime.now(UTC) <= timedelta(seconds=30)
