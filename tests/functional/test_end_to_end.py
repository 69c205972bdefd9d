"""A plain tenant, the real bridge and the real services: the whole way of a request."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from functional.bridge_process import command, environment
from functional.by_trusts import reauthenticates_by_trusts
from functional.tenant import Stack, Tenant, until

EXAMPLES = Path(__file__).parents[2] / "devstack" / "examples"
pytestmark = pytest.mark.usefixtures("running_bridge")


def one(kind: str, **properties: Any) -> dict[str, Any]:
    """Return a template with one custom resource named `thing`."""
    return {
        "heat_template_version": "2018-08-31",
        "resources": {"thing": {"type": kind, "properties": properties}},
        "outputs": {"id": {"value": {"get_resource": "thing"}}},
    }


def after_another(template: dict[str, Any]) -> dict[str, Any]:
    """Return the template with a resource before `thing`: what that may make is not looked for by a validation."""
    template["resources"]["thing"]["depends_on"] = "before"
    template["resources"]["before"] = {"type": "OS::Heat::None"}
    return template


REASONS = (
    "The zone example.org is full",
    "Größe: zu klein! \"quoted\" 'text' <b> %s $x",
    "first line\nsecond line: 2",
)
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
REFUSALS = [(workflow, reason) for workflow in ("refuse", "e2e_nested") for reason in REASONS]
ECHO = {"ServiceToken": "mistral:e2e_echo", "Flag": True, "Number": 14, "Nested": {"List": [1, "x"]}}


def _echo(kind: str) -> dict[str, Any]:
    template = one(kind, **ECHO)
    template["outputs"] |= {
        "echoed": {"value": {"get_attr": ["thing", "Nested", "List", 0]}},
        "flag": {"value": {"get_attr": ["thing", "Flag"]}},
    }
    return template


TEMPLATES = {
    "silent": one("Custom::Silent", ServiceToken="mistral:e2e_silent", ServiceTimeout=20),
    "fits": one("Custom::Large", ServiceToken="mistral:e2e_large", Size=200_000),
    "large": one("Custom::Large", ServiceToken="mistral:e2e_large", Size=300_000),
    "huge": one("Custom::Large", ServiceToken="mistral:e2e_large", Size=1_500_000),
    "unknown": after_another(one("Custom::Thing", ServiceToken="mistral:nobody_wrote_this")),
    "other input": one("Custom::Thing", ServiceToken="mistral:e2e_other_input"),
    "Custom::Echo": _echo("Custom::Echo"),
    "AWS::CloudFormation::CustomResource": _echo("AWS::CloudFormation::CustomResource"),
    **{
        f"{workflow}: {reason}": one("Custom::Refusal", ServiceToken=f"mistral:{workflow}", Reason=reason)
        for workflow, reason in REFUSALS
    },
}


@pytest.fixture(scope="module")
def stacks(tenant_project: Tenant, running_bridge: None) -> Iterator[Mapping[str, Stack]]:
    """The stacks of :data:`TEMPLATES`, all created at once, and all deleted at once."""
    del running_bridge  # it answers them
    with tenant_project.cleaned():
        yield {name: tenant_project.create(template, wait=False) for name, template in TEMPLATES.items()}


def failure(stack: Stack) -> str:
    """Return why the resource `thing` failed."""
    return str(stack.resource("thing")["resource_status_reason"])


def listed_failure(stack: Stack) -> str:
    """Return what the ordinary client lists as the reason of the stack's one failed resource."""
    listed = command("openstack", "stack", "failures", "list", "--long", stack.name, environ=environment())
    assert listed.returncode == 0, listed.stderr
    _, _, block = listed.stdout.partition("status_reason: |\n")
    return "\n".join(line.removeprefix("    ") for line in block.splitlines()).strip()


def test_create_update_replace_delete(tenant: Tenant) -> None:
    template = EXAMPLES / "record.yaml"
    stack = tenant.create(template, name="e2e-www")
    assert (stack.show()["stack_status"], stack.reason()) == ("CREATE_COMPLETE", "Stack CREATE completed successfully")
    assert stack.outputs() == {
        "id": "record-e2e-www",
        "fqdn": "e2e-www.example.org",
        "revision": "1",
        "banner": "e2e-www.example.org is at 192.0.2.10",
    }
    made = tenant.environments()["record-e2e-www"]
    assert (made["Address"], made["Owner"].rpartition("/")[2]) == ("192.0.2.10", "record")

    assert stack.update(template, name="e2e-www", address="192.0.2.99") == "UPDATE_COMPLETE"
    assert stack.outputs()["revision"] == "2"
    assert stack.outputs()["banner"] == "e2e-www.example.org is at 192.0.2.99"
    assert tenant.environments()["record-e2e-www"]["Address"] == "192.0.2.99"

    assert stack.update(template, name="e2e-web", address="192.0.2.99") == "UPDATE_COMPLETE"
    assert stack.outputs()["id"] == "record-e2e-web"
    assert stack.outputs()["banner"] == "e2e-web.example.org is at 192.0.2.99"
    kept = tenant.environments()
    assert "record-e2e-web" in kept
    assert "record-e2e-www" not in kept

    stack.delete()
    assert "record-e2e-web" not in tenant.environments()


def test_an_update_that_changes_nothing_sends_nothing(tenant: Tenant) -> None:
    template = EXAMPLES / "record.yaml"
    stack = tenant.create(template, name="e2e-same")
    assert stack.update(template, name="e2e-same") == "UPDATE_COMPLETE"
    assert stack.outputs()["revision"] == "1"


def test_cloudformation_s_own_format(tenant: Tenant) -> None:
    stack = tenant.create(EXAMPLES / "record-cfn.json", Name="e2e-ftp")
    assert stack.show()["stack_status"] == "CREATE_COMPLETE", stack.reason()
    assert stack.outputs() == {
        "Id": "record-e2e-ftp",
        "Fqdn": "e2e-ftp.example.org",
        "MirrorFqdn": "mirror-of-record-e2e-ftp.example.org",
    }
    assert tenant.environments()["record-mirror-of-record-e2e-ftp"]["Address"] == "192.0.2.20"


def test_openstack_s_own_type_with_a_workflow_for_each_phase(tenant: Tenant) -> None:
    stack = tenant.create(EXAMPLES / "note.yaml", text="seven..")
    assert stack.show()["stack_status"] == "CREATE_COMPLETE", stack.reason()
    note = stack.outputs()["id"]
    assert stack.outputs()["length"] == 7
    assert tenant.environments()[note] == {"Text": "seven.."}
    assert stack.update(EXAMPLES / "note.yaml", text="more than that") == "UPDATE_COMPLETE"
    assert stack.outputs() == {"id": note, "length": 14}
    assert stack.check() == "CHECK_COMPLETE"
    tenant.mistral.put("/environments", json={"name": note, "variables": json.dumps({"Text": "another"})})
    assert stack.check() == "CHECK_FAILED"
    assert "The note says 'another'" in stack.reason()
    assert stack.update(EXAMPLES / "note.yaml", text="more than that") == "UPDATE_COMPLETE"
    assert tenant.environments()[note] == {"Text": "more than that"}
    stack.delete()
    assert note not in tenant.environments()


def test_the_delete_of_a_stack_s_last_custom_resource_whose_type_was_changed_reaches_its_handler(
    tenant: Tenant,
) -> None:
    stack = tenant.create(EXAMPLES / "record.yaml", name="e2e-last")
    assert "record-e2e-last" in tenant.environments()
    foreign = {"record": {"type": "OS::Heat::Value", "properties": {"value": "x"}}}
    assert stack.update({"heat_template_version": "2018-08-31", "resources": foreign}) == "UPDATE_COMPLETE"
    until(lambda: "record-e2e-last" not in tenant.environments(), "its handler deletes it")


@pytest.mark.parametrize("kind", ["Custom::Echo", "AWS::CloudFormation::CustomResource"])
def test_scalars_are_texts_for_the_types_named_like_cloudformation_s(stacks: Mapping[str, Stack], kind: str) -> None:
    stack = stacks[kind]
    assert stack.wait() == "CREATE_COMPLETE", stack.reason()
    assert stack.outputs() == {"id": "echo-thing", "echoed": "1", "flag": "true"}


@pytest.mark.parametrize(("workflow", "reason"), REFUSALS)
def test_a_failing_handler_s_reason_word_for_word(stacks: Mapping[str, Stack], workflow: str, reason: str) -> None:
    stack = stacks[f"{workflow}: {reason}"]
    assert stack.wait() == "CREATE_FAILED"
    said, _, ids = failure(stack).rpartition(" (execution: ")
    assert said == reason
    assert re.fullmatch(rf"{UUID}\) \(RequestId: {UUID}\)", ids)
    if workflow == "refuse":
        assert listed_failure(stack) == failure(stack)


def test_a_failed_update_is_rolled_back(tenant: Tenant) -> None:
    taken = tenant.create(EXAMPLES / "record.yaml", name="e2e-taken", wait=False)
    stack = tenant.create(EXAMPLES / "record.yaml", name="e2e-mine")
    assert taken.wait() == "CREATE_COMPLETE"
    stack.update(EXAMPLES / "record.yaml", name="e2e-taken", rollback=True, wait=False)
    assert stack.rolled_back() == "ROLLBACK_COMPLETE"
    assert stack.outputs()["id"] == "record-e2e-mine"
    assert tenant.environments()["record-e2e-taken"]["Owner"].split("/")[1] == taken.name
    assert "record-e2e-mine" in tenant.environments()


def test_a_refused_output_s_id_gets_the_delete_of_the_rollback(tenant: Tenant) -> None:
    wrong = one("Custom::Wrong", ServiceToken="mistral:e2e_wrong_data")
    stack = tenant.create(wrong, rollback=True, wait=False)
    assert stack.rolled_back() == "ROLLBACK_COMPLETE"
    found = tenant.mistral.get("/executions?workflow_name=e2e_wrong_data&fields=id,input").json()["executions"]
    requests = [json.loads(execution["input"])["request"] for execution in found]
    mine = [request for request in requests if request["StackId"].endswith(stack.id)]
    asked = {(request["RequestType"], request.get("PhysicalResourceId")) for request in mine}
    assert asked == {("Create", None), ("Delete", "vm-1")}


def test_a_handler_that_never_answers(stacks: Mapping[str, Stack]) -> None:
    stack = stacks["silent"]
    assert stack.wait() == "CREATE_FAILED"
    # The bridge and Heat both watch the deadline; whoever comes first names provider, request and seconds.
    reason = failure(stack)
    assert "mistral:e2e_silent" in reason
    assert "within 20 seconds" in reason
    assert re.search(rf" \(execution: {UUID}\) \(RequestId: {UUID}\)$", reason)
    # The execution does not go on for ever either.
    until(lambda: _none_runs(stack.tenant, "e2e_silent"), "the execution is cancelled")


def _none_runs(tenant: Tenant, workflow: str) -> bool:
    return all(execution["state"] != "RUNNING" for execution in tenant.executions(workflow))


def test_a_delete_does_not_wait_for_a_create_that_runs(tenant: Tenant) -> None:
    stack = tenant.create(one("Custom::Silent", ServiceToken="mistral:e2e_silent", ServiceTimeout=300), wait=False)
    until(lambda: not _none_runs(tenant, "e2e_silent"), "the handler runs")
    stack.delete()
    assert _none_runs(tenant, "e2e_silent")


def _outer() -> dict[str, Any]:
    """Return a template with a record in a stack of its own; by a group where Heat creates no OS::Heat::Stack."""
    if reauthenticates_by_trusts():
        named = {"ServiceToken": "mistral:record", "Name": "e2e-nested", "Address": "192.0.2.1"}
        record = {"type": "Custom::Record", "properties": named}
        inner = {"type": "OS::Heat::ResourceGroup", "properties": {"count": 1, "resource_def": record}}
        output = ["inner", "refs", 0]
    else:
        named = {"template": (EXAMPLES / "record.yaml").read_text(), "parameters": {"name": "e2e-nested"}}
        inner, output = {"type": "OS::Heat::Stack", "properties": named}, ["inner", "outputs", "id"]
    beside = {"type": "Custom::Echo", "properties": {"ServiceToken": "mistral:e2e_echo", "Fqdn": "outer"}}
    return {
        "heat_template_version": "2018-08-31",
        "resources": {"record": beside, "inner": inner},
        "outputs": {"inner": {"value": {"get_attr": output}}},
    }


def test_two_stacks_and_a_nested_one_at_once_each_with_its_own_queue(tenant: Tenant, admin: Tenant) -> None:
    before = _kept(tenant, admin)
    stacks = [tenant.create(_outer(), wait=False)] + [
        tenant.create(EXAMPLES / "record.yaml", name=f"e2e-at-once-{number}", wait=False) for number in (1, 2)
    ]
    assert [stack.wait() for stack in stacks] == ["CREATE_COMPLETE"] * 3, [stack.reason() for stack in stacks]
    assert stacks[0].outputs() == {"inner": "record-e2e-nested"}
    assert [stack.outputs()["id"] for stack in stacks[1:]] == ["record-e2e-at-once-1", "record-e2e-at-once-2"]

    nested = stacks[0].resource("inner")["physical_resource_id"].rpartition("/")[2]
    expected = {stack.queue for stack in stacks} | {f"heat-cr-{nested}"}
    assert _kept(tenant, admin)["queues"] - before["queues"] >= expected

    for stack in stacks:
        stack.delete(wait=False)
    for stack in stacks:
        stack.gone()
    until(lambda: _kept(tenant, admin) == before, "nothing is left behind")
    until(lambda: not tenant.messages("heat-cr-bell"), "the last bell is heard")


def _kept(tenant: Tenant, admin: Tenant) -> dict[str, set[str]]:
    """Return what custom resources keep in the services while they live; a bell may stay, and a bridge is there."""
    users = admin.keystone.get("/users").json()["users"]
    credentials = admin.keystone.get("/credentials").json()["credentials"]
    return {
        "queues": {name for name in tenant.queues() if name not in {"heat-cr-bell", "heat-cr-bridges"}},
        "users": {user["name"] for user in users},
        "credentials": {credential["id"] for credential in credentials},
        "trusts": {trust["id"] for trust in admin.keystone.get("/OS-TRUST/trusts").json()["trusts"]},
        "records": set(tenant.environments()),
    }


def test_large_data_comes_through_and_too_large_a_response_is_explained(stacks: Mapping[str, Stack]) -> None:
    assert stacks["fits"].wait() == "CREATE_COMPLETE", stacks["fits"].reason()
    assert stacks["large"].wait() == "CREATE_FAILED"
    assert re.search(r"The response has 3\d{5} bytes: the limit is 262144 bytes", failure(stacks["large"]))
    assert stacks["huge"].wait() == "CREATE_FAILED"
    assert "The output is larger than Mistral stores, and is lost" in failure(stacks["huge"])
    stacks["huge"].delete()


def test_an_unknown_workflow_and_its_stack_can_be_deleted(stacks: Mapping[str, Stack]) -> None:
    stack = stacks["unknown"]
    assert stack.wait() == "CREATE_FAILED"
    assert "'nobody_wrote_this' (404): Workflow not found" in failure(stack)
    stack.delete()


def test_a_workflow_that_wants_another_input_and_its_stack_can_be_deleted(stacks: Mapping[str, Stack]) -> None:
    stack = stacks["other input"]
    assert stack.wait() == "CREATE_FAILED"
    reason = failure(stack)
    for text in ("e2e_other_input", "zone", "request"):
        assert text in reason
    assert "Traceback" not in reason
    stack.delete()


def test_malformed_messages_are_set_aside_and_nothing_else_suffers(tenant: Tenant) -> None:
    malformed = [{"hello": "world"}, "no request", [], {"RequestType": "Create", "RequestId": "x"}]
    stack = tenant.create(EXAMPLES / "record.yaml", name="e2e-robust")
    for body in malformed:
        tenant.post(stack.queue, body)
    tenant.post("heat-cr-bell", {"queue": stack.queue})

    def aside() -> list[dict[str, Any]]:
        return [letter for letter in tenant.messages("heat-cr-dead-letters") if letter["queue"] == stack.queue]

    until(lambda: len(aside()) == len(malformed), "each is among the dead letters")
    until(lambda: not tenant.messages(stack.queue), "the messages are taken from the stack's queue")
    assert sorted(str(letter["body"]) for letter in aside()) == sorted(map(str, malformed))
    assert all(letter["reason"] for letter in aside())
    assert stack.update(EXAMPLES / "record.yaml", name="e2e-robust", address="192.0.2.7") == "UPDATE_COMPLETE"
    tenant.zaqar.delete("/queues/heat-cr-dead-letters")
