"""How a project's executions are watched: one query for all, never more often than is worth it."""

import logging
from datetime import datetime, timedelta

import pytest
from bridge_parts import Time, entry

from customresource_bridge import errors
from customresource_bridge.bridge.in_flight import InFlight, Table
from customresource_bridge.bridge.scheduling.execution_watcher import (
    FAR_EVERY,
    MANY,
    NEAR,
    OVERLAP,
    UNKNOWN,
    ExecutionWatcher,
    Pause,
    interval,
)
from customresource_bridge.bridge.scheduling.pace import Pace
from customresource_bridge.clients.mistral.mistral import FinishedExecutions
from customresource_bridge.protocol.description import BEGINS
from customresource_bridge.testing import FakeMistral


def test_the_watch_slows_down_with_age_and_with_numbers() -> None:
    assert interval(0.0, fastest=0.1, awaited=0) == 0.1
    assert interval(5.0, fastest=0.1, awaited=1) == 0.5
    assert interval(3600.0, fastest=0.1, awaited=1) == 2.0
    assert interval(0.0, fastest=0.1, awaited=10) == 0.2
    assert interval(0.0, fastest=0.1, awaited=9000) == 0.5


def test_the_watcher_asks_once_for_all_and_not_at_all_when_idle(time: Time) -> None:
    asked: list[datetime] = []

    class Mistral(FakeMistral):
        def finished_since(self, moment: datetime, *, limit: int = 1000) -> FinishedExecutions:
            asked.append(moment)
            return super().finished_since(moment, limit=limit)

    mistral = Mistral({"w": frozenset()})
    table, ended = Table(), list[InFlight]()
    watcher = ExecutionWatcher(mistral, table, of="p", ended=ended.append, fastest=0.1, clock=time.clock)  # type: ignore[arg-type]
    assert watcher.tick() == Pause(None)
    assert asked == []
    for number in range(50):
        one = entry(f"r{number}", name=f"N{number}")
        one.runs(one.key, "w", at=0.0)
        table.add(one)
        mistral.start(one.key, "w", namespace=None, workflow_input={}, description=BEGINS)
    mistral.end("N7-r7", "SUCCESS")
    assert watcher.tick() == Pause(0.5)
    assert len(asked) == 1
    assert [one.key for one in ended] == ["N7-r7"]


def test_it_asks_for_what_ended_lately_by_mistrals_clock(time: Time) -> None:
    asked: list[datetime] = []
    told = FinishedExecutions({})

    class Mistral:
        def finished_since(self, moment: datetime) -> FinishedExecutions:
            asked.append(moment)
            return told

    table = Table()
    one = entry()
    one.runs(one.key, "w", at=0.0)
    table.add(one)
    watcher = ExecutionWatcher(Mistral(), table, of="p", ended=lambda _entry: None, fastest=0.1, clock=time.clock)
    begun = time.clock.now()
    watcher.tick()
    time.seconds = 300.0
    watcher.tick()
    assert asked == [begun - UNKNOWN] * 2  # it has seen none end: its clock may be behind
    latest = begun - timedelta(hours=3)
    told = FinishedExecutions({"another": "SUCCESS"}, latest)
    watcher.tick()
    told = FinishedExecutions({})
    watcher.tick()
    watcher.tick()
    assert asked[3:] == [latest - OVERLAP] * 2
    told = FinishedExecutions({"of one that is ahead": "SUCCESS"}, time.clock.now() + timedelta(hours=1))
    watcher.tick()
    watcher.tick()
    assert asked[-1] == time.clock.now() - OVERLAP


@pytest.mark.parametrize(("ended", "others"), [(MANY, [OVERLAP] * 4), (MANY + 1, [NEAR, NEAR, NEAR, OVERLAP])])
def test_what_many_others_ended_is_not_read_at_each_look(time: Time, ended: int, others: list[timedelta]) -> None:
    asked: list[datetime] = []
    latest = time.clock.now()

    class Mistral:
        def finished_since(self, moment: datetime) -> FinishedExecutions:
            asked.append(moment)
            few = moment > latest - OVERLAP
            return FinishedExecutions({str(number): "SUCCESS" for number in range(2 if few else ended)}, latest)

    table, one = Table(), entry()
    one.runs(one.key, "w", at=0.0)
    table.add(one)
    watcher = ExecutionWatcher(Mistral(), table, of="p", ended=lambda _entry: None, fastest=0.1, clock=time.clock)
    for _ in range(5):
        watcher.tick()
        time.seconds += FAR_EVERY / 4
    assert asked[1:] == [latest - each for each in others]


@pytest.mark.parametrize("seen_after", [0.0, 4.0, 8.0, 9.0])
@pytest.mark.parametrize("ended_at", [20.0 + tenths / 2 for tenths in range(12)])
def test_an_end_that_is_seen_late_is_found_among_many_others(time: Time, ended_at: float, seen_after: float) -> None:
    """Whenever between two looks that go far back it is: at the next of them."""
    begun = time.clock.now()
    one = entry()

    class Mistral:
        """Ends fifty others a second, and ours once, by the clock of a host that is behind or slow."""

        def finished_since(self, moment: datetime) -> FinishedExecutions:
            time.seconds += 0.3
            since, now = int((moment - begun).total_seconds()), int(time.seconds)
            states = {f"{second} {number}": "SUCCESS" for second in range(max(since, 0), now) for number in range(50)}
            if since <= int(ended_at) and time.seconds >= ended_at + seen_after:
                states[one.key] = "SUCCESS"
            return FinishedExecutions(states, begun + timedelta(seconds=now - 1))

    table, ended = Table(), list[InFlight]()
    one.runs(one.key, "w", at=0.0)
    table.add(one)
    watcher = ExecutionWatcher(Mistral(), table, of="p", ended=ended.append, fastest=0.1, clock=time.clock)
    while not ended and time.seconds < ended_at + 60:
        time.seconds += watcher.tick().seconds or 0.0
    assert time.seconds < ended_at + seen_after + FAR_EVERY + 3


class Moment:
    """An event whose waiting moves the clock; ``set`` after so many seconds of it, where they are given."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self.after: float | None = None
        self.waited: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        comes = self.after is not None and (timeout is None or self.after <= timeout)
        self._time.seconds += (self.after if comes else timeout) or 0.0
        return comes

    def clear(self) -> None:
        self.after = None


@pytest.mark.parametrize(
    ("pause", "woken", "others", "rests"),
    [
        (None, 7.0, 0, 7.05),
        (2.0, None, 1, 2.0),
        (2.0, 0.3, 1, 0.355),
        (2.0, 1.99, 1, 2.0),
        (2.0, 0.3, 40, 0.55),
        (0.25, 0.01, 40, 0.25),
        (5.0, 0.3, 1, 5.0),
    ],
    ids=["idle", "nothing new", "a new one", "due anyhow", "a new one of many", "a steady load", "after a failure"],
)
def test_a_new_execution_does_not_wait_for_the_pause_of_old_ones(
    time: Time, pause: float | None, woken: float | None, others: int, rests: float
) -> None:
    table = Table()
    for number in range(others):
        one = entry(f"r{number}", name=f"N{number}")
        one.runs(one.key, "w", at=0.0)
        table.add(one)
    watcher = ExecutionWatcher(
        FakeMistral({}), table, of="p", ended=lambda _entry: None, fastest=0.05, clock=time.clock
    )
    awake, stopping = Moment(time), Moment(time)
    watcher._awake, watcher._stopping = awake, stopping  # type: ignore[assignment]
    awake.after = woken
    watcher._rest(Pause(pause, firm=pause == 5.0))
    assert time.seconds == pytest.approx(rests)


def test_many_watchers_look_more_rarely_at_what_has_run_for_long(time: Time) -> None:
    pace, watchers, tables = Pace(), [], []
    for number in range(200):
        table, one = Table(), entry(f"r{number}", name=f"N{number}")
        one.runs(one.key, "w", at=0.0)
        table.add(one)
        tables.append(table)
        watchers.append(
            ExecutionWatcher(
                FakeMistral({}), table, of="p", ended=table.remove, fastest=0.1, clock=time.clock, pace=pace
            )
        )
    time.seconds = 3600.0
    assert watchers[0].tick() == Pause(2.0)
    pauses = [watcher.tick() for watcher in watchers]
    assert pauses[-1] == Pause(20.0), "ten a second of all together"
    watchers[0].stop(until=0.0)
    assert watchers[1].tick() == Pause(19.9)
    for table in tables[2:]:
        table.remove(next(iter(table.started())))
    for watcher in watchers[2:]:
        assert watcher.tick() == Pause(None)
    assert watchers[1].tick() == Pause(2.0)


def test_an_outage_of_mistral_is_said_once_and_so_is_its_end(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    class Mistral(FakeMistral):
        def finished_since(self, moment: datetime, *, limit: int = 1000) -> FinishedExecutions:
            if time.seconds < 60:
                raise errors.ServiceUnavailable("Mistral", "list executions", "busy", status=503)
            return super().finished_since(moment, limit=limit)

    table, one = Table(), entry()
    one.runs(one.key, "w", at=0.0)
    table.add(one)
    watcher = ExecutionWatcher(Mistral({}), table, of="p", ended=lambda _entry: None, fastest=0.1, clock=time.clock)
    while time.seconds < 60:
        assert watcher.tick() == Pause(5.0, firm=True)
        time.seconds += 5.0
    assert not watcher.tick().firm
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "p: cannot list executions" in caplog.text
    assert "12 failures in 60 s" in caplog.text
