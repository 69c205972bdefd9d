"""Stacks as a plain tenant makes them, with python-heatclient."""

import time
import uuid
from contextlib import suppress
from typing import Any, Self

from functional.by_trusts import reauthenticates_by_trusts
from functional.pace import pauses
from heatclient import exc
from heatclient.client import Client

PATIENCE = 240.0
"""Seconds. A busy machine is slow, and slow is no failure."""
MOMENT = 10.0
"""Seconds between a failure and what Heat does next by itself."""


class ForgottenAdoptionError(Exception):
    """Heat has created what a stack was to adopt."""


class Stack:
    """One stack and what it came to.

    :cvar pauses: seconds from one look at it to the next.
    """

    pauses = staticmethod(pauses)

    def __init__(self, heat: Any, stack_id: str, name: str) -> None:
        self.heat = heat
        self.id = stack_id
        self.name = name
        # With both of them Heat answers at once, by the id alone with a redirection.
        self.path = f"{name}/{stack_id}"

    def get(self, *, outputs: bool = True) -> Any:
        return self.heat.stacks.get(self.path, resolve_outputs=outputs)

    def wait(self, status: str, timeout: float = PATIENCE) -> "Stack":
        """Wait until the stack has come to ``status``; another end is a failure."""
        end, pause = time.monotonic() + timeout, self.pauses()
        seen = ""
        while time.monotonic() < end:
            try:
                stack = self.get(outputs=False)
            except exc.HTTPNotFound:
                seen = "DELETE_COMPLETE"
            else:
                seen = f"{stack.stack_status}: {stack.stack_status_reason}"
            if seen.startswith(status):
                return self
            if seen.partition(":")[0].endswith("_FAILED") and not self._moves_on(seen):
                raise AssertionError(f"{self.name} is {seen}")
            time.sleep(next(pause))
        raise AssertionError(f"{self.name} is not {status} within {timeout} s, but {seen}")

    def _moves_on(self, seen: str) -> bool:
        # A stack is FAILED for a moment before its rollback begins, or "cancelled" before the next operation does.
        end = time.monotonic() + MOMENT
        while time.monotonic() < end:
            time.sleep(0.5)
            stack = self.get(outputs=False)
            if not seen.startswith(f"{stack.stack_status}:"):
                return True
        return False

    def update(self, template: Any, **kwargs: Any) -> "Stack":
        fields = {"template": template, "disable_rollback": True, "timeout_mins": 60, **kwargs}
        self.heat.stacks.update(self.id, **fields)
        return self

    def delete(self) -> "Stack":
        self.heat.stacks.delete(self.id)
        return self

    def resource(self, name: str) -> Any:
        return self.heat.resources.get(self.path, name)

    def outputs(self) -> dict[str, Any]:
        return {output["output_key"]: output["output_value"] for output in self.get().outputs}

    def reason(self, name: str) -> str:
        return str(self.resource(name).resource_status_reason)

    def states(self, name: str) -> list[str]:
        events = self.heat.events.list(self.id, resource_name=name, sort_dir="asc")
        return [f"{event.resource_status}" for event in events]

    def told(self, name: str) -> list[str]:
        """Return the texts of a resource's events, in their order."""
        events = self.heat.events.list(self.id, resource_name=name, sort_dir="asc")
        return [event.resource_status_reason for event in events]


class Stacks:
    """Makes stacks, and deletes them in the end; one that cannot be deleted would be in the way of other tests."""

    def __init__(self, session: Any) -> None:
        self.heat = Client("1", session=session, service_type="orchestration")
        self.made: list[Stack] = []

    def create(self, template: Any, **kwargs: Any) -> Stack:
        name = f"t-{uuid.uuid4().hex[:12]}"
        fields = {"template": template, "disable_rollback": True, "timeout_mins": 60, **kwargs}
        answer = self.heat.stacks.create(stack_name=name, **fields)
        stack = Stack(self.heat, answer["stack"]["id"], name)
        self.made.append(stack)
        return stack

    def adopt(self, template: Any, export: str, **kwargs: Any) -> Stack:
        """Make a stack of what another one was abandoned with.

        :raises ForgottenAdoptionError: Heat has created what it was to adopt.
        """
        stack = self.create(template, adopt_stack_data=export, **kwargs)
        if reauthenticates_by_trusts():
            raise ForgottenAdoptionError(stack.wait("CREATE_COMPLETE").name)
        return stack.wait("ADOPT_COMPLETE")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        for stack in self.made:
            # Heat may answer 400 to the deletion of a stack whose deletion is just being completed.
            with suppress(exc.HTTPNotFound):
                if stack.get().stack_status != "DELETE_COMPLETE":
                    stack.delete()
        for stack in self.made:
            stack.wait("DELETE_COMPLETE")


def hot(resources: dict[str, Any], outputs: dict[str, Any] | None = None) -> dict[str, Any]:
    """A HOT template."""
    template: dict[str, Any] = {"heat_template_version": "2021-04-16", "resources": resources}
    if outputs:
        template["outputs"] = {name: {"value": value} for name, value in outputs.items()}
    return template


def custom(token: str, properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A Custom::Thing that ``token`` handles."""
    return {"type": "Custom::Thing", "properties": {"ServiceToken": token, **(properties or {})}, **more}
