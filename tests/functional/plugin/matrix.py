"""What Heat's operations do to a resource that waits, ours beside one of Heat's own: a matrix, and how it is played.

Two stacks, of one resource each, go through the same operations: what the stack comes to, and in which state its
resource is left, is a cell. docs/reference/life-cycle.md has them all.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from functional.plugin.handler import Body, wait_until
from functional.plugin.plays_failure import silent_on
from functional.plugin.situations import World
from functional.plugin.stacks import Stack, custom, hot
from heatclient import exc

from devstack.cloud import settings


def mark(stack: Stack, *, ill: bool) -> None:
    """Mark the stack's resource as unhealthy, or as healthy again."""
    stack.heat.resources.mark_unhealthy(stack.path, "a", mark_unhealthy=ill, resource_status_reason="looks so")


OPERATIONS: Mapping[str, Callable[[Stack], object]] = {
    "cancel the update": lambda stack: stack.heat.actions.cancel_update(stack.id),
    "suspend": lambda stack: stack.heat.actions.suspend(stack.id),
    "resume": lambda stack: stack.heat.actions.resume(stack.id),
    "check": lambda stack: stack.heat.actions.check(stack.id),
    "take a snapshot": lambda stack: stack.heat.stacks.snapshot(stack.id),
    "mark it unhealthy": lambda stack: mark(stack, ill=True),
}
"""In the order in which they are played."""
STACK_ACTIONS = {"suspend": "SUSPEND", "resume": "RESUME", "check": "CHECK", "take a snapshot": "SNAPSHOT"}
"""What the stack's action is meanwhile."""
PATIENCE = 120.0
"""Seconds for an operation to end."""
STILL = 5.0
"""Seconds after which an operation that is not to end counts as one that waits for the resource's lock."""

Cells = Mapping[str, str]


def cells(*came_to: str) -> Cells:
    """One column, in the order of the operations: what the stack came to, or HTTP's refusal; the resource's state."""
    return dict(zip(OPERATIONS, came_to, strict=True))


_REFUSED = cells(
    "400; CREATE_IN_PROGRESS",
    "SUSPEND_FAILED; CREATE_IN_PROGRESS",
    "RESUME_FAILED; CREATE_IN_PROGRESS",
    "CHECK_FAILED; CREATE_IN_PROGRESS",
    "SNAPSHOT_FAILED; CREATE_IN_PROGRESS",
    "409; CREATE_IN_PROGRESS",
)
_OWN_REFUSED = cells(
    "400; CREATE_IN_PROGRESS",
    "SUSPEND_FAILED; CREATE_IN_PROGRESS",
    "RESUME_FAILED; CREATE_IN_PROGRESS",
    "CHECK_COMPLETE; CHECK_COMPLETE",
    "SNAPSHOT_IN_PROGRESS; CHECK_COMPLETE",
    "409; CHECK_COMPLETE",
)
_FAILED = cells(
    "400; CREATE_FAILED",
    "SUSPEND_FAILED; CREATE_FAILED",
    "RESUME_FAILED; CREATE_FAILED",
    "CHECK_COMPLETE; CHECK_COMPLETE",
    "SNAPSHOT_COMPLETE; SNAPSHOT_COMPLETE",
    "SNAPSHOT_COMPLETE; CHECK_FAILED",
)
WAITS_IN_A_THREAD, WAITS_WITHOUT, UNREAD, FAILED = (
    "begins to wait, in a thread",
    "waits without a thread",
    "answered after its status was reset, not taken up",
    "FAILED",
)
OWN_WAITS, OWN_FAILED = "Heat's own waits", "Heat's own FAILED"
_IN_ONE_THREAD = {"take a snapshot": "SNAPSHOT_FAILED; CHECK_COMPLETE"}
"""What is otherwise before 2026.1, whose Heat takes snapshots in one thread, which waits for no resource's lock."""
MATRIX: Mapping[str, Cells] = {
    WAITS_IN_A_THREAD: _REFUSED,
    WAITS_WITHOUT: _REFUSED,
    OWN_WAITS: _OWN_REFUSED,
    UNREAD: _FAILED,
    FAILED: _FAILED,
    OWN_FAILED: _FAILED,
}


def in_one_thread() -> bool:
    """Return whether the cloud's Heat checks, and takes snapshots, beside its graph."""
    return settings.load().release.before("2026.1")


def cells_of(name: str) -> Cells:
    """Return a column of the matrix, in the release that the cloud runs."""
    return {**MATRIX[name], **(_IN_ONE_THREAD if in_one_thread() and name == OWN_WAITS else {})}


def own_ends() -> str:
    """Return what Heat's own is in the end, when its signal comes: what waited for its lock is done then."""
    return "CREATE_COMPLETE" if in_one_thread() else "SNAPSHOT_COMPLETE"


def matrix_table() -> str:
    """Return the matrix as the page has it."""
    lines = [("operation", *MATRIX), ("---",) * (len(MATRIX) + 1)]
    lines += [(operation, *(column[operation] for column in MATRIX.values())) for operation in OPERATIONS]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@dataclass(frozen=True)
class Pair:
    """A stack with one of our resources, and one with a WaitCondition; both are named ``a``."""

    w: World
    ours: Stack
    own: Stack
    create: Body

    def answer(self, status: str = "SUCCESS") -> None:
        """Have both answered alike."""
        self.answer_ours(status)
        data = {"status": "SUCCESS" if status == "SUCCESS" else "FAILURE", "id": "1", "reason": "no luck"}
        self.own.heat.resources.signal(self.own.path, "handle", data=data)

    def answer_ours(self, status: str = "SUCCESS") -> None:
        answer = {"Status": status, "PhysicalResourceId": "id-1", "Reason": "no luck"}
        assert self.w.handler.answer(self.create, answer).status_code == 200

    def wait_until_each_is(self, *, ours: str, own: str) -> None:
        for stack, status in ((self.ours, ours), (self.own, own)):
            wait_until(lambda stack=stack, status=status: state(stack) == status, 120, f"{stack.name} to be {status}")


def waiting_pair(w: World) -> Pair:
    """Return two stacks whose resources wait, ours for its Create."""
    w.handler.script = silent_on("Create a")
    of_heat = w.stacks.create(hot(wait_condition()))
    wait_until(lambda: state(of_heat) == "CREATE_IN_PROGRESS", 120, "Heat's own to wait")
    ours = w.stacks.create(template(w))
    return Pair(w, ours, of_heat, w.handler.wait_for(1)[0])


def wait_condition(*, timeout: int = 600) -> dict[str, Any]:
    """Return resources of Heat's own, of which ``a`` waits for a signal."""
    condition = {"handle": {"get_resource": "handle"}, "timeout": timeout}
    return {
        "handle": {"type": "OS::Heat::WaitConditionHandle"},
        "a": {"type": "OS::Heat::WaitCondition", "properties": condition},
    }


def template(w: World) -> dict[str, Any]:
    return hot({"a": custom(w.handler.token)})


def state(stack: Stack) -> str:
    return str(stack.resource("a").resource_status)


def each_operation(stack: Stack, column: Cells) -> list[str]:
    """Do one operation after the other to a stack, and return each of which something else came than the column has."""
    came_to = {name: _came_to(stack, name, expected=column[name]) for name in OPERATIONS}
    return [f"{name}: {came}, not {column[name]}" for name, came in came_to.items() if came != column[name]]


def _came_to(stack: Stack, name: str, *, expected: str) -> str:
    try:
        OPERATIONS[name](stack)
    except (exc.HTTPConflict, exc.HTTPBadRequest) as refused:
        return f"{refused.code}; {state(stack)}"
    end, pause = time.monotonic() + (STILL if "IN_PROGRESS;" in expected else PATIENCE), stack.pauses()
    # It may begin only after Heat has said yes to it: what the stack was before is no end of it.
    while not _is_over(came := str(stack.get(outputs=False).stack_status), name) and time.monotonic() < end:
        time.sleep(next(pause))
    return f"{came}; {state(stack)}"


def _is_over(status: str, name: str) -> bool:
    return status.startswith(STACK_ACTIONS.get(name, "")) and not status.endswith("IN_PROGRESS")


def compare(pair: Pair, *, ours: str, own: str) -> None:
    """Do all operations to both stacks, and compare what came of them with two columns of the matrix."""
    with ThreadPoolExecutor(2) as pool:
        of_ours = pool.submit(each_operation, pair.ours, cells_of(ours))
        of_own = pool.submit(each_operation, pair.own, cells_of(own))
        wrong = [*of_ours.result(), *(f"Heat's own: {what}" for what in of_own.result())]
    assert not wrong, "\n".join(wrong)
