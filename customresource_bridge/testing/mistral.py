"""Mistral in memory: executions under given ids, that end when the test says so."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from customresource_bridge import errors
from customresource_bridge.clients.mistral.mistral import Execution, FinishedExecutions
from customresource_bridge.compat import UTC
from customresource_bridge.protocol.description import BEGINS, LONGEST

_SERVICE = "Mistral"
_LONGEST_ID = 36


class FakeMistral:
    """Has the methods of ``clients.mistral.mistral.Mistral``.

    :ivar begun: the ids of all executions ever begun, in order.
    :ivar acting: the ids of those with a task that may still act though they have ended.
    """

    def __init__(self, workflows: Mapping[str, frozenset[str]]) -> None:
        """Take the workflows by name, each with the names of its inputs."""
        self._workflows = workflows
        self.executions: dict[str, Execution] = {}
        self.begun: list[str] = []
        self.acting: set[str] = set()

    def start(
        self,
        execution_id: str,
        workflow: str,
        *,
        namespace: str | None,
        workflow_input: Mapping[str, Any],
        description: str,
    ) -> Execution:
        """Begin an execution, or return the one that has the id."""
        del namespace
        doing = f"start workflow '{workflow}'"
        if execution_id in self.executions:
            return self.executions[execution_id]
        if workflow not in self._workflows:
            raise errors.NotFound(_SERVICE, doing, f"Workflow not found [workflow_identifier={workflow}]", status=404)
        if set(workflow_input) != self._workflows[workflow]:
            raise errors.Rejected(_SERVICE, doing, "Invalid input", status=400)
        if len(execution_id) > _LONGEST_ID:
            raise errors.ServiceUnavailable(_SERVICE, doing, "its database takes no such id", status=500)
        self.begun.append(execution_id)
        self.executions[execution_id] = Execution(
            id=execution_id,
            state="RUNNING",
            input=json.loads(json.dumps(workflow_input)),
            workflow_name=workflow,
            description=description[:LONGEST],
        )
        return self.executions[execution_id]

    def end(self, execution_id: str, state: str, *, output: Any = None, state_info: str | None = None) -> None:
        """Let a running execution come to its end; one that has ended stays as it is."""
        known = self.executions[execution_id]
        if not known.final:
            self.executions[execution_id] = replace(known, state=state, output=output, state_info=state_info)

    def get(self, execution_id: str) -> Execution | None:
        """Return an execution."""
        return self.executions.get(execution_id)

    def glance(self, execution_id: str) -> Execution | None:
        """Return an execution without its input and output."""
        known = self.executions.get(execution_id)
        return None if known is None else replace(known, input={}, output=None)

    def finished_since(self, moment: datetime, *, limit: int = 1000) -> FinishedExecutions:
        """Return all that have ended, whenever, and by their descriptions are of requests: more is no harm."""
        del moment, limit
        ours = {key: known for key, known in self.executions.items() if BEGINS in known.description}
        states = {key: known.state for key, known in ours.items() if known.final}
        return FinishedExecutions(states, datetime.now(UTC).replace(microsecond=0) if states else None)

    def described(self, text: str) -> list[str]:
        """Return the ids of those whose description holds a text."""
        return [key for key, known in self.executions.items() if text in known.description]

    def cancel(self, execution_id: str) -> None:
        """Cancel an execution, if it still runs."""
        if execution_id in self.executions:
            self.end(execution_id, "CANCELLED", state_info="Cancelled")

    def acts(self, execution_id: str) -> bool:
        """Return whether a task of an execution may still act."""
        known = self.executions.get(execution_id)
        return execution_id in self.acting or (known is not None and not known.final)

    def has_workflow(self, workflow: str, *, namespace: str | None = None) -> bool:
        """Return whether there is such a workflow."""
        del namespace
        return workflow in self._workflows

    def ping(self) -> None:
        """Do nothing."""
