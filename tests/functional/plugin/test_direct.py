"""Direct delivery: the plugin starts the workflow itself, under the same contract; and what ExternalResource can do."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from functional.plugin.handler import wait_until
from functional.plugin.situations import World
from functional.plugin.stacks import hot
from heatclient import exc

from customresource_bridge.clients.mistral.mistral import Mistral
from customresource_bridge.protocol import ids

WORKFLOWS = """
version: '2.0'

{prefix}_make:
  input: [request]
  output:
    physical_resource_id: "thing-<% $.request.ResourceProperties.get(Name, x) %>"
    data:
      Phase: <% $.request.RequestType %>
      Name: <% $.request.ResourceProperties.get(Name, none) %>
  tasks:
    nothing:
      action: std.noop

{prefix}_old:
  input: [name]
  output:
    resource_id: "old-<% $.name %>"
    before: <% env().get(heat_extresource_data, null) %>
    color: <% env().get(color, null) %>
  tasks:
    nothing:
      action: std.noop

{prefix}_refuse:
  input: [request]
  tasks:
    look:
      action: std.noop
      on-success:
        - refuse: <% $.request.RequestType != Delete %>
    refuse:
      action: std.fail error_data="the zone is full"

{prefix}_slow:
  input: [request]
  tasks:
    wait:
      action: std.noop
      wait-before: 9
"""


@pytest.fixture(scope="module")
def prefix(demo: Any) -> Iterator[str]:
    name = f"t{uuid.uuid4().hex[:8]}"
    endpoint = {"service_type": "workflowv2", "interface": "public"}
    text = WORKFLOWS.format(prefix=name)
    demo.post("/workflows", data=text, headers={"Content-Type": "text/plain"}, endpoint_filter=endpoint)
    yield name
    for workflow in ("make", "old", "refuse", "slow"):
        demo.delete(f"/workflows/{name}_{workflow}", endpoint_filter=endpoint)


def direct(**properties: Any) -> dict[str, Any]:
    return {"type": "OS::Heat::CustomResource", "properties": {"delivery": "direct", **properties}}


def test_one_workflow_for_all_phases(w: World, demo: Any, prefix: str) -> None:
    def template(name: str) -> dict[str, Any]:
        resource = direct(service_token=f"mistral:{prefix}_make", properties={"Name": name})
        return hot({"a": resource}, {"ref": {"get_resource": "a"}, "phase": {"get_attr": ["a", "Phase"]}})

    stack = w.stacks.create(template("one")).wait("CREATE_COMPLETE")
    assert stack.outputs() == {"ref": "thing-one", "phase": "Create"}
    stack.update(template("two")).wait("UPDATE_COMPLETE")
    assert stack.outputs() == {"ref": "thing-two", "phase": "Update"}
    stack.delete().wait("DELETE_COMPLETE")
    descriptions = Mistral.from_session(demo).described(f" of a in {stack.name}")
    assert len(descriptions) >= 2, "the replaced thing was deleted, and the other one"
    assert not [name for name in w.zaqar.queues(ids.QUEUE_PREFIX) if stack.id in name]


def test_a_workflow_written_for_external_resource(w: World, demo: Any, prefix: str) -> None:
    mine = f"mine-{prefix}"

    def template(name: str) -> dict[str, Any]:
        phase = {"workflow": f"{prefix}_old", "params": {"env": {"color": "red"}}}
        resource = direct(
            workflows={"create": phase, "update": phase, "suspend": phase, "resume": phase},
            input={"name": name},
            description=mine,
            update_replace_policy="Retain",
        )
        return hot({"a": resource}, {"ref": {"get_resource": "a"}, "data": {"get_attr": ["a", "data"]}})

    stack = w.stacks.create(template("x")).wait("CREATE_COMPLETE")
    assert stack.outputs() == {"ref": "old-x", "data": {"resource_id": "old-x", "before": None, "color": "red"}}
    stack.update(template("y")).wait("UPDATE_COMPLETE")
    assert stack.outputs()["data"]["before"]["resource_id"] == "old-x"
    mistral = Mistral.from_session(demo)
    before = len(mistral.described(mine))
    w.stacks.heat.actions.suspend(stack.id)
    stack.wait("SUSPEND_COMPLETE")
    assert len(mistral.described(mine)) == before + 1
    w.stacks.heat.actions.resume(stack.id)
    stack.wait("RESUME_COMPLETE")
    assert len(mistral.described(mine)) == before + 2
    stack.delete().wait("DELETE_COMPLETE")


def test_a_resume_that_fails_says_why(w: World, prefix: str) -> None:
    phases = {"create": {"workflow": f"{prefix}_make"}, "resume": {"workflow": f"{prefix}_refuse"}}
    stack = w.stacks.create(hot({"a": direct(workflows=phases)})).wait("CREATE_COMPLETE")
    w.stacks.heat.actions.suspend(stack.id)
    stack.wait("SUSPEND_COMPLETE")
    w.stacks.heat.actions.resume(stack.id)
    stack.wait("RESUME_FAILED")
    assert "the zone is full" in stack.reason("a")


def test_a_check_by_a_workflow_that_fails_is_mended_by_the_next_update(w: World, prefix: str) -> None:
    phases = {"create": "make", "update": "make", "check": "refuse"}
    workflows = {phase: {"workflow": f"{prefix}_{name}"} for phase, name in phases.items()}
    template = hot({"a": direct(workflows=workflows)}, {"phase": {"get_attr": ["a", "Phase"]}})
    stack = w.stacks.create(template).wait("CREATE_COMPLETE")
    w.stacks.heat.actions.check(stack.id)
    stack.wait("CHECK_FAILED")
    assert stack.reason("a").startswith("the zone is full (execution: ")
    assert stack.outputs() == {"phase": "Create"}
    stack.update(template).wait("UPDATE_COMPLETE")
    assert stack.outputs() == {"phase": "Update"}


def test_a_workflow_that_fails_says_why(w: World, prefix: str) -> None:
    stack = w.stacks.create(hot({"a": direct(service_token=f"mistral:{prefix}_refuse")})).wait("CREATE_FAILED")
    assert "the zone is full" in stack.reason("a")
    after = {**direct(service_token="mistral:nowhere"), "depends_on": "b"}  # which might make the workflow
    missing = w.stacks.create(hot({"a": after, "b": {"type": "OS::Heat::None"}})).wait("CREATE_FAILED")
    assert "nowhere" in missing.reason("a")


def test_a_workflow_that_is_not_there_is_said_by_every_validation(w: World, prefix: str) -> None:
    template = hot({"a": direct(service_token=f"mistral:{prefix}_mak")})
    asks = (w.stacks.create, w.stacks.heat.stacks.preview, w.stacks.heat.stacks.validate)
    for ask in asks:
        named = {} if ask == asks[2] else {"stack_name": "nothing-comes-of-it"}
        with pytest.raises(exc.HTTPBadRequest) as caught:
            ask(template) if ask == asks[0] else ask(template=template, **named)
        assert f"did you mean '{prefix}_make'?" in str(caught.value)


def test_a_slow_workflow_is_waited_for_without_a_thread(w: World, prefix: str) -> None:
    stack = w.stacks.create(hot({"a": direct(service_token=f"mistral:{prefix}_slow")})).wait("CREATE_COMPLETE")
    assert stack.states("a") == ["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    assert " UTC (execution: " in stack.told("a")[1]


def test_a_running_workflow_is_stopped_before_its_delete(w: World, demo: Any, prefix: str) -> None:
    phases = {"create": {"workflow": f"{prefix}_slow"}, "delete": {"workflow": f"{prefix}_make"}}
    stack = w.stacks.create(hot({"a": direct(workflows=phases, description=f"stop-{prefix}")}))
    mistral = Mistral.from_session(demo)
    (execution,) = wait_until(lambda: mistral.described(f"stop-{prefix}"), 120, "the Create's execution")
    stack.delete().wait("DELETE_COMPLETE")
    found = mistral.get(execution)
    assert found is not None
    assert found.state == "CANCELLED"
