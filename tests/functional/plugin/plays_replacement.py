"""Replacement: decided by the handler, and by the template's author beforehand."""

from collections.abc import Mapping
from typing import Any

from functional.plugin.handler import Body
from functional.plugin.plays_basic import named_by
from functional.plugin.situations import World, situation
from functional.plugin.stacks import custom, hot


def b_will_not(request: Body) -> Mapping[str, Any]:
    """The same, but ``b`` wants nothing of the second ``a``."""
    if request["RequestType"] == "Update" and request["ResourceProperties"].get("Of") == "a-two":
        return {"Status": "FAILED", "Reason": "b will not"}
    return named_by("Name")(request)


def pair(token: str, name: str, **more: Any) -> dict[str, Any]:
    return hot(
        {
            "a": custom(token, {"Name": name}, **more),
            "b": custom(token, {"Of": {"get_resource": "a"}, "Data": {"get_attr": ["a", "Name"]}}),
        }
    )


@situation(
    "an Update answered with another PhysicalResourceId",
    ours=["Create a", "Create b", "Update a a-one", "Update b b-x", "Delete a a-one"],
)
def replaced_by_handler(w: World) -> None:
    w.handler.script = named_by("Name")
    stack = w.stacks.create(pair(w.handler.token, "one")).wait("CREATE_COMPLETE")
    stack.update(pair(w.handler.token, "two")).wait("UPDATE_COMPLETE")
    assert w.handler.received[3]["ResourceProperties"]["Of"] == "a-two"
    assert w.handler.received[3]["ResourceProperties"]["Data"] == "a-two"
    assert w.handler.last()["ResourceProperties"]["Name"] == "one"
    assert stack.resource("a").physical_resource_id == "a-two"


@situation(
    "another PhysicalResourceId, then a later resource fails and the update is rolled back",
    ours=[
        "Create a",
        "Create b",
        "Update a a-one",
        "Update b b-x",
        "Update a a-two",
        "Update b b-x",
        "Delete a a-two",
    ],
)
def replacement_rolled_back(w: World) -> None:
    w.handler.script = b_will_not
    stack = w.stacks.create(pair(w.handler.token, "one")).wait("CREATE_COMPLETE")
    stack.update(pair(w.handler.token, "two"), disable_rollback=False).wait("ROLLBACK_COMPLETE")
    assert stack.resource("a").physical_resource_id == "a-one"
    back = w.handler.received[5]
    assert back["ResourceProperties"]["Of"] == "a-one"
    assert back["OldResourceProperties"]["Of"] == "a-two"


@situation(
    "another PhysicalResourceId, and UpdateReplacePolicy Retain",
    ours=["Create a", "Create b", "Update a a-one", "Update b b-x"],
)
def replaced_and_retained(w: World) -> None:
    w.handler.script = named_by("Name")
    policy = {"update_policy": {"UpdateReplacePolicy": "Retain"}}
    stack = w.stacks.create(pair(w.handler.token, "one", **policy)).wait("CREATE_COMPLETE")
    stack.update(pair(w.handler.token, "two", **policy)).wait("UPDATE_COMPLETE")


@situation(
    "the same, but a later resource fails and the update is rolled back",
    ours=[
        "Create a",
        "Create b",
        "Update a a-one",
        "Update b b-x",
        "Update a a-two",
        "Update b b-x",
        "Delete a a-two",
    ],
)
def retained_and_rolled_back(w: World) -> None:
    w.handler.script = b_will_not
    policy = {"update_policy": {"UpdateReplacePolicy": "Retain"}}
    stack = w.stacks.create(pair(w.handler.token, "one", **policy)).wait("CREATE_COMPLETE")
    stack.update(pair(w.handler.token, "two", **policy), disable_rollback=False).wait("ROLLBACK_COMPLETE")
    assert stack.resource("a").physical_resource_id == "a-one"


@situation(
    "a property changed that the author put under ReplaceOnChange",
    ours=["Create a", "Create b", "Create a", "Update b b-x", "Delete a a-one"],
    aws=None,
    why="the author decides instead of the handler, as with OS::Mistral::ExternalResource",
)
def replaced_by_author(w: World) -> None:
    w.handler.script = named_by("Name")
    policy = {"update_policy": {"ReplaceOnChange": ["Name"]}}
    stack = w.stacks.create(pair(w.handler.token, "one", **policy)).wait("CREATE_COMPLETE")
    preview = stack.heat.stacks.preview_update(
        stack.id, template=pair(w.handler.token, "two", **policy), disable_rollback=True
    )
    assert [row["resource_name"] for row in preview["resource_changes"]["replaced"]] == ["a"]
    stack.update(pair(w.handler.token, "two", **policy)).wait("UPDATE_COMPLETE")


@situation(
    "the same, and UpdateReplacePolicy Retain",
    ours=["Create a", "Create b", "Create a", "Update b b-x"],
    aws=None,
    why="as above",
)
def replaced_by_author_and_retained(w: World) -> None:
    w.handler.script = named_by("Name")
    policy = {"update_policy": {"ReplaceOnChange": ["Name"], "UpdateReplacePolicy": "Retain"}}
    stack = w.stacks.create(pair(w.handler.token, "one", **policy)).wait("CREATE_COMPLETE")
    stack.update(pair(w.handler.token, "two", **policy)).wait("UPDATE_COMPLETE")


@situation(
    "ReplaceOnChange, and the new Create is answered with the old id",
    ours=["Create a", "Create a"],
    aws=None,
    why="the thing lives on: no Delete",
)
def replaced_by_author_same_id(w: World) -> None:
    w.handler.script = named_by("Constant")
    policy = {"update_policy": {"ReplaceOnChange": ["Name"]}}
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Name": "one"}, **policy)})).wait("CREATE_COMPLETE")
    stack.update(hot({"a": custom(w.handler.token, {"Name": "two"}, **policy)})).wait("UPDATE_COMPLETE")


@situation(
    "the same, but a later resource fails and the update is rolled back",
    ours=[
        "Create a",
        "Create b",
        "Create a",
        "Update b b-x",
        "Update a a-x",
        "Update b b-x",
        "Delete b b-x",
        "Delete a a-x",
    ],
    aws=None,
    why="both rows are one thing: the rollback puts its content back, and nothing is deleted",
)
def same_id_rolled_back(w: World) -> None:
    def script(request: Body) -> Mapping[str, Any]:
        if request["RequestType"] == "Update" and request["ResourceProperties"].get("Data") == "two":
            return {"Status": "FAILED", "Reason": "b will not"}
        shown = {"Data": {"Name": request["ResourceProperties"].get("Name", "")}}
        return {**named_by("Constant")(request), **shown}

    def template(name: str) -> dict[str, Any]:
        policy = {"update_policy": {"ReplaceOnChange": ["Name"]}}
        whole = pair(w.handler.token, name, **policy)
        return whole | {"outputs": {"name": {"value": {"get_attr": ["a", "Name"]}}}}

    w.handler.script = script
    stack = w.stacks.create(template("one")).wait("CREATE_COMPLETE")
    stack.update(template("two"), disable_rollback=False).wait("ROLLBACK_COMPLETE")
    back = w.handler.received[4]
    assert back["ResourceProperties"]["Name"] == "one"
    assert back["OldResourceProperties"]["Name"] == "two"
    assert stack.outputs() == {"name": "one"}
    stack.delete().wait("DELETE_COMPLETE")


@situation(
    "ServiceToken changed",
    ours=["Create a"],
)
def token_changed(w: World) -> None:
    def template(word: str) -> dict[str, Any]:
        value = {"type": "OS::Heat::Value", "properties": {"value": word}}
        computed = {"list_join": [":", [{"get_attr": ["word", "value"]}, w.handler.queue]]}
        return hot({"word": value, "a": {"type": "Custom::Thing", "properties": {"ServiceToken": computed}}})

    stack = w.stacks.create(template("zaqar")).wait("CREATE_COMPLETE")
    stack.update(template("mistral")).wait("UPDATE_FAILED")
    assert "ServiceToken of a cannot be changed" in stack.reason("a")
    stack.update(template("zaqar")).wait("UPDATE_COMPLETE")


@situation(
    "ServiceToken computed from an OS::Mistral::Workflow, which is renamed",
    ours=["Create a"],
    aws=None,
    why="another ServiceToken is refused, wherever it comes from",
)
def token_of_a_renamed_workflow(w: World) -> None:
    def template(name: str) -> dict[str, Any]:
        tasks = [{"name": "done", "action": "std.noop"}]
        workflow = {"type": "OS::Mistral::Workflow", "properties": {"type": "direct", "name": name, "tasks": tasks}}
        computed = {"list_join": [":", ["zaqar", {"get_resource": "workflow"}]]}
        resource = {"type": "Custom::Thing", "properties": {"ServiceToken": computed}}
        return hot({"workflow": workflow, "a": resource})

    stack = w.stacks.create(template(w.handler.queue)).wait("CREATE_COMPLETE")
    stack.update(template(f"{w.handler.queue}-renamed")).wait("UPDATE_FAILED")
    assert "ServiceToken of a cannot be changed" in stack.reason("a")


@situation(
    "a CloudFormation template with AlwaysUpdate and ReplaceOnChange in its UpdatePolicy",
    ours=["Create a", "Update a a-one", "Create a", "Delete a a-one"],
    aws=None,
    why="the author decides, and as always_update",
)
def policies_in_cloudformation_s_format(w: World) -> None:
    w.handler.script = named_by("Name")

    def template(name: str) -> dict[str, Any]:
        resource = {
            "Type": "Custom::Thing",
            "Properties": {"ServiceToken": w.handler.token, "Name": name},
            "UpdatePolicy": {"AlwaysUpdate": True, "ReplaceOnChange": ["Name"]},
        }
        return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"a": resource}}

    stack = w.stacks.create(template("one")).wait("CREATE_COMPLETE")
    stack.update(template("one")).wait("UPDATE_COMPLETE")
    stack.update(template("two")).wait("UPDATE_COMPLETE")
    assert stack.resource("a").physical_resource_id == "a-two"


@situation(
    "OS::Heat::CustomResource with replace_on_change",
    ours=["Create a", "Update a a-one", "Create a", "Delete a a-one"],
    aws=None,
    why="as above",
)
def replaced_by_author_in_hot(w: World) -> None:
    w.handler.script = named_by("Name")

    def template(name: str, size: int) -> dict[str, Any]:
        fields = {
            "service_token": w.handler.token,
            "properties": {"Name": name, "Size": size},
            "replace_on_change": ["Name"],
        }
        return hot({"a": {"type": "OS::Heat::CustomResource", "properties": fields}})

    stack = w.stacks.create(template("one", 1)).wait("CREATE_COMPLETE")
    stack.update(template("one", 2)).wait("UPDATE_COMPLETE")
    assert w.handler.last()["ResourceProperties"]["Size"] == 2
    preview = stack.heat.stacks.preview_update(stack.id, template=template("two", 2), disable_rollback=True)
    assert [row["resource_name"] for row in preview["resource_changes"]["replaced"]] == ["a"]
    stack.update(template("two", 2)).wait("UPDATE_COMPLETE")


@situation(
    "its type changed from Custom::Thing to Custom::Other",
    ours=["Create a", "Create a", "Delete a a-one"],
)
def type_changed(w: World) -> None:
    w.handler.script = named_by("Name")
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Name": "one"})})).wait("CREATE_COMPLETE")
    other = custom(w.handler.token, {"Name": "two"}) | {"type": "Custom::Other"}
    stack.update(hot({"a": other})).wait("UPDATE_COMPLETE")
    assert [r["ResourceType"] for r in w.handler.received] == ["Custom::Thing", "Custom::Other", "Custom::Thing"]


@situation("its type changed to one that is not ours", ours=["Create a", "Create b", "Delete a a-one"])
def type_changed_to_foreign(w: World) -> None:
    w.handler.script = named_by("Name")
    keep = custom(w.handler.token, depends_on=["a"])
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Name": "one"}), "b": keep})).wait("CREATE_COMPLETE")
    foreign = {"type": "OS::Heat::Value", "properties": {"value": "x"}}
    stack.update(hot({"a": foreign, "b": keep})).wait("UPDATE_COMPLETE")


@situation("the same, and no other custom resource in the stack", ours=["Create a", "Delete a a-one"])
def type_changed_to_foreign_alone(w: World) -> None:
    w.handler.script = named_by("Name")
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Name": "one"})})).wait("CREATE_COMPLETE")
    stack.update(hot({"a": {"type": "OS::Heat::Value", "properties": {"value": "x"}}})).wait("UPDATE_COMPLETE")
    w.handler.wait_for(2)


def replaced_beside(token: str, value: str, *, fail: bool) -> dict[str, Any]:
    """A replacement, and beside it what takes its time to fail: Heat alone deletes before that is done."""
    slow = {"type": "OS::Heat::TestResource", "properties": {"value": value, "fail": fail, "wait_secs": 4 * fail}}
    policy = {"update_policy": {"CleanUpOrder": "stack"}}
    return hot({"a": custom(token, {"Name": value}, **policy), "slow": slow})


@situation(
    "CleanUpOrder stack: another resource fails, nothing was deleted before",
    ours=["Create a", "Update a a-one", "Update a a-two", "Delete a a-two"],
)
def clean_up_order_stack(w: World) -> None:
    w.handler.script = named_by("Name")
    stack = w.stacks.create(replaced_beside(w.handler.token, "one", fail=False)).wait("CREATE_COMPLETE")
    update = replaced_beside(w.handler.token, "two", fail=True)
    stack.update(update, disable_rollback=False).wait("ROLLBACK_COMPLETE")
    assert stack.resource("a").physical_resource_id == "a-one"


@situation(
    "CleanUpOrder stack: a new resource fails, nothing was deleted before",
    ours=["Create a", "Update a a-one", "Update a a-two", "Delete a a-two"],
)
def clean_up_order_stack_new(w: World) -> None:
    w.handler.script = named_by("Name")
    whole = replaced_beside(w.handler.token, "one", fail=False)
    del whole["resources"]["slow"]
    stack = w.stacks.create(whole).wait("CREATE_COMPLETE")
    # Begun after a is replaced: a rollback must find the former one.
    update = replaced_beside(w.handler.token, "two", fail=True)
    update["resources"]["slow"]["depends_on"] = "a"
    stack.update(update, disable_rollback=False).wait("ROLLBACK_COMPLETE")
    assert stack.resource("a").physical_resource_id == "a-one"


@situation(
    "CleanUpOrder stack: another resource fails, no rollback; the next update succeeds",
    ours=["Create a", "Update a a-one", "Delete a a-one"],
)
def clean_up_order_stack_no_rollback(w: World) -> None:
    w.handler.script = named_by("Name")
    stack = w.stacks.create(replaced_beside(w.handler.token, "one", fail=False)).wait("CREATE_COMPLETE")
    stack.update(replaced_beside(w.handler.token, "two", fail=True)).wait("UPDATE_FAILED")
    assert len(w.handler.received) == 2
    stack.update(replaced_beside(w.handler.token, "two", fail=False)).wait("UPDATE_COMPLETE")
    assert stack.resource("a").physical_resource_id == "a-two"
