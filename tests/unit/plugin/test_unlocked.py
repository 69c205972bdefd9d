"""What may be done to a resource that waits without a lock, and by whom it is set going. ``make unit-plugin``."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Self

import pytest
from heat.common import exception
from heat.engine import resource as heat_resource
from heat_tables import Tables, make_tables
from plugin_parts import CALLER, NOW, a_stack, pending

from customresource_bridge import errors
from customresource_bridge.plugin.delivery import workflow
from customresource_bridge.plugin.heat import queries, resource_data, retrigger
from customresource_bridge.plugin.lifecycle.lease import Lease, LeaseState
from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import PhysicalResource, State
from customresource_bridge.plugin.resources.base import CustomResource
from customresource_bridge.protocol import RequestType


class Mine(CustomResource):
    stack = a_stack()

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self:
        return object.__new__(cls)  # Heat's own looks the class up by its template

    def __init__(self, state: State, status: str = "IN_PROGRESS", engine_id: str | None = None) -> None:
        self._known, self.status, self._calling_engine_id, self.name = state, status, engine_id, "a"


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    met: list[str] = []

    def meet(_self: Any, _action: str, hook: str) -> Iterator[None]:
        met.append(hook)
        yield

    monkeypatch.setattr(heat_resource.Resource, "_break_if_required", meet)
    return met


@pytest.mark.parametrize(
    ("state", "hook", "expected"),
    [
        (State(), "pre-update", ["pre-update"]),
        (State(pending=pending("former")), "pre-update", ["pre-update"]),
        (State(pending=pending()), "pre-update", []),
        (State(pending=pending()), "pre-delete", []),
        (State(pending=pending()), "post-update", ["post-update"]),
    ],
    ids=["begins", "takes over", "goes on", "goes on deleting", "is over"],
)
def test_a_hook_before_an_action_is_met_once(hooks: list[str], state: State, hook: str, expected: list[str]) -> None:
    list(Mine(state)._break_if_required("UPDATE", hook))
    assert hooks == expected


def test_heat_s_api_gets_no_lock_of_what_waits_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heat_resource.Resource, "lock", lambda _self, engine_id: f"locked by {engine_id}")
    with pytest.raises(exception.UpdateInProgress):
        Mine(State()).lock("api")
    assert Mine(State(), engine_id="worker").lock("worker") == "locked by worker"
    assert Mine(State(), status="COMPLETE").lock("api") == "locked by api"


@pytest.mark.parametrize(("stored", "taken"), [("ROLLBACK", "INIT"), ("UPDATE", "UPDATE")])
def test_what_a_rollback_brings_back_is_not_there_yet(monkeypatch: pytest.MonkeyPatch, stored: str, taken: str) -> None:
    monkeypatch.setattr(heat_resource.Resource, "_load_data", lambda self, row: setattr(self, "action", row.action))
    created: list[int] = []
    monkeypatch.setattr(
        heat_resource.Resource, "create_convergence", lambda _self, template_id: created.append(template_id)
    )
    brought_back = Mine(State())
    brought_back.current_template_id = 7
    brought_back._load_data(SimpleNamespace(action=stored))
    assert brought_back.action == taken
    brought_back.create_convergence(7)
    assert created == [7]
    if taken == "INIT":
        # A later operation finds it as the rollback left it: Heat has loaded it by the rollback's template.
        with pytest.raises(heat_resource.UpdateReplace):
            brought_back.create_convergence(8)


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


class Mistral:
    def __init__(self) -> None:
        self.started: list[str] = []
        self.away = False

    def start(self, execution_id: str, *_args: Any, **_kwargs: Any) -> Any:
        self.started.append(execution_id)
        return SimpleNamespace(id=execution_id)

    def get(self, _execution_id: str) -> Any:
        if self.away:
            raise errors.ServiceUnavailable("Mistral", "show an execution", "no connection")
        return SimpleNamespace(final=True, state="SUCCESS")


class Suspended(Mine):
    action = "SUSPEND"
    mistral = Mistral()
    ref = property(
        lambda self: SimpleNamespace(project_id="p", stack_id="s", name="a", mistral=lambda: self.mistral)  # type: ignore[assignment]
    )


def test_a_phase_is_one_execution_for_each_operation_and_survives_that_mistral_is_away() -> None:
    suspend = workflow.PhaseWorkflow(workflow="suspend")
    spec = Spec(resource_type="T", workflows={"suspend": suspend})
    physical = Suspended(State(current=PhysicalResource(physical_resource_id="id-1", spec=spec)))
    first, again = physical.handle_suspend(), physical.handle_suspend()
    assert first == again
    physical.mistral.away = True
    assert not physical.check_suspend_complete(first)
    physical.mistral.away = False
    assert physical.check_suspend_complete(first)
