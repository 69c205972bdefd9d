"""What a Delete does about the request before it, on the real Mistral: stops it, waits for its tasks, has it heard."""

import time
import uuid
from typing import Any

import pytest

from customresource_bridge.clients.mistral.mistral import Mistral
from customresource_bridge.protocol import ids
from customresource_bridge.protocol.answers.workflow import REQUEST_INPUT

WORKFLOWS = """
version: '2.0'
crbt_delayed:
  tasks:
    wait: {action: std.noop, wait-before: 5}
crbt_retried:
  tasks:
    again: {action: std.fail, retry: {count: 2, delay: 3}}
crbt_busy:
  tasks:
    sleep: {action: std.sleep seconds=5}
crbt_within:
  tasks:
    inner: {workflow: crbt_delayed}
crbt_joined:
  tasks:
    quick: {action: std.noop, on-success: [both]}
    slow: {action: std.sleep seconds=5, on-success: [both]}
    both: {join: all, action: std.noop}
crbt_half:
  input: [request]
  output-on-error:
    physical_resource_id: half-1
  tasks:
    made: {action: std.fail error_data="no quota"}
crbt_second:
  input: [request]
  output:
    physical_resource_id: id-2
  tasks:
    made: {action: std.noop}
"""


@pytest.fixture(scope="module")
def workflows(mistral: Mistral) -> Mistral:
    known = {workflow.name for workflow in mistral._workflows.list()}
    (mistral._workflows.update if "crbt_second" in known else mistral._workflows.create)(WORKFLOWS)
    return mistral


def wait(what: Any, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.2)


@pytest.mark.parametrize("name", ["crbt_delayed", "crbt_retried", "crbt_busy", "crbt_within", "crbt_joined"])
def test_tasks_of_a_cancelled_execution_act_for_a_while_and_then_no_more(workflows: Mistral, name: str) -> None:
    key = str(uuid.uuid4())
    workflows.start(key, name, namespace=None, workflow_input={}, description="crbt")
    time.sleep(2)
    workflows.cancel(key)
    execution = workflows.get(key)
    assert execution is not None
    assert execution.state == "CANCELLED"
    assert workflows.acts(key)
    wait(lambda: not workflows.acts(key))


def start_unheard(workflows: Mistral, stack: Any, request: dict[str, Any], workflow: str) -> None:
    """Run a request's workflow as a bridge did that was killed before it could answer."""
    given = {name: value for name, value in request.items() if name != "ResponseURL"}
    description = f"heat-cr {request['RequestType']} {request['RequestId']}"
    key = stack.execution_id(request)
    workflows.start(key, workflow, namespace=None, workflow_input={REQUEST_INPUT: given}, description=description)
    wait(lambda: getattr(workflows.get(key), "final", False))


@pytest.mark.usefixtures("bridge")
@pytest.mark.parametrize("known", [True, False], ids=["its URL is known", "its URL is not known"])
def test_a_create_that_failed_unheard_is_heard_before_its_delete_or_named_by_it(
    stack: Any, answers: Any, workflows: Mistral, known: bool
) -> None:
    create = stack.request(token="mistral:crbt_half")
    start_unheard(workflows, stack, create, "crbt_half")
    derived = ids.default_physical_resource_id(
        stack_id=stack.arn, logical_resource_id="Thing", request_id=create["RequestId"]
    )
    extras = {"PreviousRequestId": create["RequestId"]}
    if known:
        extras["PreviousResponseURL"] = stack.response_url
    delete = stack.request("Delete", PhysicalResourceId=derived, extras=extras)
    answer = answers.of(stack.post(delete))
    assert answer["Status"] == "SUCCESS"
    execution = workflows.get(stack.execution_id(delete))
    assert execution is not None
    assert execution.input["request"]["PhysicalResourceId"] == (derived if known else "half-1")
    assert "PreviousResponseURL" not in execution.input["request"]["OpenStack"]
    if known:
        heard = answers.of(create["RequestId"])
        assert (heard["Status"], heard["PhysicalResourceId"], heard["Reason"]) == ("FAILED", "half-1", "no quota")
        assert [body["RequestId"] for body in answers.bodies] == [create["RequestId"], delete["RequestId"]]


@pytest.mark.usefixtures("bridge")
def test_an_update_that_made_another_thing_unheard_is_heard_before_the_delete_of_the_first(
    stack: Any, answers: Any, workflows: Mistral
) -> None:
    update = stack.request("Update", token="mistral:crbt_second")
    start_unheard(workflows, stack, update, "crbt_second")
    extras = {"PreviousRequestId": update["RequestId"], "PreviousResponseURL": stack.response_url}
    delete = stack.request("Delete", token="mistral:crbt_second", extras=extras)
    assert answers.of(stack.post(delete))["Status"] == "SUCCESS"
    execution = workflows.get(stack.execution_id(delete))
    assert execution is not None
    assert execution.input["request"]["PhysicalResourceId"] == "thing-1"
    heard = answers.of(update["RequestId"])
    assert (heard["Status"], heard["PhysicalResourceId"]) == ("SUCCESS", "id-2")
    assert [body["RequestId"] for body in answers.bodies] == [update["RequestId"], delete["RequestId"]]


@pytest.mark.usefixtures("bridge")
def test_a_delete_begins_when_a_delayed_task_of_the_create_that_it_stopped_has_acted(
    stack: Any, answers: Any, workflows: Mistral
) -> None:
    create = stack.request(token="mistral:crbt_slow", properties={"seconds": 6})
    stopped = stack.execution_id(create)
    stack.post(create)
    wait(lambda: workflows.get(stopped) is not None and workflows.acts(stopped))
    extras = {"PreviousRequestId": create["RequestId"]}
    delete = stack.request("Delete", extras=extras)
    begun = stack.execution_id(delete)
    stack.post(delete)
    wait(lambda: getattr(workflows.get(stopped), "state", "") == "CANCELLED")
    assert workflows.acts(stopped)
    assert workflows.get(begun) is None
    wait(lambda: workflows.get(begun) is not None)
    assert not workflows.acts(stopped)
    (task,) = workflows._tasks.list(stopped)
    (acted,) = workflows._actions.list(task.id)
    assert acted.created_at <= workflows._executions.read(begun, ("id", "created_at")).created_at
    assert answers.of(delete["RequestId"])["Status"] == "SUCCESS"
