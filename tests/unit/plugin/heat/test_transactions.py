"""What another process changed meanwhile undoes a transaction, and has it tried again."""

import logging
import sys

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


def test_what_was_to_be_stored_is_not_quoted_in_the_log() -> None:
    # oslo.log adds the text of whatever exception is being handled, which for the database's quotes the parameters.
    handled: list[object] = []

    class Records(logging.Handler):
        def emit(self, _record: logging.LogRecord) -> None:
            handled.append(sys.exc_info()[1])

    def call() -> str:
        if not handled:
            raise db_exception.DBConnectionError
        return "done"

    log = logging.getLogger("customresource_bridge.plugin.heat.transactions")
    log.addHandler(records := Records())
    try:
        assert outlasting(call, sleep=lambda _seconds: None) == "done"
    finally:
        log.removeHandler(records)
    assert handled == [None]
