"""The bridge's small parts: the round of queues, the bell, the timers."""

from bridge_parts import QUEUE, Time

from customresource_bridge.bridge.intake.bells import Bells, sweep_pause
from customresource_bridge.bridge.intake.ready_queues import ReadyQueues
from customresource_bridge.bridge.scheduling.timers import Timers
from customresource_bridge.bridge.settings import Settings
from customresource_bridge.protocol import ids
from customresource_bridge.testing import FakeZaqar


def test_queues_take_turns() -> None:
    ready = ReadyQueues()
    for name in ("a", "b", "a"):
        ready.add(name)
    assert ready.take(0) == "a"
    ready.give_back("a", more=True)
    assert [ready.take(0), ready.take(0), ready.take(0)] == ["b", "a", None]


def test_a_queue_told_again_while_taken_has_another_turn() -> None:
    ready = ReadyQueues()
    ready.add("a")
    assert ready.take(0) == "a"
    ready.add("a")
    assert ready.take(0) is None  # one at a time, so that its messages keep their order
    ready.give_back("a", more=False)
    assert ready.take(0) == "a"


def test_who_rang_does_not_wait_behind_a_sweep() -> None:
    ready = ReadyQueues()
    for number in range(10_000):
        ready.add(f"swept-{number}", swept=True)
    ready.add("rung")
    ready.add("swept-777")  # rung for as well
    assert [ready.take(0), ready.take(0), ready.take(0)] == ["rung", "swept-777", "swept-0"]


def test_a_sweep_comes_to_its_end_beside_any_load() -> None:
    ready = ReadyQueues()
    ready.add("swept", swept=True)
    ready.add("busy")
    for turn in range(1, 11):
        queue = ready.take(0)
        assert queue == ("swept" if turn == 10 else "busy")
        ready.give_back(queue, more=True)


def test_a_queue_that_is_put_off_has_work_until_its_time_comes() -> None:
    ready = ReadyQueues()
    ready.add("rung")
    ready.add("swept", swept=True)
    for name in ("rung", "swept"):
        assert ready.take(0) == name
        ready.put_off(name)
    assert ready.take(0) is None
    assert len(ready) == 2
    ready.try_again("swept")
    ready.try_again("rung")
    assert [ready.take(0), ready.take(0)] == ["rung", "swept"]  # each in its own line


def test_a_queue_that_is_put_off_and_rung_for_is_tried_at_once_and_only_once() -> None:
    ready = ReadyQueues()
    for when in ("meanwhile", "after"):
        ready.add("a")
        assert ready.take(0) == "a"
        if when == "meanwhile":
            ready.add("a")
        ready.put_off("a")
        ready.add("a")
        ready.try_again("a")
        assert [ready.take(0), ready.take(0)] == ["a", None]
        ready.give_back("a", more=False)
    assert len(ready) == 0


def test_what_was_only_swept_is_not_left_to_others_at_the_end() -> None:
    ready = ReadyQueues()
    for name in ("put-off", "taken", "rung"):
        ready.add(name)
    ready.add("swept", swept=True)
    assert [ready.take(0), ready.take(0)] == ["put-off", "taken"]
    ready.put_off("put-off")
    assert sorted(ready.close()) == ["put-off", "rung", "taken"]


def test_the_timers_calls_in_time_and_in_order(time: Time) -> None:
    timers = Timers("test", clock=time.clock)
    called: list[str] = []
    timers.after(5, called.append, "late")
    timers.after(1, called.append, "early")
    timers.after(1, called.append, "as early")
    time.seconds = 2
    for callback, args in timers.due():
        callback(*args)
    assert called == ["early", "as early"]


class Found:
    """Is told of queues."""

    def __init__(self) -> None:
        self.queues: list[str] = []
        self.swept: list[str] = []

    def __call__(self, queue: str, *, swept: bool = False) -> None:
        (self.swept if swept else self.queues).append(queue)


def test_bells_name_queues_and_nonsense_is_dropped(time: Time) -> None:
    zaqar, found = FakeZaqar(time.clock.monotonic), Found()
    for body in ({"queue": QUEUE}, {"queue": "heat-cr-bell"}, ["x"], None, {"queue": {}}, {"queue": QUEUE}):
        zaqar.post(ids.BELL_QUEUE, body, ttl=300)
    bells = Bells(zaqar, Settings(), found=found, clock=time.clock)  # type: ignore[arg-type]
    while bells.look() == 0.0:
        pass
    assert found.queues == [QUEUE, QUEUE]
    assert zaqar.count(ids.BELL_QUEUE) == 0


def test_it_listens_often_after_work_and_rarely_when_idle(time: Time) -> None:
    zaqar = FakeZaqar(time.clock.monotonic)
    bells = Bells(zaqar, Settings(), found=Found(), clock=time.clock)  # type: ignore[arg-type]
    assert bells.look() == Settings().idle_interval
    zaqar.post(ids.BELL_QUEUE, {"queue": QUEUE}, ttl=300)
    assert bells.look() == 0.0
    assert bells.look() == Settings().busy_interval
    time.seconds += 10
    assert Settings().busy_interval < bells.look() < Settings().idle_interval
    time.seconds += 60
    assert bells.look() == Settings().idle_interval


def test_many_queues_are_swept_rarely() -> None:
    assert sweep_pause(0, at_least=120.0) == 120.0
    assert sweep_pause(100, at_least=120.0) == 120.0
    assert sweep_pause(10_000, at_least=120.0) == 10_000.0


def test_the_next_sweep_comes_after_its_pause(time: Time) -> None:
    zaqar, found = FakeZaqar(time.clock.monotonic), Found()
    zaqar.post(QUEUE, {}, ttl=3600)
    bells = Bells(zaqar, Settings(), found=found, clock=time.clock)  # type: ignore[arg-type]
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
    Bells(zaqar, Settings(), found=found, clock=time.clock).look()  # type: ignore[arg-type]
    assert found.swept == [QUEUE]
