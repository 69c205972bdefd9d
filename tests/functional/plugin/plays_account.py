"""What a handler names in answers that the resource's operation does not wait for: nothing of it is forgotten."""

import json
import time
from collections.abc import Mapping
from typing import Any

from functional.plugin.handler import Body, line
from functional.plugin.plays_basic import answers, named_by
from functional.plugin.plays_failure import derived, silent_on
from functional.plugin.situations import World, situation
from functional.plugin.stacks import Stack, custom, hot

HALF = {"Status": "FAILED", "Reason": "half of it", "PhysicalResourceId": "half-1"}


def tells_at_the_delete(w: World, *, delete: Mapping[str, Any]):  # noqa: ANN201
    """A handler that answers its Create only when the Delete has come, and then that."""

    def script(request: Body) -> Mapping[str, Any] | None:
        if request["RequestType"] == "Create":
            return None
        if line(request) != "Delete a half-1":
            w.handler.answer(w.handler.last("Create"), HALF)
            return delete
        return {"Status": "SUCCESS"}

    return script


def deleted_while_it_creates(w: World) -> Stack:
    stack = w.stacks.create(hot({"a": custom(w.handler.token)}))
    w.handler.wait_for(1)
    return stack.delete()


@situation(
    "stack deleted while a Create is unanswered, which then is FAILED with an id",
    ours=["Create a", "Delete a (derived)", "Delete a half-1"],
    aws=["Create a", "Delete a (derived)"],
    why="AWS has forgotten the Create by then",
)
def named_while_deleting(w: World) -> None:
    w.handler.script = tells_at_the_delete(w, delete={"Status": "SUCCESS"})
    deleted_while_it_creates(w).wait("DELETE_COMPLETE")


@situation(
    "the same, the Delete is FAILED, and the stack is deleted again",
    ours=["Create a", "Delete a (derived)", "Delete a half-1"],
    aws=["Create a", "Delete a (derived)", "Delete a (derived)"],
    why="as above",
)
def named_while_deleting_failed(w: World) -> None:
    w.handler.script = tells_at_the_delete(w, delete={"Status": "FAILED", "Reason": "still creating"})
    deleted_while_it_creates(w).wait("DELETE_FAILED").delete().wait("DELETE_COMPLETE")


@situation(
    "Update answered after its ServiceTimeout, with another PhysicalResourceId; then the stack is deleted",
    ours=["Create a", "Update a id-1", "Delete a id-2", "Delete a id-1"],
    aws=["Create a", "Update a id-1", "Delete a id-1"],
    why="the late answer tells what else is there",
)
def late_update(w: World) -> None:
    w.handler.script = silent_on("Update a id-1", then={"PhysicalResourceId": "id-1"})
    stack = w.stacks.create(hot({"a": custom(w.handler.token)})).wait("CREATE_COMPLETE")
    stack.update(hot({"a": custom(w.handler.token, {"ServiceTimeout": 20, "Size": 2})})).wait("UPDATE_FAILED")
    w.handler.answer(w.handler.last("Update"), {"Status": "SUCCESS", "PhysicalResourceId": "id-2"})
    stack.delete().wait("DELETE_COMPLETE")


@situation(
    "Create answered twice, the second time with another PhysicalResourceId; then the stack is deleted",
    ours=["Create a", "Delete a other-1", "Delete a id-1"],
    aws=["Create a", "Delete a id-1"],
    why="the first answer counts, and both things may be there",
)
def two_ids(w: World) -> None:
    w.handler.script = answers(Create_a={"PhysicalResourceId": "id-1"})
    stack = w.stacks.create(hot({"a": custom(w.handler.token)})).wait("CREATE_COMPLETE")
    failed = {"Status": "FAILED", "Reason": "Execution timed out", "PhysicalResourceId": "other-1"}
    assert w.handler.answer(w.handler.received[0], failed).status_code == 200
    stack.delete().wait("DELETE_COMPLETE")


def half_an_update(w: World) -> Stack:
    """A stack whose Update left half of a thing beside id-1."""
    w.handler.script = answers(Create_a={"PhysicalResourceId": "id-1"}, Update_a=HALF)
    stack = w.stacks.create(hot({"a": custom(w.handler.token)})).wait("CREATE_COMPLETE")
    return stack.update(hot({"a": custom(w.handler.token, {"Size": 2})})).wait("UPDATE_FAILED")


@situation(
    "Update FAILED with another PhysicalResourceId, then the stack is deleted",
    ours=["Create a", "Update a id-1", "Delete a half-1", "Delete a id-1"],
    aws=["Create a", "Update a id-1", "Delete a id-1"],
    why="AWS ignores the id of a FAILED Update, whatever it stands for",
)
def update_failed_with_id(w: World) -> None:
    half_an_update(w).delete().wait("DELETE_COMPLETE")


@situation(
    "the same, but the stack is abandoned, adopted from the export, and deleted then",
    ours=["Create a", "Update a id-1", "Delete a half-1", "Delete a id-1"],
    aws=None,
    why="the export has the account too",
    adopts=True,
)
def account_adopted(w: World) -> None:
    stack = half_an_update(w)
    export = json.dumps(stack.heat.stacks.abandon(stack.id))
    stack.wait("DELETE_COMPLETE")
    adopted = w.stacks.adopt(hot({"a": custom(w.handler.token, {"Size": 2})}), export)
    adopted.delete().wait("DELETE_COMPLETE")


@situation(
    "the same in a nested stack: abandoned with it, adopted, and deleted then",
    ours=["Create a", "Update a id-1", "Delete a half-1", "Delete a id-1"],
    aws=None,
    why="as above",
    adopts=True,
)
def account_adopted_nested(w: World) -> None:
    def nested(size: int) -> dict[str, str]:
        return {"nested.yaml": json.dumps(hot({"a": custom(w.handler.token, {"Size": size})}))}

    w.handler.script = answers(Create_a={"PhysicalResourceId": "id-1"}, Update_a=HALF)
    outer = hot({"child": {"type": "nested.yaml"}})
    stack = w.stacks.create(outer, files=nested(1)).wait("CREATE_COMPLETE")
    stack.update(outer, files=nested(2)).wait("UPDATE_FAILED")
    export = json.dumps(stack.heat.stacks.abandon(stack.id))
    stack.wait("DELETE_COMPLETE")
    w.stacks.adopt(outer, export, files=nested(2)).delete().wait("DELETE_COMPLETE")


@situation(
    "Update FAILED with another PhysicalResourceId; a snapshot of before is restored, and the stack deleted",
    ours=["Create a", "Update a id-1", "Update a id-1", "Delete a half-1", "Delete a id-1"],
    aws=None,
    why="a snapshot is of properties: what may exist is remembered all the same",
)
def account_restored(w: World) -> None:
    updates = [HALF]

    def script(request: Body) -> Mapping[str, Any]:
        if request["RequestType"] == "Update" and updates:
            return updates.pop()
        return {"Status": "SUCCESS", **({"PhysicalResourceId": "id-1"} if request["RequestType"] == "Create" else {})}

    w.handler.script = script
    stack = w.stacks.create(hot({"a": custom(w.handler.token)})).wait("CREATE_COMPLETE")
    snapshot = stack.heat.stacks.snapshot(stack.id)["id"]
    stack.wait("SNAPSHOT_COMPLETE")
    stack.update(hot({"a": custom(w.handler.token, {"Size": 2})})).wait("UPDATE_FAILED")
    stack.heat.stacks.restore(stack.id, snapshot)
    stack.wait("RESTORE_COMPLETE").delete().wait("DELETE_COMPLETE")


@situation(
    "a clean-up's Delete FAILED; then the stack is updated again",
    ours=["Create a", "Update a a-one", "Delete a a-one", "Update a a-two", "Delete a a-one"],
    aws=["Create a", "Update a a-one", "Delete a a-one", "Update a a-two"],
    why="CloudFormation leaves for good what a clean-up could not delete; here the next one tries again",
)
def clean_up_tried_again(w: World) -> None:
    fail = [True]

    def script(request: Body) -> Mapping[str, Any]:
        if request["RequestType"] == "Delete" and fail:
            fail.pop()
            return {"Status": "FAILED", "Reason": "in use by vm-7"}
        return named_by("Name")(request)

    w.handler.script = script
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Name": "one"})})).wait("CREATE_COMPLETE")
    stack.update(hot({"a": custom(w.handler.token, {"Name": "two"})})).wait("UPDATE_COMPLETE")
    stack.update(hot({"a": custom(w.handler.token, {"Name": "two", "Size": 2})})).wait("UPDATE_COMPLETE")


@situation(
    "DeletionPolicy Retain, and a clean-up's Delete FAILED before; then the stack is deleted",
    ours=["Create a", "Update a a-one", "Delete a a-one", "Delete a a-one"],
    aws=["Create a", "Update a a-one", "Delete a a-one"],
    why="as above: what was replaced is not what is retained",
)
def retained_but_not_what_it_replaced(w: World) -> None:
    fail = [True]

    def script(request: Body) -> Mapping[str, Any]:
        if request["RequestType"] == "Delete" and fail:
            fail.pop()
            return {"Status": "FAILED", "Reason": "in use by vm-7"}
        return named_by("Name")(request)

    def template(name: str) -> dict[str, Any]:
        return hot({"a": custom(w.handler.token, {"Name": name}, deletion_policy="Retain")})

    w.handler.script = script
    stack = w.stacks.create(template("one")).wait("CREATE_COMPLETE")
    stack.update(template("two")).wait("UPDATE_COMPLETE")
    stack.delete().wait("DELETE_COMPLETE")


@situation(
    "Create never answered; an update that fails likewise, rolled back in vain; then the stack is deleted",
    ours=[
        "Create a",
        "Create a",
        "Delete a (derived)",
        "Create a",
        "Delete a (derived)",
        "Delete a (derived)",
    ],
    aws=["Create a", "Delete a (derived)"],
    why="AWS lets a stack whose creation failed only be deleted; each Create gets its Delete, "
    "of which Heat's rollback starts one at once, whatever it creates anew",
)
def every_create_gets_its_delete(w: World) -> None:
    def template(size: int) -> dict[str, Any]:
        # To Heat's graph the clean-up and the new Create have nothing to do with each other: what the Create alone
        # depends on has it come later.
        fields = {"value": str(size), "action_wait_secs": {"update": 3}}
        slow = {"type": "OS::Heat::TestResource", "properties": fields}
        a = custom(w.handler.token, {"ServiceTimeout": 12, "Size": size}, depends_on=["slow"])
        return hot({"a": a, "slow": slow})

    w.handler.script = silent_on("Create a")
    stack = w.stacks.create(template(1)).wait("CREATE_FAILED")
    stack.update(template(2), disable_rollback=False).wait("ROLLBACK_FAILED")
    stack.delete().wait("DELETE_COMPLETE")
    creates = [request for request in w.handler.received if request["RequestType"] == "Create"]
    deletes = [request for request in w.handler.received if request["RequestType"] == "Delete"]
    assert {derived(create) for create in creates} == {delete["PhysicalResourceId"] for delete in deletes}


@situation(
    "Create answered late while the resource's next Create is out; then the stack is deleted",
    ours=["Create a", "Create a", "Delete a late-1", "Delete a id-2"],
    aws=None,
    why="CloudFormation takes no update after a stack's creation failed",
)
def late_beside_the_next(w: World) -> None:
    w.handler.script = silent_on("Create a")
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"ServiceTimeout": 20})})).wait("CREATE_FAILED")
    stack.update(hot({"a": custom(w.handler.token, {"ServiceTimeout": 60})}))
    first, second = w.handler.wait_for(2)
    time.sleep(1)
    w.handler.answer(first, {"Status": "SUCCESS", "PhysicalResourceId": "late-1"})
    w.handler.script = lambda _r: {"Status": "SUCCESS"}
    w.handler.answer(second, {"Status": "SUCCESS", "PhysicalResourceId": "id-2"})
    stack.wait("UPDATE_COMPLETE").delete().wait("DELETE_COMPLETE")


@situation(
    "Create made its thing, and its answer was lost; an update makes it anew; then the stack is deleted",
    ours=["Create a", "Create a", "Delete a (derived)", "Delete a thing-1"],
    aws=None,
    why="CloudFormation takes no update after a stack's creation failed; "
    "the first Delete says that thing-1 stays (`OpenStack.HeldIds`), for a handler that goes by the properties",
)
def lost_and_made_anew(w: World) -> None:
    w.handler.script = silent_on("Create a")
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"ServiceTimeout": 20})})).wait("CREATE_FAILED")
    w.handler.script = lambda _r: {"Status": "SUCCESS", "PhysicalResourceId": "thing-1"}
    stack.update(hot({"a": custom(w.handler.token, {"ServiceTimeout": 60})})).wait("UPDATE_COMPLETE")
    first = w.handler.last("Delete")
    stack.delete().wait("DELETE_COMPLETE")
    assert first["OpenStack"]["HeldIds"] == ["thing-1"]
    assert "HeldIds" not in w.handler.last("Delete")["OpenStack"]
