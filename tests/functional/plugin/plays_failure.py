"""What fails, what never answers, and what is interrupted."""

import time
from collections.abc import Mapping
from typing import Any

from functional.plugin.handler import Body, line, wait_until
from functional.plugin.plays_basic import answers, named_by
from functional.plugin.situations import World, situation
from functional.plugin.stacks import Stack, custom, hot

from customresource_bridge.protocol.ids import default_physical_resource_id


def silent_on(*lines: str, then: Any = None):  # noqa: ANN201
    """A handler that never answers some requests."""

    def script(request: Body) -> Mapping[str, Any] | None:
        if line(request) in lines:
            return None
        return {"Status": "SUCCESS", **(then or {})}

    return script


def derived(request: Body) -> str:
    return default_physical_resource_id(
        stack_id=request["StackId"],
        logical_resource_id=request["LogicalResourceId"],
        request_id=request["RequestId"],
    )


@situation("Create FAILED with an id, stack deleted", ours=["Create a", "Delete a half-1"])
def create_failed_with_id(w: World) -> None:
    reason = "the zone is full: 3 of 3 used"
    w.handler.script = answers(Create_a={"Status": "FAILED", "Reason": reason, "PhysicalResourceId": "half-1"})
    stack = w.stacks.create(hot({"a": custom(w.handler.token)})).wait("CREATE_FAILED")
    told = f"{reason} (RequestId: {w.handler.received[0]['RequestId']})"
    assert stack.reason("a") == told
    assert stack.get().stack_status_reason == f"Resource CREATE failed: {told}"
    stack.delete().wait("DELETE_COMPLETE")


@situation(
    "Create FAILED without an id, rolled back",
    ours=["Create a", "Delete a (derived)"],
    aws=["Create a"],
    why='AWS fails with "Invalid PhysicalResourceId" and sends no Delete; we keep the Reason and clean up',
)
def create_failed_without_id(w: World) -> None:
    w.handler.script = answers(Create_a={"Status": "FAILED", "Reason": "no luck"})
    stack = w.stacks.create(hot({"a": custom(w.handler.token)}), disable_rollback=False).wait("ROLLBACK_COMPLETE")
    assert stack
    assert w.handler.last()["PhysicalResourceId"] == derived(w.handler.received[0])


@situation(
    "Create FAILED, then the stack is updated",
    ours=["Create a", "Create a", "Delete a half-1"],
    aws=["Create a", "Delete a half-1"],
    why="AWS lets a stack whose creation failed only be deleted; Heat creates another one in its place",
)
def create_failed_then_updated(w: World) -> None:
    results = iter(({"Status": "FAILED", "PhysicalResourceId": "half-1"}, {"PhysicalResourceId": "id-2"}))
    w.handler.script = lambda r: {"Status": "SUCCESS", **(next(results) if r["RequestType"] == "Create" else {})}
    stack = w.stacks.create(hot({"a": custom(w.handler.token)})).wait("CREATE_FAILED")
    stack.update(hot({"a": custom(w.handler.token, {"Size": 2})})).wait("UPDATE_COMPLETE")


@situation("Create never answered, stack deleted after its ServiceTimeout", ours=["Create a", "Delete a (derived)"])
def create_never_answered(w: World) -> None:
    w.handler.script = silent_on("Create a")
    properties = {"ServiceTimeout": 6}
    started = time.monotonic()
    stack = w.stacks.create(hot({"a": custom(w.handler.token, properties)})).wait("CREATE_FAILED")
    assert time.monotonic() - started >= 6
    request = w.handler.received[0]
    reason = stack.reason("a")
    assert reason.endswith(f"(RequestId: {request['RequestId']})")
    assert "within 6 seconds" in reason
    assert w.handler.token in reason
    stack.delete().wait("DELETE_COMPLETE")
    assert w.handler.last()["PhysicalResourceId"] == derived(request)
    assert w.handler.last()["OpenStack"]["PreviousRequestId"] == request["RequestId"]


@situation(
    "Create answered after its ServiceTimeout, then the stack is deleted",
    ours=["Create a", "Delete a late-1"],
    aws=["Create a", "Delete a (invented)"],
    why="the late answer tells the id of what is there",
)
def late_answer(w: World) -> None:
    w.handler.script = silent_on("Create a")
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"ServiceTimeout": 20})})).wait("CREATE_FAILED")
    late = w.handler.answer(w.handler.received[0], {"Status": "SUCCESS", "PhysicalResourceId": "late-1"})
    assert late.status_code == 200
    stack.delete().wait("DELETE_COMPLETE")


@situation(
    "the request cannot be sent",
    ours=[],
    aws=None,
    why="no handler has seen it: the resource fails with the reason, and no Delete follows",
)
def never_sent(w: World) -> None:
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Much": "x" * 300_000})})).wait("CREATE_FAILED")
    assert "the limit is 262144" in stack.reason("a")
    stack.delete().wait("DELETE_COMPLETE")


@situation(
    "stack deleted while a Create is unanswered",
    ours=["Create a", "Delete a (derived)"],
    why="",
)
def deleted_while_creating(w: World) -> None:
    w.handler.script = silent_on("Create a")
    stack = w.stacks.create(hot({"a": custom(w.handler.token)}))
    create = w.handler.wait_for(1)[0]
    wait_until(lambda: stack.resource("a").resource_status == "CREATE_IN_PROGRESS", 120, "in progress")
    stack.delete().wait("DELETE_COMPLETE")
    delete = w.handler.last()
    assert delete["PhysicalResourceId"] == derived(create)
    assert delete["OpenStack"]["PreviousRequestId"] == create["RequestId"]


@situation("Update FAILED and rolled back", ours=["Create a", "Update a id-1", "Update a id-1"])
def update_failed_rolled_back(w: World) -> None:
    def script(request: Body) -> Mapping[str, Any]:
        if request["ResourceProperties"].get("Size") == "2" and request["RequestType"] == "Update":
            return {"Status": "FAILED", "Reason": "too large", "PhysicalResourceId": "ignored"}
        return {"Status": "SUCCESS", "PhysicalResourceId": "id-1"}

    w.handler.script = script
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Size": 1})})).wait("CREATE_COMPLETE")
    stack.update(hot({"a": custom(w.handler.token, {"Size": 2})}), disable_rollback=False).wait("ROLLBACK_COMPLETE")
    back = w.handler.last()
    assert back["ResourceProperties"]["Size"] == "1"
    assert back["OldResourceProperties"]["Size"] == "2"
    assert stack.resource("a").physical_resource_id == "id-1"


@situation(
    "Update FAILED without rollback, then the same template again, then another",
    ours=["Create a", "Update a id-1", "Update a id-1", "Update a id-1"],
)
def update_failed_then_again(w: World) -> None:
    fail = [True]

    def script(request: Body) -> Mapping[str, Any]:
        if request["RequestType"] == "Update" and fail:
            fail.pop()
            return {"Status": "FAILED", "Reason": "not today"}
        return {"Status": "SUCCESS", "PhysicalResourceId": "id-1"}

    w.handler.script = script
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Size": 1})})).wait("CREATE_COMPLETE")
    stack.update(hot({"a": custom(w.handler.token, {"Size": 2})})).wait("UPDATE_FAILED")
    assert stack.reason("a") == f"not today (RequestId: {w.handler.last()['RequestId']})"
    stack.update(hot({"a": custom(w.handler.token, {"Size": 2})})).wait("UPDATE_COMPLETE")
    assert w.handler.last()["OldResourceProperties"]["Size"] == "2"
    stack.update(hot({"a": custom(w.handler.token, {"Size": 3})})).wait("UPDATE_COMPLETE")


@situation("Delete FAILED, and the stack is deleted again", ours=["Create a", "Delete a id-1", "Delete a id-1"])
def delete_failed_then_again(w: World) -> None:
    fail = [True]

    def script(request: Body) -> Mapping[str, Any]:
        if request["RequestType"] == "Delete" and fail:
            fail.pop()
            return {"Status": "FAILED", "Reason": "in use by vm-7"}
        return {"Status": "SUCCESS", "PhysicalResourceId": "id-1"}

    w.handler.script = script
    stack = w.stacks.create(hot({"a": custom(w.handler.token)})).wait("CREATE_COMPLETE")
    stack.delete().wait("DELETE_FAILED")
    assert stack.reason("a") == f"in use by vm-7 (RequestId: {w.handler.last()['RequestId']})"
    stack.delete().wait("DELETE_COMPLETE")


def fail_first_delete():  # noqa: ANN201
    """Things are named after their Name; the first Delete FAILED, and all else succeeds."""
    fail = [True]
    name = named_by("Name")

    def script(request: Body) -> Mapping[str, Any]:
        if request["RequestType"] == "Delete" and fail:
            fail.pop()
            return {"Status": "FAILED", "Reason": "in use by vm-7"}
        return name(request)

    return script


@situation(
    "an Update answered with another PhysicalResourceId, and the clean-up's Delete FAILED",
    ours=["Create a", "Update a a-one", "Delete a a-one"],
)
def clean_up_failed(w: World) -> None:
    w.handler.script = fail_first_delete()
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Name": "one"})})).wait("CREATE_COMPLETE")
    stack.update(hot({"a": custom(w.handler.token, {"Name": "two"})})).wait("UPDATE_COMPLETE")
    reasons = [event.resource_status_reason for event in stack.heat.events.list(stack.id, resource_name="a")]
    told = f"Clean-up of a-one failed: in use by vm-7 (RequestId: {w.handler.last()['RequestId']})"
    assert told in reasons


@situation(
    "ReplaceOnChange, and the old one's Delete FAILED; then the same template again",
    ours=["Create a", "Create a", "Delete a a-one", "Delete a a-one"],
    aws=None,
    why="to Heat the old one is a resource still: the update fails until it is gone, and forgets nothing; "
    "CloudFormation completes an update whose clean-up failed",
)
def clean_up_of_replaced_failed(w: World) -> None:
    w.handler.script = fail_first_delete()
    policy = {"update_policy": {"ReplaceOnChange": ["Name"]}}
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Name": "one"}, **policy)})).wait("CREATE_COMPLETE")
    after = hot({"a": custom(w.handler.token, {"Name": "two"}, **policy)})
    stack.update(after).wait("UPDATE_FAILED")
    stack.update(after).wait("UPDATE_COMPLETE")
    assert stack.resource("a").physical_resource_id == "a-two"


@situation(
    "removed from the template, and its Delete FAILED; then the same template again",
    ours=["Create a", "Delete a a-one", "Delete a a-one"],
    aws=["Create a", "Delete a a-one"],
    why="as above: CloudFormation completes the update and leaves what would not go",
)
def removed_and_delete_failed(w: World) -> None:
    w.handler.script = fail_first_delete()
    other = {"b": {"type": "OS::Heat::Value", "properties": {"value": "x"}}}
    both = {"a": custom(w.handler.token, {"Name": "one"}), **other}
    stack = w.stacks.create(hot(both)).wait("CREATE_COMPLETE")
    stack.update(hot(other)).wait("UPDATE_FAILED")
    stack.update(hot(other)).wait("UPDATE_COMPLETE")


@situation(
    "removed from the template, then a later resource fails and the update is rolled back",
    ours=["Create a", "Delete a a-one", "Create a"],
    aws=["Create a"],
    why="Heat deletes what was removed before the update is done, and has to create it again; "
    "with CleanUpOrder stack nothing is deleted here either",
)
def removed_and_rolled_back(w: World) -> None:
    w.handler.script = named_by("Name")

    def slow(*, fail: bool) -> dict[str, Any]:
        fields = {"value": str(fail), "fail": fail, "wait_secs": 6 if fail else 0}
        return {"slow": {"type": "OS::Heat::TestResource", "properties": fields}}

    both = {"a": custom(w.handler.token, {"Name": "one"}), **slow(fail=False)}
    stack = w.stacks.create(hot(both, {"ref": {"get_resource": "a"}})).wait("CREATE_COMPLETE")
    stack.update(hot(slow(fail=True)), disable_rollback=False).wait("ROLLBACK_COMPLETE")
    assert stack.resource("a").resource_status == "CREATE_COMPLETE"
    assert stack.outputs() == {"ref": "a-one"}


@situation(
    "stack deleted while an Update is unanswered",
    ours=["Create a", "Update a id-1", "Delete a id-1"],
    aws=None,
    why="AWS deletes no stack while it is updated",
)
def deleted_while_updating(w: World) -> None:
    w.handler.script = silent_on("Update a id-1", then={"PhysicalResourceId": "id-1"})
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Size": 1})})).wait("CREATE_COMPLETE")
    stack.update(hot({"a": custom(w.handler.token, {"Size": 2})}))
    update = w.handler.wait_for(2)[1]
    stack.delete().wait("DELETE_COMPLETE")
    delete = w.handler.last()
    assert delete["OpenStack"]["PreviousRequestId"] == update["RequestId"]
    assert delete["ResourceProperties"]["Size"] == "1"


@situation(
    "the same, and the Update is answered with another PhysicalResourceId before the Delete is",
    ours=["Create a", "Update a id-1", "Delete a id-1", "Delete a id-2"],
    aws=None,
    why="as above",
)
def updated_while_deleting(w: World) -> None:
    def script(request: Body) -> Mapping[str, Any] | None:
        if request["RequestType"] == "Update":
            return None
        if line(request) == "Delete a id-1":
            w.handler.answer(w.handler.last("Update"), {"Status": "SUCCESS", "PhysicalResourceId": "id-2"})
        return {"Status": "SUCCESS", "PhysicalResourceId": "id-1"}

    w.handler.script = script
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Size": 1})})).wait("CREATE_COMPLETE")
    stack.update(hot({"a": custom(w.handler.token, {"Size": 2})}))
    w.handler.wait_for(2)
    stack.delete().wait("DELETE_COMPLETE")


def silent_update(request: Body) -> Mapping[str, Any] | None:
    """A handler that never answers the Update to Size 2."""
    unanswered = request["RequestType"] == "Update" and request["ResourceProperties"]["Size"] == "2"
    return None if unanswered else {"Status": "SUCCESS", "PhysicalResourceId": "id-1"}


def the_next_waits_for_the_update(w: World, stack: Stack, update: Body, *, comes_to: str) -> None:
    """The operation that puts the old properties back waits until the Update that is out is answered."""
    time.sleep(1)
    assert len(w.handler.received) == 2, "it waits for the answer to the Update"
    w.handler.answer(update, {"Status": "SUCCESS", "PhysicalResourceId": "id-1"})
    stack.wait(comes_to)
    assert w.handler.last()["ResourceProperties"]["Size"] == "1"
    assert w.handler.last()["OldResourceProperties"]["Size"] == "2"


def cancelled_update(w: World, *, after: float = 0.0) -> None:
    w.handler.script = silent_update
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Size": 1})})).wait("CREATE_COMPLETE")
    stack.update(hot({"a": custom(w.handler.token, {"Size": 2})}))
    update = w.handler.wait_for(2)[1]
    time.sleep(after)
    stack.heat.actions.cancel_update(stack.id)
    wait_until(lambda: stack.get().stack_status.startswith("ROLLBACK"), 120, "rolling back")
    the_next_waits_for_the_update(w, stack, update, comes_to="ROLLBACK_COMPLETE")


@situation("Update cancelled while unanswered", ours=["Create a", "Update a id-1", "Update a id-1"])
def update_cancelled(w: World) -> None:
    cancelled_update(w)


@situation(
    "stack timeout while a Create is unanswered, then deleted",
    ours=["Create a", "Delete a (derived)"],
)
def stack_timeout(w: World) -> None:
    w.handler.script = silent_on("Create a")
    stack = w.stacks.create(hot({"a": custom(w.handler.token)}), timeout_mins=1).wait("CREATE_FAILED")
    assert "imed out" in stack.get().stack_status_reason
    wait_until(lambda: stack.resource("a").resource_status == "CREATE_FAILED", 180, "the resource failed too")
    stack.delete().wait("DELETE_COMPLETE")
