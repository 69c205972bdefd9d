"""So many at a time, in the order in which they came."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from patience import PATIENCE, until

from customresource_bridge.clients.turns import Turns


def test_as_many_as_there_are_turns_get_one_at_once_and_no_more() -> None:
    turns = Turns(2)
    assert [turns.take(0) for _ in range(3)] == [True, True, False]
    turns.give_back()
    assert [turns.take(0) for _ in range(2)] == [True, False]


def test_they_come_in_the_order_in_which_they_were_asked_for_and_nobody_overtakes() -> None:
    turns, came = Turns(1), list[int]()

    def work(number: int) -> None:
        assert turns.take(PATIENCE)
        came.append(number)
        turns.give_back()

    assert turns.take(0)
    with ThreadPoolExecutor(9) as threads:
        for number in range(8):
            threads.submit(work, number)
            until(lambda number=number: turns.waiting == number + 1)  # type: ignore[misc]
        turns.give_back()
        threads.submit(work, 8)  # it comes when a turn has just ended
    assert came == list(range(9))
    assert turns.take(0)  # none was lost


def test_whose_time_is_out_waits_no_more_and_takes_no_turn() -> None:
    turns = Turns(1)
    assert turns.take(None)
    assert not turns.take(0.01)
    assert turns.waiting == 0
    turns.give_back()
    assert turns.take(0)
    assert not turns.take(0)


def test_a_wait_that_is_broken_off_takes_no_turn() -> None:
    turns = Turns(1)
    assert turns.take(0)
    with pytest.raises(OverflowError):
        turns.take(1e300)
    assert turns.waiting == 0
    turns.give_back()
    assert turns.take(0)


def test_a_turn_that_comes_as_the_time_runs_out_is_taken_and_not_lost() -> None:
    """Both in one moment, a thousand times: each turn that was had was given back, so one is free in the end."""
    turns = Turns(1)

    def work(seconds: float) -> None:
        for _ in range(1000):
            if turns.take(seconds):
                turns.give_back()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(work, [0, 1e-6, 1e-5, 1e-4])) == [None] * 4
    assert turns.waiting == 0
    assert turns.take(0)
    assert not turns.take(0)


def test_when_they_are_closed_nobody_waits_and_nobody_has_one_any_more() -> None:
    turns = Turns(1)
    assert turns.take(0)

    def came() -> bool:
        with turns.turn() as mine:
            return mine

    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(came) for _ in range(2)]
        try:
            until(lambda: turns.waiting == 2)
        finally:
            turns.close()
        assert [each.result(PATIENCE) for each in waiting] == [False, False]
    turns.give_back()
    assert not turns.take(None)


def test_a_turn_is_over_whatever_happens_in_it() -> None:
    turns = Turns(1)
    with pytest.raises(ZeroDivisionError), turns.turn():
        1 / turns.take(0)
    assert turns.take(0)
