"""When a clean-up waits for the whole stack, and when it stops. ``make unit-plugin``."""

from types import SimpleNamespace
from typing import Any

import pytest
from heat.common import exception

from customresource_bridge.plugin import clean_up_order
from customresource_bridge.plugin.heat.checks import DropCheck


class Stack:
    """What Heat's database says of a stack of two resources, look by look."""

    def __init__(self, *standing: tuple[str, str] | None, settled_after: int = 0, template: int = 7) -> None:
        self.says = list(standing or [("mine", "IN_PROGRESS")])
        self.settled_after = settled_after
        self.looks = 0
        self.template = template

    def standing(self, _context: Any, _stack_id: str) -> tuple[str, str] | None:
        return self.says.pop(0) if len(self.says) > 1 else self.says[0]

    def settled(self, _context: Any, _stack_id: str, _template_id: int) -> set[str]:
        self.looks += 1
        return {"a", "b"} if self.looks > self.settled_after else {"a"}

    def template_of(self, _context: Any, _row_id: int) -> int | None:
        return self.template

    def wait(self, timeout: float = 60, progress: Any = None) -> None:
        stack = SimpleNamespace(
            id="s",
            IN_PROGRESS="IN_PROGRESS",
            current_traversal="mine",
            t=SimpleNamespace(id=7),
            defn=SimpleNamespace(enabled_rsrc_names=lambda: ["a", "b"]),
        )
        resource = SimpleNamespace(id=1, name="r", stack=stack, context=None, current_template_id=7)
        clean_up_order.wait_for_updates(resource, timeout, progress, asked=self, step_seconds=0)


@pytest.mark.parametrize("standing", [("mine", "FAILED"), None])
def test_the_wait_ends_when_the_operation_failed(standing: Any) -> None:
    with pytest.raises(DropCheck):
        Stack(standing).wait()


@pytest.mark.parametrize("before", [("mine", "IN_PROGRESS"), ("mine", "FAILED")])
def test_another_operation_comes_to_the_resource_by_itself(before: Any) -> None:
    with pytest.raises(exception.UpdateInProgress):
        Stack(before, ("other", "IN_PROGRESS"), settled_after=100).wait()


def test_the_wait_ends_when_all_are_updated() -> None:
    stack = Stack(settled_after=5)
    stack.wait(3600)
    assert stack.looks == 6


def test_the_wait_looks_ever_more_rarely() -> None:
    stack = Stack(settled_after=30)
    seconds: list[None] = []
    stack.wait(3600, lambda: seconds.append(None))
    assert stack.looks == 31
    assert len(seconds) > 100


def test_what_was_updated_meanwhile_is_not_cleaned_up_as_it_was_before() -> None:
    with pytest.raises(exception.UpdateInProgress):
        Stack(settled_after=5, template=8).wait(3600)
