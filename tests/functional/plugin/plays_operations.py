"""What is done to a stack while a resource of it waits, beside a waiting resource of Heat's own."""

import time

from functional.plugin.handler import wait_until
from functional.plugin.plays_failure import silent_on
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
    "stack checked while it waits for its Create; answered afterwards",
    ours=["Create a"],
    aws=None,
    why="the check fails and says that it waits; the answer completes the resource",
)
def checked_while_it_waits(w: World) -> None:
    w.handler.script = silent_on("Create a")
    stack = w.stacks.create(hot({"a": custom(w.handler.token)}))
    create = w.handler.wait_for(1)[0]
    time.sleep(LET_GO)
    stack.heat.actions.check(stack.id)
    stack.wait("CHECK_FAILED")
    assert "waits for the answer to its Create" in stack.get().stack_status_reason
    w.handler.answer(create, {"Status": "SUCCESS", "PhysicalResourceId": "id-1"})
    wait_until(lambda: state(stack, "a") == "CREATE_COMPLETE", 120, "the resource to complete")
