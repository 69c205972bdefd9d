"""Queues take turns; a sweep comes behind bells, and to its end all the same."""

from customresource_bridge.bridge.intake.ready_queues import ReadyQueues


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
