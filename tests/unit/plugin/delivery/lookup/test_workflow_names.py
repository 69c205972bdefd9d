"""Whether a workflow that a template names is there. ``make unit-plugin``."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from heat.common import exception

from customresource_bridge import errors
from customresource_bridge.plugin.delivery.lookup import workflow_names
from customresource_bridge.plugin.delivery.lookup.recently_seen import RecentlySeen


@dataclass
class Mistral:
    names: list[str] = field(default_factory=lambda: ["greet", "record"])
    trouble: Exception | None = None
    asked: int = 0

    def has_workflow(self, workflow: str, *, namespace: str | None) -> bool:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return namespace is None and workflow in self.names

    def workflow_names(self) -> list[str]:
        if not self.names:
            raise errors.NotFound("Mistral", "list workflows", "it gave no reason that can be read", status=404)
        return self.names


def problem(mistral: Mistral, name: str, *, seen: RecentlySeen | None = None, namespace: str | None = None) -> Any:
    ref: Any = SimpleNamespace(project_id="p", mistral=lambda **_patience: mistral)
    return workflow_names.problem(ref, name, namespace, seen=seen or RecentlySeen(seconds=60))


def test_a_workflow_that_is_there_is_asked_for_once_for_a_stack_s_resources() -> None:
    mistral, seen = Mistral(), RecentlySeen(seconds=60)
    assert [problem(mistral, "greet", seen=seen) for _ in range(3)] == [None] * 3
    assert mistral.asked == 1


def test_one_that_is_not_there_is_told_with_the_one_that_may_be_meant() -> None:
    assert problem(Mistral(), "gret") == "There is no workflow 'gret' in this project: did you mean 'greet'?"
    assert "create it first" in problem(Mistral(), "dns")
    assert "create it first" in problem(Mistral(), "greet", namespace="n")


def test_what_answers_404_to_everything_is_no_mistral() -> None:
    assert problem(Mistral(names=[]), "gret") is None
    assert problem(Mistral(names=[]), "gret", namespace="n") is None


@pytest.mark.parametrize(
    "trouble", [errors.ServiceUnavailable("Mistral", "show a workflow", "away"), exception.AuthorizationFailure()]
)
def test_a_mistral_that_cannot_be_asked_finds_no_fault(trouble: Exception) -> None:
    assert problem(Mistral(trouble=trouble), "gret") is None
