"""The migration guides: the template before, the template after, and that both do the same."""

import json
import time
from pathlib import Path
from typing import Any

import pages
import pytest
import yaml
from functional.bridge_process import command, environment
from functional.plugin.handler import Handler, wait_until
from functional.plugin.stacks import Stacks
from functional.tenant import Stack, Tenant

from customresource_bridge.clients.zaqar.zaqar import Zaqar

GUIDES = Path(__file__).parents[3] / "docs" / "how-to" / "migration"


def guide(name: str) -> Any:
    return yaml.safe_load((GUIDES / name).read_text())


def label(stack: Stack) -> Any:
    outputs = stack.outputs()
    return outputs["label"] if "label" in outputs else json.loads(outputs["output"])["label"]


def runs(tenant: Tenant, since: set[str]) -> dict[tuple[str, str], str]:
    """Return which workflows of the guide ran with which name, and when, by Mistral's clock of whole seconds."""
    found = tenant.mistral.get("/executions?fields=id,workflow_name,input,created_at&sort_keys=created_at").json()
    mine = [e for e in found["executions"] if e["workflow_name"].startswith("shelf_") and e["id"] not in since]
    made = {(e["workflow_name"], json.loads(e["input"])["name"]): e["created_at"] for e in mine}
    assert len(made) == len(mine)
    return made


@pytest.mark.usefixtures("running_bridge")
@pytest.mark.parametrize("template", ["external-before.yaml", "external-after.yaml"])
def test_the_same_workflows_run_before_and_after(template: str, tenant: Tenant) -> None:
    tenant.upload((GUIDES / "external-workflows.yaml").read_text())
    since = {e["id"] for e in tenant.mistral.get("/executions?fields=id").json()["executions"]}
    stack = tenant.create(GUIDES / template)
    assert label(stack) == "shelf of 1", stack.reason()
    assert stack.update(GUIDES / template, size=2) == "UPDATE_COMPLETE"
    assert label(stack) == "shelf of 2"
    assert stack.update(GUIDES / template, size=2, name="rack") == "UPDATE_COMPLETE"
    assert label(stack) == "rack of 2"
    stack.delete()
    order = [("shelf_make", "shelf"), ("shelf_change", "shelf"), ("shelf_make", "rack"), ("shelf_remove", "shelf")]
    ran = runs(tenant, since)
    assert sorted(ran) == sorted([*order, ("shelf_remove", "rack")])
    assert [ran[one] for one in order] == sorted(ran[one] for one in order)


@pytest.mark.usefixtures("running_bridge")
@pytest.mark.parametrize("retain", [True, False])
def test_a_running_stack_is_moved(tenant: Tenant, *, retain: bool) -> None:
    """In the guide's two steps the thing stays; in one step, as it warns, the old workflow takes it away again."""
    tenant.upload((GUIDES / "external-workflows.yaml").read_text())
    before = (GUIDES / "external-before.yaml").read_text()
    since = {e["id"] for e in tenant.mistral.get("/executions?fields=id").json()["executions"]}
    stack = tenant.create(before)
    if retain:
        retained = before.replace("    properties:\n", "    deletion_policy: Retain\n    properties:\n", 1)
        assert stack.update(retained) == "UPDATE_COMPLETE", stack.reason()
    assert stack.update(GUIDES / "external-after.yaml") == "UPDATE_COMPLETE", stack.reason()
    assert label(stack) == "shelf of 1"
    more = "shelf_change" if retain else "shelf_remove"
    assert sorted(workflows_run(tenant, since)) == sorted(["shelf_make", "shelf_make", more])
    stack.delete()
    assert workflows_run(tenant, since).count("shelf_remove") == (1 if retain else 2)


def workflows_run(tenant: Tenant, since: set[str]) -> list[str]:
    found = tenant.mistral.get("/executions?fields=id,workflow_name").json()["executions"]
    return [e["workflow_name"] for e in found if e["workflow_name"].startswith("shelf_") and e["id"] not in since]


def test_hooks_and_events_before(demo: Any, tenant: Tenant) -> None:
    environment = guide("hooks-environment.yaml")
    queue = f"app-events-{time.time_ns()}"
    environment["event_sinks"][0]["target"] = queue
    zaqar = Zaqar.from_session(demo)
    with Stacks(demo) as stacks:
        stack = stacks.create(guide("hooks-before.yaml"), environment=environment)
        _clear(stack, zaqar, queue, "pre-create")
        stack.wait("CREATE_COMPLETE")
        assert stack.outputs() == {"app": "web"}
        stack.delete()
        _clear(stack, zaqar, queue, "pre-delete")
        stack.wait("DELETE_COMPLETE")
    tenant.zaqar.delete(f"/queues/{queue}")


def _clear(stack: Any, zaqar: Zaqar, queue: str, hook: str) -> None:
    """Wait for the event that says the stack stands at the hook, and clear it."""

    def told() -> bool:
        message = zaqar.claim_one(queue, ttl=60)
        if message is None:
            return False
        zaqar.delete(message)
        payload = message.body.get("payload", {})
        return hook in str(payload.get("resource_status_reason"))

    wait_until(told, 120, f"an event about {hook}")
    (clear,) = pages.commands("docs/how-to/migrate-from-hooks.md")
    line = clear.replace("--pre-create", f"--{hook}").replace("my-stack", stack.name)
    done = command(*line.split(), environ=environment())
    assert done.returncode == 0, done.stderr


def test_a_custom_resource_after(demo: Any) -> None:
    zaqar = Zaqar.from_session(demo)
    template = (GUIDES / "hooks-after.yaml").read_text()

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        name = request["ResourceProperties"]["name"]
        return {"Status": "SUCCESS", "PhysicalResourceId": name, "Data": {"address": f"{name}.example.org"}}

    with Handler(zaqar, answer) as handler, Stacks(demo) as stacks:
        stack = stacks.create(template.replace("zaqar:app-requests", handler.token)).wait("CREATE_COMPLETE")
        assert stack.outputs() == {"app": "web", "address": "web.example.org"}
        stack.delete().wait("DELETE_COMPLETE")
        assert handler.sequence() == ["Create registration", "Delete registration web"]
