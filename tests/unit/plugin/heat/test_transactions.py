"""What another process changed meanwhile undoes a transaction, and has it tried again."""

from oslo_db import exception as db_exception

from customresource_bridge.plugin.heat.transactions import overtaken, retried


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
