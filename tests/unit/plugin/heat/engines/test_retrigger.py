"""By which message an engine works on a waiting row again, on Heat's own tables. ``make unit-plugin``."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from heat.common import exception
from heat.db import models
from heat.engine.stack import ConvergenceNode
from heat_bus import PARKED, Bus
from heat_tables import change, make_tables
from plugin_parts import NOW, a_stack

from customresource_bridge.plugin.heat.engines import retrigger
from customresource_bridge.protocol import RequestType


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


@pytest.mark.parametrize(
    ("traversal", "status", "sent"),
    [
        ("mine", "IN_PROGRESS", ("mine", True)),
        ("another", "IN_PROGRESS", ("another", True)),
        ("another", "FAILED", ("another", True)),
        ("", "COMPLETE", ("", True)),
    ],
    ids=["its operation", "another operation", "cancelled without rollback", "over"],
)
def test_a_create_goes_on_in_whatever_operation_the_stack_is(traversal: str, status: str, sent: Any) -> None:
    bus = Bus()
    assert bus.retrigger(bus.stack(traversal, status=status))
    assert bus.sent == [sent]


def test_a_delete_goes_on_as_the_clean_up_that_it_is() -> None:
    bus = Bus(RequestType.DELETE)
    assert bus.retrigger(bus.stack(in_graph=False))
    assert bus.sent == [("mine", False)]


def test_another_operation_that_is_not_ready_for_the_row_is_sent_nothing() -> None:
    bus = Bus()
    stack = bus.stack("another")
    stack.convergence_dependencies = SimpleNamespace(
        graph=lambda: {ConvergenceNode(bus.row_id, True): {ConvergenceNode(9_999, True)}}
    )
    bus.retrigger(stack)
    assert bus.sent == []


def test_another_operation_whose_graph_does_not_know_the_row_is_sent_nothing() -> None:
    bus = Bus()
    stack = bus.stack("another")
    stack.convergence_dependencies = SimpleNamespace(graph=dict)
    assert not bus.retrigger(stack)
    assert bus.sent == []


@pytest.mark.parametrize(("in_graph", "sent"), [(True, []), (False, [("another", False)])])
def test_what_another_operation_has_replaced_is_only_cleaned_up(*, in_graph: bool, sent: Any) -> None:
    bus = Bus(replaced_by=4711)
    assert bus.retrigger(bus.stack("another", in_graph=in_graph)) is bool(sent)
    assert bus.sent == sent


def test_what_was_woken_is_left_alone_for_a_while() -> None:
    bus = Bus()
    stack = bus.stack()
    assert bus.retrigger(stack)
    assert not bus.retrigger(stack)
    assert bus.sent == [("mine", True)]
    assert bus.tables.lease(bus.row_id) == PARKED.waking(until=NOW + timedelta(seconds=30))


def test_what_changed_since_it_was_read_is_not_woken() -> None:
    bus = Bus()
    stale = replace(PARKED, posts=0)
    waking = stale.waking(until=NOW)
    assert not retrigger.wake(bus.tables.context, bus.stack(), bus.row_id, stale, waking, heat=bus.heat)
    assert bus.sent == []


def test_what_is_over_is_not_woken() -> None:
    bus = Bus(status="COMPLETE")
    assert not bus.retrigger(bus.stack())


def test_of_two_processes_that_find_an_engine_dead_one_sends_a_message() -> None:
    bus = Bus(engine_id="dead")
    stack = bus.stack()
    took = [
        retrigger.take_over(bus.tables.context, stack, bus.row_id, "dead", now=NOW, heat=bus.heat) for _ in range(2)
    ]
    assert took == [True, False]
    assert bus.sent == [("mine", True)]


@pytest.mark.parametrize("locked_again", [False, True])
@pytest.mark.parametrize("kind", [RequestType.UPDATE, RequestType.CHECK])
def test_an_update_and_a_check_end_with_their_stack(kind: RequestType, *, locked_again: bool) -> None:
    latest = a_stack(status="FAILED")
    set_to: list[tuple[str, ...]] = []

    class Row:
        action, DELETE, FAILED, LOCK_RESPECT = "UPDATE", "DELETE", "FAILED", "respect"

        def state_set(self, *state: str, lock: str) -> None:
            set_to.append((*state, lock))
            if locked_again:
                raise exception.UpdateInProgress("a")

    loaded = Row(), None, latest
    bus = Bus(kind, loaded=loaded)
    assert not bus.retrigger(bus.stack("", status="FAILED", action=str(kind).upper()))
    assert set_to == [("UPDATE", "FAILED", f"{retrigger.ENDED[kind]} (RequestId: r)", "respect")]
    latest.status = "IN_PROGRESS"  # another operation has begun, and counts on the row
    bus = Bus(kind, loaded=loaded)
    assert not bus.retrigger(bus.stack("", status="FAILED"))
    assert len(set_to) == 1
    assert bus.sent == []


@pytest.mark.parametrize(
    ("action", "status", "in_graph", "sent"),
    [
        ("SUSPEND", "IN_PROGRESS", False, []),
        ("SUSPEND", "FAILED", False, [("another", False)]),
        ("SUSPEND", "FAILED", True, [("another", True)]),
        ("CHECK", "FAILED", True, [("another", True)]),
    ],
    ids=["while it suspends", "suspended", "suspended without a graph, as before Heat 26", "checked"],
)
def test_an_answer_is_taken_once_a_suspension_or_a_check_is_over(
    action: str, status: str, *, in_graph: bool, sent: list[tuple[str, bool]]
) -> None:
    bus = Bus()
    bus.retrigger(bus.stack("another", in_graph=in_graph, action=action, status=status))
    assert bus.sent == sent


@pytest.mark.parametrize(
    ("traversal", "action", "sent"),
    [
        ("mine", "CHECK", [("mine", True)]),
        ("another", "CHECK", [("another", True)]),
        ("another", "UPDATE", [("another", True)]),
        ("another", "SUSPEND", []),
    ],
    ids=["its operation", "another check", "an update", "a suspension"],
)
def test_a_check_goes_on_in_a_check_and_is_put_an_end_to_by_an_update(
    traversal: str, action: str, sent: list[tuple[str, bool]]
) -> None:
    bus = Bus(RequestType.CHECK, action="CHECK")
    assert bus.retrigger(bus.stack(traversal, action=action)) is bool(sent)
    assert bus.sent == sent


@pytest.mark.parametrize(
    ("row", "found"),
    [({"engine_id": "alive"}, 0), ({"status": "COMPLETE"}, 0), ({}, 1)],
    ids=["held", "over", "parked"],
)
def test_the_stack_is_loaded_only_where_an_engine_is_to_be_asked(row: Any, found: int) -> None:
    bus = Bus()
    change(bus.tables.context, models.Resource, bus.row_id, **row)
    loads: list[int] = []

    def find_stack() -> None:
        loads.append(1)

    context = bus.tables.context
    went = retrigger.go_on(context, bus.row_id, find_stack, now=NOW, alive=lambda _id: True, heat=bus.heat)
    assert (went, len(loads)) == (False, found)
