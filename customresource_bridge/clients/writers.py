"""Heat and Mistral, as far as a check makes a stack and a workflow of its own and deletes them. They read nothing."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from customresource_bridge import errors
from customresource_bridge.clients.heat.heat import SERVICE as HEAT
from customresource_bridge.clients.heat.reader import StackSummary
from customresource_bridge.clients.http import ServiceClient, check, decoded, service_errors
from customresource_bridge.clients.mistral.mistral import SERVICE as MISTRAL
from customresource_bridge.protocol.naming import printable


class HeatWriter(ServiceClient):
    """The stacks of one project, to be made and deleted."""

    _SERVICE_TYPE = "orchestration"
    _TIMEOUT = 60.0

    def create(self, name: str, template: Mapping[str, Any], *, minutes: int) -> StackSummary:
        """Begin to make a stack, which stays as it is where that fails.

        :param minutes: after which Heat gives it up.
        :raises ServiceError: Heat does not.
        """
        doing = "create a stack"
        body = {"stack_name": name, "template": dict(template), "timeout_mins": minutes, "disable_rollback": True}
        with service_errors(HEAT, doing):
            response = self._adapter.post("/stacks", json=body)
        try:
            stack_id = str(decoded(response, HEAT, doing)["stack"]["id"])
        except (KeyError, TypeError) as error:
            raise errors.ServiceUnavailable(HEAT, doing, "its answer cannot be read") from error
        return StackSummary(id=printable(stack_id), name=name, status="")

    def delete(self, stack: StackSummary) -> None:
        """Begin to delete a stack. One that is gone already is no error.

        :raises ServiceError: Heat does not.
        """
        doing = "delete a stack"
        with service_errors(HEAT, doing):
            response = self._adapter.delete(f"/stacks/{quote(stack.name, safe='')}/{quote(stack.id, safe='')}")
        try:
            check(response, HEAT, doing)
        except errors.NotFound:
            return


class MistralWriter(ServiceClient):
    """The workflows of one project, to be made and deleted, and an action that is run by itself."""

    _SERVICE_TYPE = "workflowv2"
    _TIMEOUT = 60.0

    def create_workflow(self, definition: str) -> None:
        """Make the workflows of a definition.

        :raises ServiceError: Mistral does not.
        """
        doing = "create a workflow"
        with service_errors(MISTRAL, doing):
            response = self._adapter.post(
                "/workflows", data=definition.encode(), headers={"Content-Type": "text/plain"}
            )
        check(response, MISTRAL, doing)

    def delete_workflow(self, name: str) -> None:
        """Delete a workflow. One that is gone already is no error.

        :raises ServiceError: Mistral does not.
        """
        self._delete(f"/workflows/{quote(name, safe='')}", "delete a workflow")

    def delete_execution(self, execution_id: str) -> None:
        """Delete an execution, also one that runs. One that is gone already is no error.

        :raises ServiceError: Mistral does not.
        """
        self._delete(f"/executions/{quote(execution_id, safe='')}?force=true", "delete an execution")

    def run_action(self, name: str) -> str | None:
        """Run an action that takes nothing, to its end; return what it failed by, or None where it did not.

        :raises ServiceError: Mistral does not run it.
        """
        doing = "run an action"
        asked = {"name": name, "input": "{}", "params": json.dumps({"run_sync": True, "save_result": False})}
        with service_errors(MISTRAL, doing):
            response = self._adapter.post("/action_executions", json=asked)
        said = decoded(response, MISTRAL, doing)
        try:
            if said["state"] == "SUCCESS":
                return None
            return printable(str(json.loads(said["output"])["result"]))
        except (KeyError, TypeError, ValueError) as error:
            raise errors.ServiceUnavailable(MISTRAL, doing, "its answer cannot be read") from error

    def _delete(self, path: str, doing: str) -> None:
        with service_errors(MISTRAL, doing):
            response = self._adapter.delete(path)
        try:
            check(response, MISTRAL, doing)
        except errors.NotFound:
            return
