"""Create, update and delete; what is sent when, and what is not."""

import json

from functional.plugin.handler import Body
from functional.plugin.situations import World, situation
from functional.plugin.stacks import custom, hot


def answers(**by_line: dict[str, object]):  # noqa: ANN201
    """A script that answers by request type and name: ``Create_a={...}``; SUCCESS for all others."""

    def script(request: Body) -> dict[str, object]:
        key = f"{request['RequestType']}_{request['LogicalResourceId']}"
        return {"Status": "SUCCESS", **by_line.get(key, {})}

    return script


def named_by(prop: str):  # noqa: ANN201
    """A handler that names each thing after one of its properties; so a change of it replaces the thing."""

    def script(request: Body) -> dict[str, object]:
        if request["RequestType"] == "Delete":
            return {"Status": "SUCCESS"}
        name = f"{request['LogicalResourceId']}-{request['ResourceProperties'].get(prop, 'x')}"
        return {"Status": "SUCCESS", "PhysicalResourceId": name, "Data": {"Name": name}}

    return script


@situation("created, updated in place, deleted", ours=["Create a", "Update a id-1", "Delete a id-1"])
def create_update_delete(w: World) -> None:
    w.handler.script = answers(Create_a={"PhysicalResourceId": "id-1", "Data": {"Name": "one"}})
    outputs = {"ref": {"get_resource": "a"}, "name": {"get_attr": ["a", "Name"]}}
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Size": 1})}, outputs)).wait("CREATE_COMPLETE")
    assert stack.outputs() == {"ref": "id-1", "name": "one"}
    stack.update(hot({"a": custom(w.handler.token, {"Size": 2})})).wait("UPDATE_COMPLETE")
    update = w.handler.last()
    assert update["ResourceProperties"] == {"ServiceToken": w.handler.token, "Size": "2"}
    assert update["OldResourceProperties"] == {"ServiceToken": w.handler.token, "Size": "1"}
    stack.delete().wait("DELETE_COMPLETE")
    delete = w.handler.last()
    assert delete["ResourceProperties"]["Size"] == "2"
    assert [status for _, status in w.handler.answered] == [200, 200, 200]


@situation("stack updated, nothing changed in the resource", ours=["Create a"])
def nothing_changed(w: World) -> None:
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Size": 1})})).wait("CREATE_COMPLETE")
    other = {"type": "OS::Heat::Value", "properties": {"value": "x"}}
    stack.update(hot({"a": custom(w.handler.token, {"Size": 1}), "b": other})).wait("UPDATE_COMPLETE")


@situation("stack updated, only the resource's metadata or dependencies changed", ours=["Create a"])
def only_metadata_changed(w: World) -> None:
    other = {"type": "OS::Heat::Value", "properties": {"value": "x"}}
    before = hot({"a": custom(w.handler.token, {"Size": 1}), "b": other})
    stack = w.stacks.create(before).wait("CREATE_COMPLETE")
    after = hot({"a": custom(w.handler.token, {"Size": 1}, metadata={"m": 1}, depends_on=["b"]), "b": other})
    stack.update(after).wait("UPDATE_COMPLETE")


@situation(
    "always_update is set, nothing changed",
    ours=["Create a", "Update a id-1"],
    aws=None,
    why="a wish of many; AWS's users add a timestamp to the properties",
)
def always_update(w: World) -> None:
    w.handler.script = answers(Create_a={"PhysicalResourceId": "id-1"})
    template = hot({"a": custom(w.handler.token, update_policy={"AlwaysUpdate": True})})
    stack = w.stacks.create(template).wait("CREATE_COMPLETE")
    stack.update(template).wait("UPDATE_COMPLETE")


@situation("properties added and removed", ours=["Create a", "Update a id-1"])
def properties_come_and_go(w: World) -> None:
    w.handler.script = answers(Create_a={"PhysicalResourceId": "id-1"})
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Old": ["x", {"y": True}]})})).wait("CREATE_COMPLETE")
    stack.update(hot({"a": custom(w.handler.token, {"New": {"z": 14}})})).wait("UPDATE_COMPLETE")
    update = w.handler.last()
    assert update["ResourceProperties"] == {"ServiceToken": w.handler.token, "New": {"z": "14"}}
    assert update["OldResourceProperties"] == {"ServiceToken": w.handler.token, "Old": ["x", {"y": "true"}]}


@situation("removed from the template", ours=["Create a", "Create b", "Delete b b-1"])
def removed_from_template(w: World) -> None:
    w.handler.script = answers(Create_b={"PhysicalResourceId": "b-1"})
    both = {"a": custom(w.handler.token), "b": custom(w.handler.token, depends_on=["a"])}
    stack = w.stacks.create(hot(both)).wait("CREATE_COMPLETE")
    stack.update(hot({"a": custom(w.handler.token)})).wait("UPDATE_COMPLETE")


@situation("DeletionPolicy Retain, stack deleted", ours=["Create a"])
def deletion_policy_retain(w: World) -> None:
    stack = w.stacks.create(hot({"a": custom(w.handler.token, deletion_policy="Retain")})).wait("CREATE_COMPLETE")
    stack.delete().wait("DELETE_COMPLETE")


@situation("suspended, resumed, checked", ours=["Create a"], aws=None, why="nothing happens to the thing")
def suspend_resume_check(w: World) -> None:
    stack = w.stacks.create(hot({"a": custom(w.handler.token)})).wait("CREATE_COMPLETE")
    w.stacks.heat.actions.suspend(stack.id)
    stack.wait("SUSPEND_COMPLETE")
    w.stacks.heat.actions.resume(stack.id)
    stack.wait("RESUME_COMPLETE")
    w.stacks.heat.actions.check(stack.id)
    stack.wait("CHECK_COMPLETE")


@situation(
    "snapshot taken, updated, snapshot restored",
    ours=["Create a", "Update a id-1", "Update a id-1"],
    aws=None,
    why="a restore is an update to the properties of then",
)
def snapshot_and_restore(w: World) -> None:
    w.handler.script = answers(Create_a={"PhysicalResourceId": "id-1"})
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Size": 1})})).wait("CREATE_COMPLETE")
    snapshot = w.stacks.heat.stacks.snapshot(stack.id)
    stack.wait("SNAPSHOT_COMPLETE")
    kept = str(w.stacks.heat.stacks.snapshot_show(stack.id, snapshot["id"]))
    assert w.handler.received[0]["ResponseURL"] not in kept
    assert "custom_resource." not in kept
    stack.update(hot({"a": custom(w.handler.token, {"Size": 2})})).wait("UPDATE_COMPLETE")
    w.stacks.heat.stacks.restore(stack.id, snapshot["id"])
    stack.wait("RESTORE_COMPLETE")
    assert w.handler.last()["ResourceProperties"]["Size"] == "1"


@situation("previewed (stack create --dry-run), and its template validated", ours=[], aws=None, why="nothing is made")
def previewed(w: World) -> None:
    template = hot({"a": custom(w.handler.token, {"Any": {"Thing": [1]}})}, {"out": {"get_attr": ["a", "Any.Name"]}})
    (resource,) = w.stacks.heat.stacks.preview(stack_name="preview", template=template).resources
    assert resource["resource_type"] == "Custom::Thing"
    assert resource["properties"]["Any"] == {"Thing": [1]}
    hot_style = {"service_token": w.handler.token, "properties": {"Any": 1}}
    ours = hot({"a": {"type": "OS::Heat::CustomResource", "properties": hot_style}})
    (resource,) = w.stacks.heat.stacks.preview(stack_name="preview", template=ours).resources
    assert resource["properties"]["properties"] == {"Any": 1}
    aws_style = {"Type": "AWS::CloudFormation::CustomResource", "Properties": {"ServiceToken": w.handler.token}}
    for valid in (
        template,
        ours,
        {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"A": aws_style}},
    ):
        assert "Parameters" in w.stacks.heat.stacks.validate(template=valid)


@situation(
    "abandoned (stack abandon), adopted from the export, then deleted",
    ours=["Create a", "Delete a id-1"],
    aws=None,
    why="the new stack knows the thing by its id, and its handler by the template; the account goes along, no secret",
    adopts=True,
)
def abandoned_and_adopted(w: World) -> None:
    w.handler.script = answers(Create_a={"PhysicalResourceId": "id-1", "Data": {"Name": "n"}})
    template = hot({"a": custom(w.handler.token)}, {"name": {"get_attr": ["a", "Name"]}})
    stack = w.stacks.create(template).wait("CREATE_COMPLETE")
    text = json.dumps(stack.heat.stacks.abandon(stack.id))
    assert w.handler.received[0]["ResponseURL"] not in text
    assert "secret" not in text.lower()
    assert "custom_resource." not in text
    stack.wait("DELETE_COMPLETE")
    adopted = w.stacks.adopt(template, text)
    assert adopted.outputs() == {"name": "n"}
    adopted.delete().wait("DELETE_COMPLETE")


@situation(
    "marked unhealthy, stack updated",
    ours=["Create a", "Create a", "Delete a id-1"],
    aws=None,
    why="that is what marking unhealthy means in Heat: a new one in its place",
)
def marked_unhealthy(w: World) -> None:
    ids = iter(("id-1", "id-2"))
    w.handler.script = lambda r: {
        "Status": "SUCCESS",
        **({"PhysicalResourceId": next(ids)} if r["RequestType"] == "Create" else {}),
    }
    template = hot({"a": custom(w.handler.token)})
    stack = w.stacks.create(template).wait("CREATE_COMPLETE")
    w.stacks.heat.resources.mark_unhealthy(stack.id, "a", True, "not well")
    stack.update(template).wait("UPDATE_COMPLETE")


@situation(
    "two resources in a chain: created, then deleted in the opposite order",
    ours=["Create a", "Create b", "Delete b b-1", "Delete a a-1"],
)
def chain(w: World) -> None:
    w.handler.script = answers(Create_a={"PhysicalResourceId": "a-1"}, Create_b={"PhysicalResourceId": "b-1"})
    resources = {"a": custom(w.handler.token), "b": custom(w.handler.token, {"Of": {"get_resource": "a"}})}
    stack = w.stacks.create(hot(resources)).wait("CREATE_COMPLETE")
    assert w.handler.received[1]["ResourceProperties"]["Of"] == "a-1"
    stack.delete().wait("DELETE_COMPLETE")
