"""What may be done to a resource that waits without a lock, and by whom it is set going. ``make unit-plugin``."""

from datetime import timedelta
from typing import Any

import pytest
from heat.common import exception
from heat.engine import resource as heat_resource
from heat_tables import Tables, make_tables
from plugin_parts import CALLER, NOW, a_stack, pending

from customresource_bridge.plugin.heat import queries, resource_data, retrigger
from customresource_bridge.plugin.lifecycle.lease import Lease, LeaseState
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.protocol import RequestType


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """By what a row is set going."""
    told: list[str] = []

    class Client:
        def check_resource(self, *_args: Any, **_kwargs: Any) -> None:
            told.append("check")

    class Check:
        def __init__(self, *_args: Any) -> None:
            pass

        def retrigger_check_resource(self, *_args: Any) -> None:
            told.append("retrigger")

    monkeypatch.setattr(retrigger.worker_client, "WorkerClient", Client)
    monkeypatch.setattr(retrigger.check_resource, "CheckResource", Check)
    monkeypatch.setattr(retrigger, "_input_data", lambda *_args, **_kwargs: None)
    monkeypatch.setattr(queries, "is_replaced", lambda *_args: False)
    return told


def remembers(monkeypatch: pytest.MonkeyPatch, state: State) -> None:
    monkeypatch.setattr(resource_data, "read", lambda *_args: state.to_json())


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        (a_stack(), ["check"]),
        (a_stack(current_traversal="another"), ["retrigger"]),
        (a_stack(current_traversal="another", status="FAILED"), ["check"]),
        (a_stack(current_traversal="", status="COMPLETE"), ["check"]),
    ],
    ids=["its operation", "another operation", "cancelled without rollback", "over"],
)
def test_who_goes_on_with_a_create(
    monkeypatch: pytest.MonkeyPatch, asked: list[str], stack: Any, expected: list[str]
) -> None:
    remembers(monkeypatch, State(pending=pending(request_type=RequestType.CREATE)))
    assert retrigger._trigger(CALLER, stack, 1)
    assert asked == expected


@pytest.mark.parametrize("locked_again", [False, True])
def test_an_update_ends_with_its_stack(
    monkeypatch: pytest.MonkeyPatch, asked: list[str], *, locked_again: bool
) -> None:
    latest = a_stack(status="FAILED")
    set_to: list[tuple[str, ...]] = []

    class Row:
        action, DELETE, FAILED, LOCK_RESPECT = "UPDATE", "DELETE", "FAILED", "respect"

        def state_set(self, *state: str, lock: str) -> None:
            set_to.append((*state, lock))
            if locked_again:
                raise exception.UpdateInProgress("a")

    remembers(monkeypatch, State(pending=pending()))
    monkeypatch.setattr(heat_resource.Resource, "load", lambda *_args: (Row(), None, latest))
    assert not retrigger._trigger(CALLER, a_stack(current_traversal="", status="FAILED"), 1)
    assert set_to == [("UPDATE", "FAILED", retrigger.ENDED, "respect")]
    latest.status = "IN_PROGRESS"  # another operation has begun, and counts on the row
    assert not retrigger._trigger(CALLER, a_stack(current_traversal="", status="FAILED"), 1)
    assert len(set_to) == 1
    assert asked == []


def test_what_another_operation_has_replaced_is_not_replaced_again(
    monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    remembers(monkeypatch, State(pending=pending(request_type=RequestType.CREATE)))
    monkeypatch.setattr(queries, "is_replaced", lambda *_args: True)
    assert not retrigger._trigger(CALLER, a_stack(current_traversal="another"), 1)
    assert retrigger._trigger(CALLER, a_stack(current_traversal="another"), 2)  # a node of its clean-up alone
    assert asked == ["retrigger"]


def test_what_was_woken_is_left_alone_for_a_while(asked: list[str]) -> None:
    make_tables()
    tables = Tables()
    row_id = tables.row()
    overdue = Lease(request_id="r", next_post_at=NOW, expires_at=NOW, posts=1, state=LeaseState.PARKED)
    tables.remember(row_id, State(pending=pending(request_type=RequestType.CREATE)), overdue)
    assert retrigger.retrigger(tables.context, a_stack(), row_id, now=NOW)
    assert not retrigger.retrigger(tables.context, a_stack(), row_id, now=NOW)
    assert asked == ["check"]
    assert tables.lease(row_id) == overdue.waking(until=NOW + timedelta(seconds=30))
