from collections.abc import Callable, Collection

import pytest

from customresource_bridge.plugin.waiting.answer_poller import AnswerPoller


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def lookout(look: Callable[[Collection[int]], Collection[int]], clock: Clock) -> AnswerPoller:
    return AnswerPoller(look, interval=lambda: 0.03, clock=clock)


def test_one_look_serves_all_that_watch() -> None:
    looks: list[set[int]] = []

    def look(row_ids: Collection[int]) -> Collection[int]:
        looks.append(set(row_ids))
        return {1}

    looking = lookout(look, Clock())
    with looking.watching(1) as first, looking.watching(2) as second:
        looking.step()
        assert first(60.0)
        assert not second(0.0)
    assert looks == [{1, 2}]


def test_who_has_ended_is_not_looked_for() -> None:
    looks: list[set[int]] = []
    looking = lookout(lambda row_ids: looks.append(set(row_ids)) or (), Clock())  # type: ignore[func-returns-value]
    with looking.watching(1), looking.watching(2):
        pass
    looking.step()
    assert looks == [set()]


def test_an_arrival_is_told_once() -> None:
    looking = lookout(set, Clock())
    with looking.watching(1) as wait:
        looking.step()
        assert wait(60.0)
        assert not wait(0.0)


def test_it_looks_less_often_where_all_have_watched_for_long() -> None:
    clock = Clock()
    looking = lookout(lambda _row_ids: (), clock)
    with looking.watching(1):
        assert looking.step() == 0.03
        clock.now = 3.0
        assert looking.step() == pytest.approx(0.15)
        with looking.watching(2):
            assert looking.step() == 0.03


def test_a_database_that_is_away_is_asked_again_after_a_second() -> None:
    def look(_row_ids: Collection[int]) -> Collection[int]:
        raise OSError("away")

    looking = lookout(look, Clock())
    with looking.watching(1):
        assert looking.step() == 1.0
