"""Suspend, resume and check as the author wants them. ``make unit-plugin``."""

import traceback
from types import SimpleNamespace
from typing import Any, Self

import pytest
from heat.common import exception
from plugin_parts import a_stack

from customresource_bridge import errors
from customresource_bridge.plugin.delivery import workflow
from customresource_bridge.plugin.lifecycle.plan import Checked
from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import Entry, PhysicalResource, State
from customresource_bridge.plugin.resources.extra_phases import ExtraPhases
from customresource_bridge.protocol import Identity


class Mistral:
    def __init__(self) -> None:
        self.started: list[str] = []
        self.away = False
        self.refusal: Exception | None = None

    def start(self, execution_id: str, *_args: Any, **_kwargs: Any) -> Any:
        if self.refusal:
            raise errors.ServiceError("Mistral", "start an execution", "refused", status=400) from self.refusal
        self.started.append(execution_id)
        return SimpleNamespace(id=execution_id)

    def get(self, _execution_id: str) -> Any:
        if self.away:
            raise errors.ServiceUnavailable("Mistral", "show an execution", "no connection")
        return SimpleNamespace(final=True, state="SUCCESS")


class Suspended(ExtraPhases):
    action, name, stack = "SUSPEND", "a", a_stack()

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self:
        return object.__new__(cls)  # Heat's own looks the class up by its template

    def __init__(self, state: State) -> None:
        self._known = state
        self.mistral = Mistral()

    @property
    def ref(self) -> Any:
        return SimpleNamespace(
            project_id="p",
            stack_id="s",
            name="a",
            mistral=lambda: self.mistral,
            identity=lambda key: Identity(stack_id="s", request_id=key, logical_resource_id="a"),
        )


def suspended() -> Suspended:
    spec = Spec(resource_type="T", workflows={"suspend": workflow.PhaseWorkflow(workflow="suspend")})
    return Suspended(State(current=PhysicalResource(physical_resource_id="id-1", spec=spec)))


def test_a_phase_is_one_execution_for_each_operation_and_survives_that_mistral_is_away() -> None:
    physical = suspended()
    first, again = physical.handle_suspend(), physical.handle_suspend()
    assert first == again
    physical.mistral.away = True
    assert not physical.check_suspend_complete(first)
    physical.mistral.away = False
    assert physical.check_suspend_complete(first)


def test_of_a_phase_that_mistral_refuses_heat_is_given_nothing_that_a_client_library_said() -> None:
    physical = suspended()
    physical.mistral.refusal = ConnectionError("token-of-mine")
    with pytest.raises(exception.ResourceFailure, match="Mistral") as raised:
        physical.handle_suspend()
    assert "token-of-mine" not in "".join(traceback.format_exception(raised.value))


WANTED = Spec(resource_type="T", check_requests=True)


@pytest.mark.parametrize(
    ("state", "checks"),
    [
        (State(), False),
        (State(current=PhysicalResource(physical_resource_id="k1", spec=Spec(resource_type="T"))), False),
        (State(current=PhysicalResource(physical_resource_id="k1", spec=WANTED)), True),
        (State(account=(Entry(physical_resource_id="half", spec=WANTED),)), True),
    ],
    ids=["nothing was asked for", "not wanted", "wanted", "its Create failed"],
)
def test_heat_finds_a_check_only_where_the_author_wants_one(state: State, *, checks: bool) -> None:
    assert hasattr(Suspended(state), "handle_check") is checks


class Watched(Suspended):
    """A resource whose operation is done as soon as it is watched."""

    def _start(self, goal: Any, **_more: Any) -> Any:
        return goal

    def _watch(self, operation: Any) -> bool:
        return bool(operation == Checked())


def test_a_check_is_an_operation_that_heat_watches() -> None:
    row = Watched(State(current=PhysicalResource(physical_resource_id="k1", spec=WANTED)))
    assert row.check_check_complete(row.handle_check())
