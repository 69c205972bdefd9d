"""How a thread watches one operation. ``make unit-plugin``."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from customresource_bridge.plugin.waiting.watching import watch_operation


class Poller:
    """An answer poller that tells of an answer at once."""

    def __init__(self) -> None:
        self.watched: list[int] = []
        self.waited: list[float] = []

    @contextmanager
    def watching(self, row_id: int) -> Iterator[Any]:
        self.watched.append(row_id)
        yield self.waited.append


@pytest.mark.parametrize(("direct", "watched"), [(False, [7]), (True, [])])
def test_only_an_answer_that_comes_to_heat_is_watched_for(*, direct: bool, watched: list[int]) -> None:
    poller = Poller()
    assert watch_operation(lambda: True, row_id=7, direct=direct, seconds=4, poller=lambda: poller)  # type: ignore[arg-type,return-value]
    assert poller.watched == watched


def test_between_two_looks_of_its_own_a_thread_is_told_of_an_answer() -> None:
    poller = Poller()
    looks = iter([False, True])
    assert watch_operation(lambda: next(looks), row_id=7, direct=False, seconds=4, poller=lambda: poller)  # type: ignore[arg-type,return-value]
    assert poller.waited == [1.0]


def test_what_is_not_done_in_time_is_said_not_to_be() -> None:
    assert not watch_operation(lambda: False, row_id=7, direct=True, seconds=0)
