"""What another process changed meanwhile undoes a transaction, and has it tried again."""

import pytest
from oslo_db import exception as db_exception

from customresource_bridge.plugin.heat.transactions import outlasting, overtaken, retried


def test_an_overtaken_transaction_is_tried_again_from_its_first_look() -> None:
    tries: list[int] = []

    @retried
    def act() -> str:
        tries.append(len(tries))
        if len(tries) < 3:
            raise overtaken()
        return "done"

    assert act() == "done"
    assert len(tries) == 3


def test_a_deadlock_is_tried_again_too() -> None:
    tries: list[int] = []

    @retried
    def act() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise db_exception.DBDeadlock

    act()
    assert len(tries) == 2


def test_what_nothing_would_come_back_to_is_tried_again_for_a_minute() -> None:
    pauses: list[float] = []

    def call() -> None:
        raise db_exception.DBConnectionError

    with pytest.raises(db_exception.DBConnectionError):
        outlasting(call, sleep=pauses.append)
    assert sum(pauses) == pytest.approx(60.5)
    assert outlasting(lambda: "done", sleep=pauses.append) == "done"
