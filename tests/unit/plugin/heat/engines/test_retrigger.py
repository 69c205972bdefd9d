"""By which message an engine works on a waiting row again, on Heat's own tables. ``make unit-plugin``."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from heat.common import exception
from heat.db import models
from heat.engine.stack import ConvergenceNode
from heat_tables import Tables, change, make_tables
from plugin_parts import NOW, a_stack, pending

from customresource_bridge.plugin.heat import checks
from customresource_bridge.plugin.heat.engines import retrigger
from customresource_bridge.plugin.lifecycle.lease import Lease, LeaseState
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.protocol import RequestType

PARKED = Lease(request_id="r", posts=1, next_post_at=NOW, expires_at=NOW, state=LeaseState.PARKED)


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


class Bus:
    """A parked row, and the messages that were sent about it: for which traversal, and whether to update it."""

    def __init__(self, request_type: RequestType = RequestType.CREATE, *, loaded: Any = None, **row: Any) -> None:
        self.tables = Tables()
        self.row_id = self.tables.row(**row)
        self.tables.remember(self.row_id, State(pending=pending(request_type=request_type)), PARKED)
        self.sent: list[tuple[str, bool]] = []
        self.heat = retrigger.HeatCalls(client=lambda: self, load=lambda *_row: loaded)

    def check_resource(self, *args: Any, **_more: Any) -> None:
        """Take a message, as Heat's client does."""
        _context, _row_id, traversal, _data, is_update, *_ = args
        self.sent.append((traversal, is_update))

    def stack(self, traversal: str = "mine", *, in_graph: bool = True, nodes: Any = (), **more: Any) -> Any:
        """Return the row's stack, in whose graph it is to be updated, or cleaned up; Heat counts what it waits for.

        :param nodes: which of the two, where it is both.
        """
        nodes = nodes or (in_graph,)
        for is_update in nodes if traversal else ():
            point = {"traversal_id": traversal, "is_update": is_update, "atomic_key": 0, "input_data": {}}
            with self.tables.writing() as session:
                session.add(models.SyncPoint(entity_id=str(self.row_id), stack_id=self.tables.stack_uuid, **point))
        dependencies = SimpleNamespace(graph=lambda: {ConvergenceNode(self.row_id, node): set() for node in nodes})
        return a_stack(
            **{
                "id": self.tables.stack_uuid,
                "current_traversal": traversal,
                "convergence_dependencies": dependencies,
                "tenant_id": self.tables.context.project_id,
                "stored_context": lambda: self.tables.context,
                **more,
            }
        )

    def retrigger(self, stack: Any) -> bool:
        return retrigger.retrigger(self.tables.context, stack, self.row_id, now=NOW, heat=self.heat)


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


BOTH, UPDATE_ONLY, CLEAN_UP_ONLY = (True, False), (True,), (False,)


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
def test_what_its_engine_had_only_begun_goes_on_as_the_graph_says(
    action: str, nodes: tuple[bool, ...], *, done: bool, is_update: bool
) -> None:
    bus = Bus(action=action)
    bus.tables.remember(bus.row_id, State(), PARKED)
    if done:
        checks.finish(bus.tables.context, bus.row_id, "mine")
    assert bus.retrigger(bus.stack(nodes=nodes))
    assert bus.sent == [("mine", is_update)]


def test_a_replacement_that_was_only_begun_is_known_by_what_it_replaces() -> None:
    bus = Bus(replaces=4711)
    bus.tables.remember(bus.row_id, State(), PARKED)
    stack = bus.stack()
    stack.convergence_dependencies = SimpleNamespace(graph=lambda: {ConvergenceNode(4711, True): set()})
    assert bus.retrigger(stack)
    assert bus.sent == [("mine", True)]


def test_before_openstack_2026_1_a_check_has_the_traversal_of_the_operation_before_it() -> None:
    bus = Bus(action="CHECK")
    bus.tables.remember(bus.row_id, State(), PARKED)
    checks.finish(bus.tables.context, bus.row_id, "mine")
    assert bus.retrigger(bus.stack(action="CHECK", nodes=BOTH))
    assert bus.sent == [("mine", True)]


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


def test_a_check_is_begun_again_whose_engine_died_before_it_asked() -> None:
    bus = Bus(action="CHECK", engine_id="dead")
    bus.tables.remember(bus.row_id, State())
    stack = bus.stack(action="CHECK")
    assert retrigger.take_over(bus.tables.context, stack, bus.row_id, "dead", now=NOW, heat=bus.heat)
    assert bus.sent == [("mine", True)]


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
