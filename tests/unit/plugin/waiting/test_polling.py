from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from customresource_bridge.plugin.lifecycle.schedule import message_ttl, next_look, next_post
from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.plugin.waiting.polling import watch
from customresource_bridge.plugin.waiting.scheduler import Scheduler
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


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_watching_ends_with_the_answer() -> None:
    clock = Clock()
    results = iter([False, False, True])
    assert watch(lambda: next(results), seconds=4, interval=0.5, clock=clock, sleep=clock.sleep)
    assert clock.slept == [0.5, 0.5]


def test_watching_gives_up_after_its_seconds() -> None:
    clock = Clock()
    assert not watch(lambda: False, seconds=2, interval=0.5, clock=clock, sleep=clock.sleep)
    assert clock.now == 2


def test_watching_slows_down() -> None:
    clock = Clock()
    watch(lambda: False, seconds=4, interval=0.1, clock=clock, sleep=clock.sleep)
    assert clock.slept[0] == 0.1
    assert clock.slept[-1] > 0.15
    assert clock.slept == sorted(clock.slept)


def test_posts_are_repeated_ever_more_rarely_and_never_after_the_deadline() -> None:
    pauses = [
        (next_post(PENDING, posts=posts, now=NOW, repost_after=[30, 60, 120]) - NOW).total_seconds()
        for posts in range(6)
    ]
    assert pauses == [2, 30, 60, 120, 120, 120]
    late = NOW + timedelta(seconds=990)
    assert next_post(PENDING, posts=3, now=late, repost_after=[30]) == PENDING.deadline


def test_a_message_outlives_its_request() -> None:
    assert message_ttl(PENDING, NOW) > 1000


def test_a_workflow_is_looked_at_ever_more_rarely() -> None:
    looks = [
        (next_look(PENDING, now=NOW + timedelta(seconds=age)) - NOW).total_seconds() - age for age in (0, 40, 4000)
    ]
    assert looks == [1, 8, 15]


def a_sweeper(**given: Any) -> Scheduler:
    return Scheduler(**{"kept": lambda _row_id: None, "scan": list, "interval": lambda: 3600, **given})


def test_the_sweeper_attends_what_is_due_and_looks_for_others() -> None:
    attended: list[int] = []

    def attend(row_id: int, *, anew: bool) -> datetime | None:
        assert anew is (row_id != 3)
        attended.append(row_id)
        return datetime.now(UTC) + timedelta(hours=1) if row_id == 1 else None

    past = datetime.now(UTC) - timedelta(seconds=1)
    sweeper = a_sweeper(attend=attend, scan=lambda: [(3, past)])
    sweeper.expect(1, past)
    sweeper.expect(2, past + timedelta(milliseconds=1))
    sweeper.step()
    sweeper.step()
    assert attended == [1, 2]
    sweeper._next_scan = past
    sweeper.step()
    sweeper.step()
    assert attended == [1, 2, 3]


def test_the_sweeper_keeps_the_earlier_of_two_times() -> None:
    attended: list[int] = []
    sweeper = a_sweeper(attend=lambda row_id, **_more: attended.append(row_id))
    past = datetime.now(UTC) - timedelta(seconds=1)
    sweeper.expect(1, datetime.now(UTC) + timedelta(hours=1))
    sweeper.expect(1, past)
    sweeper.expect(1, datetime.now(UTC) + timedelta(hours=2))
    sweeper.step()
    assert attended == [1]
    assert not sweeper._due


def test_what_another_process_looks_after_is_taken_up_only_when_it_is_overdue() -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    attended: list[tuple[int, bool]] = []
    kept = iter([past + timedelta(milliseconds=1), None])

    def attend(row_id: int, *, anew: bool) -> None:
        attended.append((row_id, anew))

    sweeper = a_sweeper(attend=attend, kept=lambda _row_id: next(kept), scan=lambda: [(1, past)])
    sweeper._next_scan = past
    sweeper.step()
    sweeper.step()
    assert attended == []
    sweeper.step()
    assert attended == [(1, False)]
    sweeper.expect(1, past)  # parked here by now: nobody is asked
    sweeper.step()
    assert attended == [(1, False), (1, True)]


@pytest.mark.parametrize("broken", ["attend", "kept"])
def test_what_could_not_be_looked_after_is_tried_again_and_keeps_nobody_waiting(broken: str) -> None:
    def fail(_row_id: int, **_more: Any) -> None:
        raise OSError("no database")

    past = datetime.now(UTC) - timedelta(seconds=1)
    sweeper = a_sweeper(**{"attend": lambda *_args, **_more: None, "scan": lambda: [(1, past)], broken: fail})
    sweeper._next_scan = past
    sweeper.step()
    sweeper.step()
    assert timedelta(seconds=29) < sweeper._due[1] - datetime.now(UTC) <= timedelta(seconds=30)
