"""What a bridge could not tell before it was killed: the next one tells it, and each thing that it names is deleted."""

import json
import signal
from pathlib import Path
from typing import Any

from functional import bridge_process
from functional.plugin.handler import line, wait_until
from functional.plugin.plays_failure import derived
from functional.plugin.situations import World
from functional.plugin.stacks import Stack, custom, hot
from functional.tenant import Tenant

WORKFLOWS = """
version: '2.0'

killed_half:
  description: Makes half of a thing, names it and fails, as soon as the test lets it.
  input:
    - request
  output-on-error:
    physical_resource_id: half-1
  tasks:
    begin:
      action: std.noop
      on-success:
        - held: <% $.request.RequestType = Create %>
    held:
      action: std.async_noop

killed_second:
  description: Makes another thing for an Update, as soon as the test lets it.
  input:
    - request
  output:
    physical_resource_id: <% switch($.request.RequestType = Create => 'id-1', true => 'id-2') %>
  tasks:
    begin:
      action: std.noop
      on-success:
        - held: <% $.request.RequestType = Update %>
    held:
      action: std.async_noop
"""


def asked(tenant: Tenant, workflow: str, stack: Stack) -> list[dict[str, Any]]:
    """Return the executions of a stack's requests, each with its request."""
    path = f"/executions?workflow_name={workflow}&fields=id,state,input"
    found = [
        {**execution, "request": json.loads(execution["input"])["request"]}
        for execution in tenant.mistral.get(path).json()["executions"]
    ]
    return [execution for execution in found if execution["request"]["StackId"].endswith(stack.id)]


def held(tenant: Tenant, workflow: str, stack: Stack) -> str:
    """Return the action that an execution of the stack waits in; empty where none does."""
    for execution in asked(tenant, workflow, stack):
        for task in tenant.mistral.get(f"/executions/{execution['id']}/tasks").json()["tasks"]:
            if (task["name"], task["state"]) == ("held", "RUNNING"):
                actions = tenant.mistral.get(f"/tasks/{task['id']}/action_executions").json()["action_executions"]
                return str(actions[0]["id"]) if actions else ""
    return ""


def states(tenant: Tenant, workflow: str, stack: Stack) -> list[str]:
    return [execution["state"] for execution in asked(tenant, workflow, stack)]


def let(tenant: Tenant, action: str, *, state: str) -> None:
    """Have an action that waits end so."""
    tenant.mistral.put(f"/action_executions/{action}", json={"state": state})


def test_a_delete_reaches_each_thing_that_was_named_while_no_bridge_was_there(
    w: World, tenant_project: Tenant, bridge_log: Path
) -> None:
    tenant_project.upload(WORKFLOWS)
    environ = bridge_process.environment()
    with bridge_process.bridge(bridge_log, environ=environ, ends=-signal.SIGKILL) as killed:
        updated = w.stacks.create(hot({"a": custom("mistral:killed_second", {"Size": 1})})).wait("CREATE_COMPLETE")
        updated.update(hot({"a": custom("mistral:killed_second", {"Size": 2})}))
        created = w.stacks.create(hot({"a": custom("mistral:killed_half")}))
        fails = wait_until(lambda: held(tenant_project, "killed_half", created), 60, "the Create is under way")
        succeeds = wait_until(lambda: held(tenant_project, "killed_second", updated), 60, "the Update is under way")
        killed.kill()
        killed.wait(10)
    let(tenant_project, fails, state="ERROR")
    let(tenant_project, succeeds, state="SUCCESS")
    wait_until(lambda: states(tenant_project, "killed_half", created) == ["ERROR"], 60, "the Create fails")
    wait_until(lambda: states(tenant_project, "killed_second", updated) == ["SUCCESS"] * 2, 60, "the Update succeeds")
    created.delete()
    updated.delete()
    with bridge_process.bridge(bridge_log, environ=environ):
        created.wait("DELETE_COMPLETE")
        updated.wait("DELETE_COMPLETE")
    of_create = [one["request"] for one in asked(tenant_project, "killed_half", created)]
    (create,) = (request for request in of_create if request["RequestType"] == "Create")
    assert sorted(map(line, of_create)) == ["Create a", f"Delete a {derived(create)}", "Delete a half-1"]
    of_update = sorted(line(one["request"]) for one in asked(tenant_project, "killed_second", updated))
    assert of_update == ["Create a", "Delete a id-1", "Delete a id-2", "Update a id-1"]
