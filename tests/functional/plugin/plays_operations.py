"""What is done to a stack while a resource of it waits, beside a waiting resource of Heat's own."""

import time

from functional.plugin.handler import wait_until
from functional.plugin.plays_failure import (
    cancelled_update,
    silent_on,
    silent_update,
    the_next_waits_for_the_update,
)
from functional.plugin.plays_parked import LET_GO
from functional.plugin.situations import World, situation
from functional.plugin.stacks import Stack, custom, hot


def waiting_beside_heat_s_own(w: World) -> Stack:
    """A stack with a Create that waits, and a WaitCondition that does."""
    w.handler.script = silent_on("Create a")
    handle = {"type": "OS::Heat::WaitConditionHandle"}
    condition = {"handle": {"get_resource": "handle"}, "timeout": 600}
    resources = {
        "a": custom(w.handler.token),
        "handle": handle,
        "condition": {"type": "OS::Heat::WaitCondition", "properties": condition},
    }
    stack = w.stacks.create(hot(resources))
    w.handler.wait_for(1)
    wait_until(lambda: state(stack, "condition") == "CREATE_IN_PROGRESS", 120, "both wait")
    time.sleep(LET_GO)
    return stack


def state(stack: Stack, name: str) -> str:
    return str(stack.resource(name).resource_status)


def both_are_answered(w: World, stack: Stack) -> None:
    """The handler answers, and the WaitCondition is signalled: what becomes of one must become of the other."""
    w.handler.answer(w.handler.received[0], {"Status": "SUCCESS", "PhysicalResourceId": "id-1"})
    stack.heat.resources.signal(stack.path, "handle", data={"status": "SUCCESS", "id": "1"})
    wait_until(lambda: state(stack, "condition") == "CREATE_COMPLETE", 120, "Heat's own completes")
    wait_until(lambda: state(stack, "a") == "CREATE_COMPLETE", 120, "ours completes")
    assert stack.resource("a").physical_resource_id == "id-1"


@situation(
    "stack suspended while it waits for its Create; answered afterwards, suspended again, resumed",
    ours=["Create a"],
    aws=None,
    why="Heat refuses the suspension, as of any resource that is being worked on; the answer completes the resource",
)
def suspended_while_it_waits(w: World) -> None:
    stack = waiting_beside_heat_s_own(w)
    stack.heat.actions.suspend(stack.id)
    stack.wait("SUSPEND_FAILED")
    both_are_answered(w, stack)
    stack.heat.actions.suspend(stack.id)
    stack.wait("SUSPEND_COMPLETE")
    stack.heat.actions.resume(stack.id)
    stack.wait("RESUME_COMPLETE")


@situation(
    "Update cancelled while it has been unanswered for six seconds",
    ours=["Create a", "Update a id-1", "Update a id-1"],
)
def update_cancelled_while_it_waits(w: World) -> None:
    cancelled_update(w, after=LET_GO)


@situation(
    "snapshot taken, and restored while an Update waits",
    ours=["Create a", "Update a id-1", "Update a id-1"],
    aws=None,
    why="the restore waits for the answer, as it waits for what works on a resource of Heat's own",
)
def restored_while_it_waits(w: World) -> None:
    w.handler.script = silent_update
    stack = w.stacks.create(hot({"a": custom(w.handler.token, {"Size": 1})})).wait("CREATE_COMPLETE")
    snapshot = stack.heat.stacks.snapshot(stack.id)["id"]
    stack.wait("SNAPSHOT_COMPLETE").update(hot({"a": custom(w.handler.token, {"Size": 2})}))
    update = w.handler.wait_for(2)[1]
    time.sleep(LET_GO)
    stack.heat.stacks.restore(stack.id, snapshot)
    wait_until(lambda: stack.get().stack_status.startswith("RESTORE"), 120, "restoring")
    the_next_waits_for_the_update(w, stack, update, comes_to="RESTORE_COMPLETE")
