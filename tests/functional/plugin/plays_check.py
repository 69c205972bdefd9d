"""A stack is checked whose resource's author wants its handler to be asked."""

import time
from typing import Any

from functional.plugin.handler import Body, wait_until
from functional.plugin.matrix import in_one_thread
from functional.plugin.plays_operations import state
from functional.plugin.plays_parked import LET_GO
from functional.plugin.situations import World, situation
from functional.plugin.stacks import Stack, custom, hot


def checked_resource(w: World, **properties: Any) -> dict[str, Any]:
    return hot({"a": custom(w.handler.token, properties, update_policy={"CheckRequests": True})})


def finding(*found: str | None):  # noqa: ANN201
    """A handler whose thing is id-1 and whose Checks find what is given: a Reason, an empty text for nothing, None."""
    findings = iter(found)

    def script(request: Body) -> dict[str, object] | None:
        if request["RequestType"] != "Check":
            return {"Status": "SUCCESS", "PhysicalResourceId": "id-1", "Data": {"Name": "one"}}
        reason = next(findings, None)
        if reason is None:
            return None
        return {
            "Status": "FAILED" if reason else "SUCCESS",
            "Reason": reason,
            "PhysicalResourceId": "id-2",
            "Data": {"Name": "another"},
        }

    return script


def check(stack: Stack, status: str) -> None:
    stack.heat.actions.check(stack.id)
    stack.wait(status)


@situation(
    "CheckRequests: the stack is checked and all is well, then not; then the same template, twice",
    ours=["Create a", "Check a id-1", "Check a id-1", "Update a id-1"],
    aws=None,
    why="Heat asks the handler, and an Update mends what is not as it should be; a Check's id and Data do not count",
)
def found_wanting(w: World) -> None:
    w.handler.script = finding("", "the record points elsewhere")
    template = checked_resource(w, Size=1)
    template["outputs"] = {"name": {"value": {"get_attr": ["a", "Name"]}}}
    stack = w.stacks.create(template).wait("CREATE_COMPLETE")
    check(stack, "CHECK_COMPLETE")
    assert state(stack, "a") == "CHECK_COMPLETE"
    sent = w.handler.last("Check")
    assert sent["ResourceProperties"] == {"ServiceToken": w.handler.token, "Size": "1"}
    assert "OldResourceProperties" not in sent
    check(stack, "CHECK_FAILED")
    assert state(stack, "a") == "CHECK_FAILED"
    assert stack.reason("a").startswith("the record points elsewhere (")
    assert stack.resource("a").physical_resource_id == "id-1"
    assert stack.outputs() == {"name": "one"}
    for _ in range(2):
        stack.update(template).wait("UPDATE_COMPLETE")
    assert state(stack, "a") == "UPDATE_COMPLETE"
    update = w.handler.last("Update")
    assert update["ResourceProperties"] == update["OldResourceProperties"] == sent["ResourceProperties"]


@situation(
    "CheckRequests: a Check that is never answered, then the same template",
    ours=["Create a", "Check a id-1", "Update a id-1"],
    aws=None,
    why="as above; how the thing is, the handler has not said",
)
def never_answered(w: World) -> None:
    w.handler.script = finding(None)
    template = checked_resource(w, ServiceTimeout=20)
    stack = w.stacks.create(template).wait("CREATE_COMPLETE")
    check(stack, "CHECK_FAILED")
    assert "No answer to the Check request" in stack.reason("a")
    # Beside its graph Heat waits no longer than the engine watches.
    within = "4 seconds (watch_seconds)" if in_one_thread() else "20 seconds (ServiceTimeout)"
    assert f"within {within}" in stack.reason("a")
    stack.update(template).wait("UPDATE_COMPLETE")


@situation(
    "CheckRequests: a Check answered after eight seconds, another one unanswered when the stack is deleted",
    ours=["Create a", "Check a id-1", "Check a id-1", "Delete a id-1"],
    aws=None,
    why="a Check waits without a thread as the others do, and nothing waits for it",
)
def waits_without_a_thread(w: World) -> None:
    w.handler.script = finding(None, None)
    stack = w.stacks.create(checked_resource(w)).wait("CREATE_COMPLETE")
    stack.heat.actions.check(stack.id)
    first = w.handler.wait_for(2)[1]
    time.sleep(LET_GO)
    if in_one_thread():  # beside its graph Heat waits no longer than the engine watches: the answer comes too late
        stack.wait("CHECK_FAILED")
        w.handler.answer(first, {"Status": "SUCCESS"})
    else:
        assert state(stack, "a") == "CHECK_IN_PROGRESS"
        w.handler.answer(first, {"Status": "SUCCESS"})
        stack.wait("CHECK_COMPLETE")
    end = "CHECK_FAILED" if in_one_thread() else "CHECK_COMPLETE"
    states = list(dict.fromkeys(stack.states("a")))
    assert states == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE", "CHECK_IN_PROGRESS", end]
    stack.heat.actions.check(stack.id)
    w.handler.wait_for(3)
    stack.delete().wait("DELETE_COMPLETE")
    assert w.handler.last()["OpenStack"]["PreviousRequestId"] == w.handler.last("Check")["RequestId"]


@situation(
    "CheckRequests: a Check is FAILED, and the resource is marked unhealthy; then the same template",
    ours=["Create a", "Check a id-1", "Create a", "Delete a id-1"],
    aws=None,
    why="what an operator says takes the place of what the Check found: a new one is made",
)
def marked_after_all(w: World) -> None:
    creates = iter(("id-1", "id-2"))
    found = finding("it is broken")

    def script(request: Body) -> dict[str, object] | None:
        if request["RequestType"] == "Create":
            return {"Status": "SUCCESS", "PhysicalResourceId": next(creates)}
        return found(request)

    w.handler.script = script
    template = checked_resource(w)
    stack = w.stacks.create(template).wait("CREATE_COMPLETE")
    check(stack, "CHECK_FAILED")
    stack.heat.resources.mark_unhealthy(stack.id, "a", True, "beyond repair")
    stack.update(template).wait("UPDATE_COMPLETE")
    wait_until(lambda: "Delete a id-1" in w.handler.sequence(), 180, "the old one to be deleted")
