"""How a resource is let go to wait without a thread, on Heat's own tables. ``make unit-plugin``."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from heat.db import models
from heat_tables import Faltering, Tables, change, make_tables

from customresource_bridge.plugin.heat import leases, resource_data
from customresource_bridge.plugin.lifecycle.lease import Lease, LeaseState
from customresource_bridge.plugin.lifecycle.spec import Delivery, Spec
from customresource_bridge.plugin.lifecycle.state import Pending, State
from customresource_bridge.plugin.waiting import parking
from customresource_bridge.protocol import RequestType


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


class Parked(Tables):
    """A resource that a thread watches, and what came of parking it."""

    def __init__(
        self, delivery: Delivery = Delivery.QUEUE, deadline: float = 3600, time_remaining: float = 3600
    ) -> None:
        super().__init__(time_remaining=time_remaining)
        now = self.clock()
        self.row_id = self.row(engine_id="mine")
        change(self.context, models.Stack, self.stack_uuid, current_traversal="op")
        self.pending = Pending(
            request_id="r",
            request_type=RequestType.CREATE,
            spec=Spec(resource_type="T", delivery=delivery),
            traversal="op",
            asked_at=now - timedelta(seconds=4),
            deadline=now + timedelta(seconds=deadline),
        )
        due = now + timedelta(seconds=26)
        self.lease_before = Lease(request_id="r", posts=1, next_post_at=due, expires_at=due)
        self.remember(self.row_id, State(pending=self.pending), self.lease_before)
        self.expected: list[datetime] = []
        self.woken = 0
        self.pauses: list[float] = []
        self.trouble: Exception | None = None

    def _wake(self, _resource: Any, _now: datetime) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.woken += 1

    def park(self, engine_id: str = "mine", *, context: Any = None) -> None:
        ref = self.ref(self.row_id)
        resource = SimpleNamespace(
            context=context or self.context, id=self.row_id, _calling_engine_id=engine_id, stack=ref.stack, ref=ref
        )
        operation: Any = SimpleNamespace(pending=self.pending)
        expect = lambda _row_id, at: self.expected.append(at)  # noqa: E731
        parking.park(resource, operation, expect=expect, wake=self._wake, now=self.clock, sleep=self.pauses.append)

    def seconds(self, at: datetime) -> float:
        return (at - self.clock()).total_seconds()


@pytest.mark.parametrize(
    ("delivery", "stack_has", "deadline", "look", "kept"),
    [
        (Delivery.QUEUE, 3600, 3600, 26, 26),
        (Delivery.DIRECT, 3600, 3600, 1, 26),
        (Delivery.QUEUE, 24, 3600, 9, 9),
        (Delivery.QUEUE, 3600, 7, 7, 7),
    ],
    ids=["the next post", "a look at its workflow", "its stack's end", "its deadline"],
)
def test_what_waits_without_a_thread_is_looked_after(
    delivery: Delivery, stack_has: float, deadline: float, look: float, kept: float
) -> None:
    parked = Parked(delivery, deadline, stack_has)
    parked.park()
    lease = parked.lease(parked.row_id)
    assert lease == replace(parked.lease_before, state=LeaseState.PARKED, expires_at=lease.expires_at)
    assert parked.engine_of(parked.row_id) is None
    # What the row says is for the other processes, should this one die.
    assert [parked.seconds(at) for at in (parked.expected[0], lease.expires_at)] == [look, kept]


def test_an_answer_that_came_meanwhile_wakes_it_at_once() -> None:
    parked = Parked()
    key = resource_data.answer_key("r")
    resource_data.write(parked.context, parked.row_id, key, '{"Status": "SUCCESS", "PhysicalResourceId": "id-1"}')
    parked.park()
    assert (parked.woken, parked.expected) == (1, [])


def test_another_operation_that_waits_for_the_lock_gets_it_at_once() -> None:
    parked = Parked()
    change(parked.context, models.Stack, parked.stack_uuid, current_traversal="another")
    parked.park()
    assert (parked.woken, parked.expected) == (1, [])


def test_what_another_engine_holds_is_left_alone() -> None:
    parked = Parked()
    parked.park("not mine")
    assert (parked.woken, parked.expected) == (0, [])
    assert leases.read(parked.context, parked.row_id) == parked.lease_before


@pytest.mark.parametrize(("seconds", "may"), [(16, True), (15, False), (0, False)])
def test_near_its_stack_s_timeout_a_resource_keeps_its_thread(seconds: float, *, may: bool) -> None:
    resource = SimpleNamespace(stack=SimpleNamespace(time_remaining=lambda: seconds))
    assert parking.parkable(resource) is may


def test_a_trouble_after_it_was_let_go_fails_no_stack_and_the_monitor_comes_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    parked = Parked()
    change(parked.context, models.Stack, parked.stack_uuid, current_traversal="another")
    parked.trouble = ConnectionError("the bus is away")
    parked.park()
    assert [parked.seconds(at) for at in parked.expected] == [0]
    assert "ConnectionError in" in caplog.text
    assert "the bus is away" not in caplog.text


@pytest.mark.parametrize("works", range(4), ids=["the row", "its lease", "the lease changed", "its stack"])
def test_a_database_that_is_away_for_a_moment_leaves_no_row_locked_and_no_operation_waiting(works: int) -> None:
    parked, context = Parked(), Faltering(works=works, fails=2)
    change(parked.context, models.Stack, parked.stack_uuid, current_traversal="another")
    parked.park(context=context)
    assert (parked.woken, parked.engine_of(parked.row_id)) == (1, None)
    assert (len(parked.pauses), context.answers) == (2, [])
