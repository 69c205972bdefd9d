"""When a resource that was let go is looked after next. With Heat's Python: ``make unit-plugin``."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.spec import Delivery, Spec
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.plugin.waiting import parking
from customresource_bridge.protocol import RequestType


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
def test_who_waits_without_a_thread_is_looked_after(  # noqa: PLR0913, PLR0917 - a table
    monkeypatch: pytest.MonkeyPatch, delivery: Delivery, stack_has: int, deadline: int, look: int, kept: int
) -> None:
    now = datetime.now(UTC)
    pending = Pending(
        request_id="r",
        request_type=RequestType.CREATE,
        spec=Spec(resource_type="T", delivery=delivery),
        traversal="op",
        asked_at=now - timedelta(seconds=4),
        deadline=now + timedelta(seconds=deadline),
    )
    written: list[Lease] = []
    expected: list[datetime] = []
    lease = Lease(request_id="r", due=now + timedelta(seconds=26), posts=1)
    stack = SimpleNamespace(id="s", current_traversal="op", time_remaining=lambda: stack_has)
    monkeypatch.setattr(parking.queries, "unlock", lambda *_args: True)
    monkeypatch.setattr(parking.resource_data, "read_lease", lambda *_args: lease)
    monkeypatch.setattr(
        parking.resource_data, "compare_and_swap_lease", lambda _c, _row, _old, new: written.append(new) or True
    )
    monkeypatch.setattr(parking.heat_stack.Stack, "load", lambda *_args, **_kwargs: stack)
    monkeypatch.setattr(parking.queue, "answer", lambda *_args: None)
    monkeypatch.setattr(parking, "log_step", lambda *_args: None)
    monkeypatch.setattr(parking.process, "expect", lambda _row, due: expected.append(due))
    resource = SimpleNamespace(context=None, id=1, _calling_engine_id="e", stack=stack, ref=None)
    operation: Any = SimpleNamespace(pending=pending)
    parking.park(resource, operation)
    assert written[0].parked
    # What the row says is for the other processes, should this one die.
    assert [round((due - now).total_seconds()) for due in (expected[0], written[0].due)] == [look, kept]
