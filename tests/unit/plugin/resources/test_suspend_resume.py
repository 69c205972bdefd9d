"""Suspend and resume by the author's workflows. ``make unit-plugin``."""

from types import SimpleNamespace
from typing import Any, Self

from plugin_parts import a_stack

from customresource_bridge import errors
from customresource_bridge.plugin.delivery import workflow
from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import PhysicalResource, State
from customresource_bridge.plugin.resources.suspend_resume import SuspendResume
from customresource_bridge.protocol import Identity


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


class Suspended(SuspendResume):
    action, name, stack = "SUSPEND", "a", a_stack()

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self:
        return object.__new__(cls)  # Heat's own looks the class up by its template

    def __init__(self, state: State) -> None:
        self._known = state

    mistral = Mistral()

    @property
    def ref(self) -> Any:
        return SimpleNamespace(
            project_id="p",
            stack_id="s",
            name="a",
            mistral=lambda: self.mistral,
            identity=lambda key: Identity(stack_id="s", request_id=key, logical_resource_id="a"),
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
