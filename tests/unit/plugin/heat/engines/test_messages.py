"""The message by which an engine works on a row, on Heat's own tables. ``make unit-plugin``."""

from typing import Any

import pytest
from heat.engine import sync_point
from heat_bus import Bus
from heat_tables import make_tables
from plugin_parts import a_stack

from customresource_bridge.plugin.heat.engines import messages


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


def test_what_a_row_gets_is_of_the_stack_s_traversal() -> None:
    bus = Bus()
    messages.send(bus.tables.context, bus.stack("mine"), bus.row_id, {}, is_update=False, heat=bus.heat)
    assert bus.sent == [("mine", False)]


def test_a_row_that_replaces_another_gets_what_was_left_for_that_one() -> None:
    bus = Bus()
    stack = bus.stack()
    successor = bus.tables.row("b", replaces=bus.row_id)
    data = messages.input_data(bus.tables.context, stack, successor, is_update=True)
    assert data == messages.input_data(bus.tables.context, stack, bus.row_id, is_update=True) == {}
    assert messages.input_data(bus.tables.context, stack, successor, is_update=False) is None


def test_nothing_is_left_once_the_traversal_has_ended() -> None:
    bus = Bus()
    stack = bus.stack()
    stack.current_traversal = "another"
    assert messages.input_data(bus.tables.context, stack, bus.row_id, is_update=True) is None


def test_nothing_left_is_what_heat_takes_for_nothing() -> None:
    bus = Bus()
    data: list[Any] = []
    bus.check_resource = lambda *args, **_more: data.append(args[3])  # type: ignore[method-assign]
    messages.send(bus.tables.context, bus.stack(), bus.row_id, None, is_update=True, heat=bus.heat)
    assert [sync_point.deserialize_input_data(one) for one in data] == [{}]


@pytest.mark.parametrize(
    ("status", "unless", "fails"),
    [("FAILED", None, True), ("FAILED", "DELETE", True), ("FAILED", "UPDATE", False), ("IN_PROGRESS", None, False)],
    ids=["over", "over, in another action", "in that action", "another operation has begun"],
)
def test_a_row_fails_in_the_action_that_it_is_in(status: str, unless: str | None, *, fails: bool) -> None:
    set_to: list[tuple[str, ...]] = []

    class Row:
        action, FAILED, LOCK_RESPECT = "UPDATE", "FAILED", "respect"

        def state_set(self, *state: str, lock: str) -> None:
            set_to.append((*state, lock))

    bus = Bus(loaded=(Row(), None, a_stack(status=status)))
    messages.fail(bus.tables.context, bus.row_id, "why", bus.heat, unless=unless)
    assert set_to == ([("UPDATE", "FAILED", "why", "respect")] if fails else [])
