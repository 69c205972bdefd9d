"""What is slow, lost or said twice; what others do to a resource while it waits without a thread and without a lock."""

import time
from typing import Any

from functional.plugin.handler import Body, wait_until
from functional.plugin.plays_basic import answers
from functional.plugin.plays_failure import silent_on
from functional.plugin.situations import World, situation
from functional.plugin.stacks import Stack, custom, hot

LET_GO = 6.0
"""Seconds after which a resource waits without a thread."""


@situation(
    "Create answered after ten seconds",
    ours=["Create a", "Delete a id-1"],
)
def slow_create(w: World) -> None:
    w.handler.script = silent_on("Create a")
    stack = w.stacks.create(hot({"a": custom(w.handler.token)}))
    create = w.handler.wait_for(1)[0]
    time.sleep(10)
    w.handler.answer(create, {"Status": "SUCCESS", "PhysicalResourceId": "id-1"})
    stack.wait("CREATE_COMPLETE")
    assert stack.states("a") == ["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    assert stack.told("a")[1].startswith(f"Create asked of {w.handler.token}, until ")
    stack.delete().wait("DELETE_COMPLETE")


@situation(
    "Update and Delete answered after eight seconds, with a replacement between",
    ours=["Create a", "Update a id-1", "Delete a id-1", "Delete a id-2"],
)
def slow_update_and_delete(w: World) -> None:
    w.handler.script = silent_on("Update a id-1", "Delete a id-1", "Delete a id-2", then={"PhysicalResourceId": "id-1"})
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Size": 1})})).wait("CREATE_COMPLETE")
    stack.update(hot({"a": custom(w.handler.token, {"Size": 2})}))
    update = w.handler.wait_for(2)[1]
    time.sleep(8)
    w.handler.answer(update, {"Status": "SUCCESS", "PhysicalResourceId": "id-2"})
    clean_up = w.handler.wait_for(3)[2]
    time.sleep(8)
    w.handler.answer(clean_up, {"Status": "SUCCESS"})
    stack.wait("UPDATE_COMPLETE")
    stack.delete()
    delete = w.handler.wait_for(4)[3]
    time.sleep(8)
    w.handler.answer(delete, {"Status": "SUCCESS"})
    stack.wait("DELETE_COMPLETE")


@situation(
    "stack deleted while a Create has been unanswered for ten seconds",
    ours=["Create a", "Delete a (derived)"],
)
def deleted_while_parked(w: World) -> None:
    w.handler.script = silent_on("Create a")
    stack = w.stacks.create(hot({"a": custom(w.handler.token)}))
    w.handler.wait_for(1)
    time.sleep(8)
    stack.delete().wait("DELETE_COMPLETE")


@situation(
    "a message is lost on its way",
    ours=["Create a"],
    aws=None,
    why="the same request is posted again, under its RequestId",
)
def lost_message(w: World) -> None:
    lost = [True]
    w.handler.script = lambda _r: None if lost and lost.pop() else {"Status": "SUCCESS", "PhysicalResourceId": "id-1"}
    w.stacks.create(hot({"a": custom(w.handler.token)})).wait("CREATE_COMPLETE")
    first, second = w.handler.received
    assert first == second


@situation(
    "the same answer is sent twice, and then another one",
    ours=["Create a"],
    why="",
)
def answered_twice(w: World) -> None:
    w.handler.script = answers(Create_a={"PhysicalResourceId": "id-1"})
    stack = w.stacks.create(hot({"a": custom(w.handler.token)})).wait("CREATE_COMPLETE")
    create = w.handler.received[0]
    again = w.handler.answer(create, {"Status": "SUCCESS", "PhysicalResourceId": "id-1"})
    other = w.handler.answer(create, {"Status": "FAILED", "Reason": "Execution timed out", "PhysicalResourceId": "x"})
    assert (again.status_code, other.status_code) == (200, 200)
    assert stack.resource("a").physical_resource_id == "id-1"
    assert stack.get().stack_status == "CREATE_COMPLETE"


def waiting_create(w: World) -> tuple[Stack, Body]:
    w.handler.script = silent_on("Create a")
    stack = w.stacks.create(hot({"a": custom(w.handler.token)}))
    create = w.handler.wait_for(1)[0]
    time.sleep(LET_GO)
    return stack, create


@situation(
    "stack create cancelled without rollback while it waits; answered afterwards",
    ours=["Create a"],
    aws=None,
    why="the answer still completes the resource; the stack stays as its owner left it",
)
def cancelled_while_it_waits(w: World) -> None:
    stack, create = waiting_create(w)
    stack.heat.actions.cancel_without_rollback(stack.id)
    wait_until(lambda: stack.get().stack_status == "CREATE_FAILED", 180, "the stack to be cancelled")
    w.handler.answer(create, {"Status": "SUCCESS", "PhysicalResourceId": "id-1"})
    wait_until(lambda: stack.resource("a").resource_status == "CREATE_COMPLETE", 180, "the resource to complete")


@situation(
    "another resource fails, no rollback, while it waits for its Update; then the stack is updated again",
    ours=["Create a", "Update a id-1"],
    aws=["Create a", "Update a id-1", "Update a id-1"],
    why="in both the resource fails with its stack; ours goes on from the answer that came afterwards",
)
def its_stack_fails_while_it_waits(w: World) -> None:
    def template(size: int, *, fail: bool) -> dict[str, Any]:
        fields = {"value": str(size), "fail": fail, "wait_secs": 6 if fail else 0}
        outputs = {"size": {"get_attr": ["a", "Size"]}}
        slow = {"type": "OS::Heat::TestResource", "properties": fields}
        return hot({"a": custom(w.handler.token, {"Size": size}), "slow": slow}, outputs)

    w.handler.script = silent_on("Update a id-1", then={"PhysicalResourceId": "id-1", "Data": {"Size": "one"}})
    stack = w.stacks.create(template(1, fail=False)).wait("CREATE_COMPLETE")
    stack.update(template(2, fail=True))
    update = w.handler.wait_for(2)[1]
    stack.wait("UPDATE_FAILED")
    w.handler.answer(update, {"Status": "SUCCESS", "PhysicalResourceId": "id-1", "Data": {"Size": "two"}})
    wait_until(lambda: stack.resource("a").resource_status == "UPDATE_FAILED", 180, "the resource to fail")
    assert "next operation takes up the answer" in stack.reason("a")
    stack.update(template(2, fail=False)).wait("UPDATE_COMPLETE")
    assert stack.resource("a").resource_status == "UPDATE_COMPLETE"
    assert stack.outputs() == {"size": "two"}


@situation(
    "its type changed while it waits for its Create; the old Create is answered after the new one",
    ours=["Create a", "Create a", "Delete a old-1"],
    aws=None,
    why="CloudFormation takes no update while it creates",
)
def type_changed_while_it_waits(w: World) -> None:
    stack, create = waiting_create(w)
    w.handler.script = lambda _r: None
    stack.update(hot({"a": {**custom(w.handler.token), "type": "Custom::Other"}}))
    second = w.handler.wait_for(2)[1]
    time.sleep(LET_GO)
    w.handler.answer(create, {"Status": "SUCCESS", "PhysicalResourceId": "old-1"})
    time.sleep(2)
    assert len(w.handler.sequence()) == 2, "nothing else is created for it"
    w.handler.script = lambda _r: {"Status": "SUCCESS"}
    w.handler.answer(second, {"Status": "SUCCESS", "PhysicalResourceId": "new-1"})
    stack.wait("UPDATE_COMPLETE")
    assert stack.resource("a").physical_resource_id == "new-1"


@situation(
    "a pre-update hook, and an Update that waits",
    ours=["Create a", "Update a id-1"],
    aws=None,
    why="the hook is met once: its operation goes on after the wait, and does not begin again",
)
def hook_before_a_long_wait(w: World) -> None:
    hooked = {"environment": {"resource_registry": {"resources": {"a": {"hooks": "pre-update"}}}}}
    w.handler.script = silent_on("Update a id-1", then={"PhysicalResourceId": "id-1"})
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Size": 1})}), **hooked).wait("CREATE_COMPLETE")
    stack.update(hot({"a": custom(w.handler.token, {"Size": 2})}), **hooked)
    wait_until(lambda: paused(stack), 180, "the hook to be met")
    stack.heat.resources.signal(stack.path, "a", data={"unset_hook": "pre-update"})
    update = w.handler.wait_for(2)[1]
    time.sleep(LET_GO)
    w.handler.answer(update, {"Status": "SUCCESS", "PhysicalResourceId": "id-1"})
    stack.wait("UPDATE_COMPLETE")
    assert paused(stack) == 1


def paused(stack: Stack) -> int:
    """Return how often a hook was met."""
    events = stack.heat.events.list(stack.id, resource_name="a")
    return sum("paused until Hook" in event.resource_status_reason for event in events)
