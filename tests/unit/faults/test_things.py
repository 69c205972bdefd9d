"""The fault suite counts things: what is left, and what was deleted more often than made, is wrong."""

from collections import Counter

import pytest
from faults.things import Effect, Things, count

ADDED, REMOVED = Effect("r", adds=True, sure=True), Effect("r", adds=False, sure=True)
MAY_BE_ADDED, MAY_BE_REMOVED = Effect("r", adds=True, sure=False), Effect("r", adds=False, sure=False)
ONCE, TWICE = Counter(r=1), Counter(r=2)


def test_what_was_made_and_deleted_once_is_right() -> None:
    things = count([ADDED, REMOVED], there=[], deletes=ONCE)
    assert things == Things(made=1, deleted=1)
    assert things.table()[-1] == "| 1 | 1 | 0 | 0 |"


def test_what_was_never_made_may_be_deleted() -> None:
    assert count([], there=[], deletes=ONCE) == Things()


@pytest.mark.parametrize("effects", [[MAY_BE_ADDED, REMOVED], [ADDED, MAY_BE_REMOVED], [ADDED, MAY_BE_ADDED, REMOVED]])
def test_what_may_have_happened_explains_what_is_not_there(effects: list[Effect]) -> None:
    assert count(effects, there=[], deletes=ONCE) == Things(made=1, deleted=1)


def test_what_is_left_is_wrong() -> None:
    things = count([ADDED], there=["r"], deletes=Counter())
    assert (things.made, things.deleted, things.left) == (1, 0, 1)
    assert things.wrong == ["r is left though its stack is gone"]


def test_what_is_left_though_no_task_is_known_to_have_made_it_counts_as_made() -> None:
    things = count([MAY_BE_ADDED], there=["r"], deletes=ONCE)
    assert (things.made, things.deleted, things.left) == (1, 0, 1)


def test_what_vanished_though_nothing_removed_it_is_wrong() -> None:
    assert count([ADDED], there=[], deletes=ONCE).wrong == ["r was made 1 times, and nothing removed it"]


def test_what_was_removed_more_often_than_made_is_wrong() -> None:
    assert count([ADDED, REMOVED, REMOVED], there=[], deletes=ONCE).wrong == [
        "r was made 1 times at most, and removed 2 times"
    ]


def test_a_second_delete_of_what_was_made_once_is_wrong_whatever_it_found() -> None:
    things = count([ADDED, REMOVED], there=[], deletes=TWICE)
    assert things.twice == 1
    assert things.wrong == ["r was deleted 1 times more than it was made"]


def test_what_was_made_anew_may_be_deleted_anew() -> None:
    assert count([ADDED, REMOVED, ADDED, REMOVED], there=[], deletes=TWICE) == Things(made=2, deleted=2)
