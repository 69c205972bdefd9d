"""What a tenant sees of requests by its own rights: what no bridge took, what runs, what failed and in which task."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from functional.bridge_process import bridge, environment
from functional.tenant import Stack, Tenant, until

from customresource_bridge.compat import UTC
from customresource_bridge.visibility.bridges import seen_bridges
from customresource_bridge.visibility.reading import Readers, Selection, Which, list_requests
from customresource_bridge.visibility.showing import show_request, show_resource
from customresource_bridge.visibility.view import RequestView, SeenStage
from customresource_bridge.visibility.watch import StackWatch

IN_FLIGHT = Which.IN_FLIGHT


def template(*workflows: str) -> dict[str, Any]:
    """Return a template with a resource for each workflow, named like it."""
    return {
        "heat_template_version": "2018-08-31",
        "resources": {
            name: {
                "type": "Custom::Thing",
                "properties": {"ServiceToken": f"mistral:{name}", "ServiceTimeout": 300, "Reason": "No quota is left"},
            }
            for name in workflows
        },
    }


@pytest.fixture
def readers(tenant: Tenant) -> Iterator[Readers]:
    return Readers.from_session(tenant.session, now=lambda: datetime.now(UTC))


def is_seen(readers: Readers, bridge_pid: int) -> bool:
    return bridge_pid in [bridge.said.pid for bridge in seen_bridges(readers.zaqar)]


def listed(readers: Readers, stack: Stack, which: Which = Which.ALL) -> dict[str, RequestView]:
    """Return a stack's requests by their resources."""
    views = list_requests(readers, Selection(stack=stack.name, which=which)).views
    return {view.resource: view for view in views}


def stage(readers: Readers, stack: Stack, resource: str) -> SeenStage | None:
    view = listed(readers, stack).get(resource)
    return view and view.stage


def test_a_tenant_sees_how_far_each_request_has_come_and_why_one_failed(
    tenant: Tenant, readers: Readers, tmp_path: Path
) -> None:
    stack = tenant.create(template("e2e_silent", "e2e_nested"), wait=False)
    until(lambda: stage(readers, stack, "e2e_silent") is SeenStage.WAITING, "it waits, for there is no bridge")
    waiting = listed(readers, stack, IN_FLIGHT)["e2e_silent"]
    assert (waiting.stack_name, waiting.handler, waiting.request_type) == (stack.name, "mistral:e2e_silent", "Create")
    left, age = waiting.left(readers.now()), waiting.age(readers.now())
    assert left is not None and 200 < left <= 300  # noqa: PT018 - a span
    assert age is not None and 0 <= age < 60  # noqa: PT018 - a span

    watch = StackWatch(readers, readers.heat.find(stack.id))
    assert any("e2e_silent CREATE_IN_PROGRESS" in step.text for step in watch.look())
    with bridge(tmp_path / "bridge.log", environ=environment()) as process:
        until(lambda: is_seen(readers, process.pid), "it says that it is there", seconds=60)
        until(lambda: stage(readers, stack, "e2e_silent") is SeenStage.RUNNING, "the bridge starts its workflow")
        until(lambda: stage(readers, stack, "e2e_nested") is SeenStage.FAILED, "the other one fails")
        running = show_resource(readers, stack.name, "e2e_silent")
        assert running.view.request_id == waiting.request_id
        assert any(step.text.startswith("task ") for step in running.steps)

        failed = listed(readers, stack, Which.FAILED)["e2e_nested"]
        assert "No quota is left" in failed.reason
        shown = show_request(readers, failed.request_id)
        assert shown.failed_task == "e2e_nested/refuse"
        assert "No quota is left" in shown.failed_task_reason
        assert {step.service for step in shown.steps} == {"Heat", "Mistral"}
        assert any("runs as execution" in step.text for step in watch.look())
        stack.delete()
    assert not is_seen(readers, process.pid), "it said that it stopped"
    assert [view.stage for view in listed_of_deleted(readers, stack)] == [SeenStage.FAILED] * 2


def listed_of_deleted(readers: Readers, stack: Stack) -> list[RequestView]:
    """Return the Creates of a stack that is gone."""
    views = list_requests(readers, Selection()).views
    return [view for view in views if view.stack_id == stack.id and view.request_type == "Create"]
