"""What is done with a row whose engine died before it had asked, on Heat's own tables. ``make unit-plugin``."""

from typing import Any

import pytest
from heat.db import models
from heat.engine import sync_point
from heat.engine.stack import ConvergenceNode
from heat_bus import Bus, Graph
from heat_tables import change, make_tables
from plugin_parts import NOW, a_stack

from customresource_bridge.plugin.heat import checks
from customresource_bridge.plugin.heat.engines import retrigger, unasked

BOTH, UPDATE_ONLY, CLEAN_UP_ONLY = (True, False), (True,), (False,)


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


def graph(entity: int, nodes: tuple[bool, ...]) -> Graph:
    """Return a graph in which an entity has these nodes, and waits for nothing."""
    return {ConvergenceNode(entity, is_update): set() for is_update in nodes}


@pytest.mark.parametrize(
    ("nodes", "done", "is_update"),
    [
        (UPDATE_ONLY, False, True),
        (CLEAN_UP_ONLY, False, False),
        (BOTH, False, True),
        (BOTH, True, False),
        (UPDATE_ONLY, True, None),
        ((), False, None),
    ],
    ids=["only updated", "only cleaned up", "not updated yet", "updated already", "nothing left", "no part of it"],
)
def test_the_graph_says_how_it_goes_on(nodes: tuple[bool, ...], *, done: bool, is_update: bool | None) -> None:
    """The row's action does not: it is of whatever operation the engine died in."""
    bus = Bus(None, action="DELETE")
    if done:
        checks.finish(bus.tables.context, bus.row_id, "mine")
    assert bus.retrigger(bus.stack_of(graph(bus.row_id, nodes))) is (is_update is not None)
    assert bus.sent == ([] if is_update is None else [("mine", is_update)])


@pytest.mark.parametrize(("nodes", "done"), [(BOTH, False), (BOTH, True), (CLEAN_UP_ONLY, False)])
def test_a_replacement_is_made_for_what_it_replaces_and_not_cleaned_up_in_its_place(
    nodes: tuple[bool, ...], *, done: bool
) -> None:
    bus = Bus(None)
    replaced = bus.tables.row("b")
    change(bus.tables.context, models.Resource, bus.row_id, replaces=replaced)
    if done:
        checks.finish(bus.tables.context, bus.row_id, "mine")
    bus.retrigger(bus.stack_of(graph(replaced, nodes)))
    assert bus.sent == ([("mine", True)] if True in nodes and not done else [])


def test_a_stack_whose_time_is_over_is_told_so_whosever_turn_it_is() -> None:
    """Heat itself sees it only where a message comes, and does nothing to the row then."""
    bus = Bus(None)
    stack = bus.stack_of({}, has_timed_out=lambda: True)
    assert bus.retrigger(stack)
    assert bus.sent == [("mine", True)]


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("is_update", [False, True])
def test_it_waits_for_what_is_before_it_and_gets_what_that_left(*, is_update: bool, done: bool) -> None:
    """Heat sends it its message then. Now it would be updated without the other's attributes, or deleted too early."""
    bus = Bus(None)
    before, own = (ConvergenceNode(row_id, is_update) for row_id in (bus.tables.row("b"), bus.row_id))
    stack = bus.stack_of({own: {before}, before: set()})
    if done:
        bus.done(before, own)
    assert bus.retrigger(stack) is done
    assert bus.sent == ([("mine", is_update)] if done else [])
    assert [sync_point.deserialize_input_data(data) for data in bus.data] == ([{before: {}}] if done else [])


@pytest.mark.parametrize("there", [False, True])
def test_nothing_is_done_before_heat_counts_the_whole_operation(*, there: bool) -> None:
    """Until then the stack has the new operation's name, and may have the old one's graph."""
    bus = Bus(None)
    stack = bus.stack_of(graph(bus.row_id, BOTH), "before")
    stack.current_traversal = "mine"
    bus.count(ConvergenceNode(bus.row_id, True), "mine")
    if there:
        bus.count(ConvergenceNode(stack.id, True), "mine")
    assert bus.retrigger(stack) is there
    assert bus.sent == ([("mine", True)] if there else [])


def begun_again(bus: Bus, stack: Any, *, checks_by_graph: bool) -> bool:
    context = bus.tables.context
    return unasked.begin_again(context, context, stack, bus.row_id, bus.heat, checks_by_graph)


@pytest.mark.parametrize(("action", "sent"), [("CHECK", [("mine", True)]), ("UPDATE", [])])
def test_before_openstack_2026_1_a_check_has_the_traversal_of_the_operation_before_it(action: str, sent: Any) -> None:
    bus = Bus(None, action=action)
    checks.finish(bus.tables.context, bus.row_id, "mine")
    stack = bus.stack_of(graph(bus.row_id, BOTH), action="CHECK")
    assert begun_again(bus, stack, checks_by_graph=False) is bool(sent)
    assert bus.sent == sent


@pytest.mark.parametrize(("nodes", "sent"), [(BOTH, [("mine", True)]), (CLEAN_UP_ONLY, [])])
def test_since_then_a_check_goes_through_its_own_graph(nodes: tuple[bool, ...], sent: Any) -> None:
    bus = Bus(None, action="CHECK")
    stack = bus.stack_of(graph(bus.row_id, nodes), action="CHECK")
    assert begun_again(bus, stack, checks_by_graph=True) is bool(sent)
    assert bus.sent == sent


def test_a_dead_engine_s_row_is_begun_again() -> None:
    bus = Bus(None, engine_id="dead")
    assert retrigger.take_over(bus.tables.context, bus.stack(), bus.row_id, "dead", now=NOW, heat=bus.heat)
    assert bus.sent == [("mine", True)]


def test_while_the_stack_is_suspended_it_is_left_alone() -> None:
    bus = Bus(None)
    assert not bus.retrigger(bus.stack(action="SUSPEND"))
    assert bus.sent == []


@pytest.mark.parametrize("action", ["CREATE", "UPDATE", "DELETE", "CHECK"])
@pytest.mark.parametrize(
    ("traversal", "status"),
    [("", "COMPLETE"), ("mine", "FAILED"), ("another", "FAILED")],
    ids=["over", "timed out", "cancelled"],
)
def test_the_handler_is_not_asked_once_the_operation_is_over(action: str, traversal: str, status: str) -> None:
    latest = a_stack(status=status)
    set_to: list[tuple[str, ...]] = []

    class Row:
        FAILED, LOCK_RESPECT = "FAILED", "respect"

        def __init__(self) -> None:
            self.action = action

        def state_set(self, *state: str, lock: str) -> None:
            set_to.append((*state, lock))

    bus = Bus(None, action=action, loaded=(Row(), None, latest))
    assert not bus.retrigger(bus.stack(traversal, status=status))
    assert set_to == [(action, "FAILED", unasked.ENDED, "respect")]
    latest.status = "IN_PROGRESS"  # another operation has begun since, and counts on the row
    bus = Bus(None, action=action, loaded=(Row(), None, latest))
    assert not bus.retrigger(bus.stack(traversal, status=status))
    assert len(set_to) == 1
    assert bus.sent == []
