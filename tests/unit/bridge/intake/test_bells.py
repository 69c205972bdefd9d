"""Bells name queues; a sweep finds those whose bell was lost; trouble is said once."""

import logging

import pytest
from bridge_parts import QUEUE, Time

from customresource_bridge import errors
from customresource_bridge.bridge.intake.bells import Bells, bell_pause, sweep_pause
from customresource_bridge.bridge.settings import Settings
from customresource_bridge.clients.zaqar.zaqar import Message
from customresource_bridge.protocol import ids
from customresource_bridge.testing import FakeZaqar


class Found:
    """Takes note of queues."""

    def __init__(self) -> None:
        self.queues: list[str] = []
        self.swept: list[str] = []

    def __call__(self, queue: str, *, swept: bool = False) -> None:
        (self.swept if swept else self.queues).append(queue)


def test_bells_name_queues_and_nonsense_is_dropped(time: Time) -> None:
    zaqar, found = FakeZaqar(time.clock.monotonic), Found()
    for body in ({"queue": QUEUE}, {"queue": "heat-cr-bell"}, ["x"], None, {"queue": {}}, {"queue": QUEUE}):
        zaqar.post(ids.BELL_QUEUE, body, ttl=300)
    bells = Bells(zaqar, Settings(), of="project p", found=found, clock=time.clock)  # type: ignore[arg-type]
    while bells.look() == 0.0:
        pass
    assert found.queues == [QUEUE, QUEUE]
    assert zaqar.count(ids.BELL_QUEUE) == 0


def test_it_listens_often_after_work_and_rarely_when_idle(time: Time) -> None:
    zaqar = FakeZaqar(time.clock.monotonic)
    bells = Bells(zaqar, Settings(), of="project p", found=Found(), clock=time.clock)  # type: ignore[arg-type]
    assert bells.look() == Settings().idle_interval
    zaqar.post(ids.BELL_QUEUE, {"queue": QUEUE}, ttl=300)
    assert bells.look() == 0.0
    assert bells.look() == Settings().busy_interval
    time.seconds += 1
    assert Settings().busy_interval < bells.look() < Settings().idle_interval
    time.seconds += 25
    assert bells.look() == Settings().idle_interval


def _looks(seconds: float) -> int:
    passed, looks = 0.0, 0
    while passed < seconds:
        passed += bell_pause(passed, Settings())
        looks += 1
    return looks


def test_looks_after_work_become_fewer_by_the_second() -> None:
    assert _looks(0.25) == 5
    assert _looks(2.5) < 30
    assert _looks(10.0) <= 60
    assert _looks(60.0) - _looks(50.0) == 20


@pytest.mark.parametrize("since", [0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 50.0, 3600.0])
def test_a_request_waits_little_for_a_look_beside_the_time_without_one(since: float) -> None:
    assert bell_pause(since, Settings()) <= max(since / 5, Settings().busy_interval)
    assert bell_pause(since, Settings()) <= 0.1 * max(since, 1.0) ** 0.5
    assert Settings().busy_interval <= bell_pause(since, Settings()) <= Settings().idle_interval


def test_pauses_are_kept_as_they_are_set() -> None:
    settings = Settings(busy_interval=0.3, idle_interval=1.0)
    assert [bell_pause(since, settings) for since in (0.0, 1.0, 16.0, 3600.0)] == [0.3, 0.3, 0.8, 1.0]


def test_many_queues_are_swept_rarely() -> None:
    assert sweep_pause(0, at_least=120.0) == 120.0
    assert sweep_pause(100, at_least=120.0) == 120.0
    assert sweep_pause(10_000, at_least=120.0) == 10_000.0


def test_the_next_sweep_comes_after_its_pause(time: Time) -> None:
    zaqar, found = FakeZaqar(time.clock.monotonic), Found()
    zaqar.post(QUEUE, {}, ttl=3600)
    bells = Bells(zaqar, Settings(), of="project p", found=found, clock=time.clock)  # type: ignore[arg-type]
    bells.look()
    time.seconds += Settings().sweep_interval - 1
    bells.look()
    assert found.swept == [QUEUE]
    time.seconds += 2
    bells.look()
    assert found.swept == [QUEUE, QUEUE]
    assert found.queues == []


def test_a_sweep_finds_stacks_queues_only(time: Time) -> None:
    zaqar, found = FakeZaqar(time.clock.monotonic), Found()
    for name in (QUEUE, ids.BELL_QUEUE, ids.DEAD_LETTER_QUEUE, "heat-cr-x", "other"):
        zaqar.post(name, {"queue": QUEUE}, ttl=300)
    Bells(zaqar, Settings(), of="project p", found=found, clock=time.clock).look()  # type: ignore[arg-type]
    assert found.swept == [QUEUE]


def test_an_outage_is_said_once_and_so_is_its_end(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    zaqar, found, away = FakeZaqar(time.clock.monotonic), Found(), True
    names = zaqar.queues

    def queues(prefix: str) -> list[str]:
        if away:
            raise errors.ServiceUnavailable("Zaqar", "list queues", "it did not answer in time")
        return list(names(prefix))

    zaqar.queues = queues  # type: ignore[assignment,method-assign]
    zaqar.post(QUEUE, {}, ttl=3600)
    bells = Bells(zaqar, Settings(), of="project p", found=found, clock=time.clock)  # type: ignore[arg-type]
    pauses = []
    for _ in range(8):
        pauses.append(bells.look())
        time.seconds += pauses[-1]
    assert pauses == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0]
    away = False
    bells.look()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "project p: cannot look for work" in caplog.text
    assert "after 8 failures in 150 s" in caplog.text
    assert found.swept == [QUEUE]


def test_a_bell_would_be_heard_while_looks_come_to_their_end(time: Time) -> None:
    zaqar, problems = FakeZaqar(time.clock.monotonic), [errors.Forbidden("Zaqar", "claim messages", "no")]
    bells = Bells(zaqar, Settings(), of="project p", found=Found(), clock=time.clock)  # type: ignore[arg-type]
    with pytest.raises(errors.ServiceUnavailable, match="it has not looked yet"):
        bells.ping()
    bells.look()
    bells.ping()
    claim = zaqar.claim_hints

    def claim_hints(queue: str) -> list[Message]:
        if problems:
            raise problems.pop()
        return claim(queue)

    zaqar.claim_hints = claim_hints  # type: ignore[method-assign]
    bells.look()
    with pytest.raises(errors.ServiceUnavailable, match="The bridge did not listen to its bell: Zaqar did not claim"):
        bells.ping()
    bells.look()
    bells.ping()
    time.seconds += 120
    with pytest.raises(errors.ServiceUnavailable, match="or no more"):
        bells.ping()
