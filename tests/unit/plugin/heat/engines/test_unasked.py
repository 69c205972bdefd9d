"""What is done with a row whose engine died before it had asked, on Heat's own tables. ``make unit-plugin``."""

from types import SimpleNamespace
from typing import Any

import pytest
from heat.db import models
from heat.engine import sync_point
from heat.engine.stack import ConvergenceNode
from heat_bus import Bus
from heat_tables import make_tables
from plugin_parts import NOW, a_stack

from customresource_bridge.plugin.heat import checks
from customresource_bridge.plugin.heat.engines import retrigger, unasked

BOTH, UPDATE_ONLY, CLEAN_UP_ONLY = (True, False), (True,), (False,)


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


def graph(nodes: dict[ConvergenceNode, set[ConvergenceNode]]) -> Any:
    return SimpleNamespace(graph=lambda: nodes)


@pytest.mark.parametrize("action", ["CREATE", "UPDATE", "DELETE"])
@pytest.mark.parametrize(
    ("nodes", "done", "is_update"),
    [
        (UPDATE_ONLY, False, True),
        (CLEAN_UP_ONLY, False, False),
        (BOTH, False, True),
        (BOTH, True, False),
    ],
    ids=["only updated", "only cleaned up", "not updated yet", "updated already"],
)
def test_the_graph_says_how_it_goes_on(action: str, nodes: tuple[bool, ...], *, done: bool, is_update: bool) -> None:
    bus = Bus(None, action=action)
    if done:
        checks.finish(bus.tables.context, bus.row_id, "mine")
    assert bus.retrigger(bus.stack(nodes=nodes))
    assert bus.sent == [("mine", is_update)]


def test_a_replacement_is_known_by_what_it_replaces() -> None:
    bus = Bus(None, replaces=4711)
    stack = bus.stack()
    stack.convergence_dependencies = graph({ConvergenceNode(4711, True): set()})
    assert bus.retrigger(stack)
    assert bus.sent == [("mine", True)]


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("is_update", [False, True])
def test_it_waits_for_what_is_before_it_in_the_graph(*, is_update: bool, done: bool) -> None:
    """Heat sends it its message then: it would do so without the other's attributes now."""
    bus = Bus(None)
    stack = bus.stack(in_graph=is_update)
    before, own = ConvergenceNode(9_999, is_update), ConvergenceNode(bus.row_id, is_update)
    stack.convergence_dependencies = graph({own: {before}, before: set()})
    if done:
        with bus.tables.writing() as session:
            point = session.query(models.SyncPoint).filter_by(entity_id=str(bus.row_id)).one()
            point.input_data = sync_point.serialize_input_data({before: {}})
    bus.retrigger(stack)
    assert bus.sent == ([("mine", is_update)] if done else [])


def test_what_is_no_part_of_the_operation_is_sent_nothing() -> None:
    bus = Bus(None)
    stack = bus.stack()
    stack.convergence_dependencies = graph({})
    assert not bus.retrigger(stack)
    assert bus.sent == []


def test_an_operation_that_ends_meanwhile_sends_nothing() -> None:
    bus = Bus(None)
    stack = bus.stack()
    stack.current_traversal = "whose counts are gone"
    bus.retrigger(stack)
    assert bus.sent == []


def test_before_openstack_2026_1_a_check_has_the_traversal_of_the_operation_before_it() -> None:
    bus = Bus(None, action="CHECK")
    checks.finish(bus.tables.context, bus.row_id, "mine")
    assert bus.retrigger(bus.stack(action="CHECK", nodes=BOTH))
    assert bus.sent == [("mine", True)]


def test_a_check_is_begun_again() -> None:
    bus = Bus(None, action="CHECK", engine_id="dead")
    stack = bus.stack(action="CHECK")
    assert retrigger.take_over(bus.tables.context, stack, bus.row_id, "dead", now=NOW, heat=bus.heat)
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
