"""The columns of the matrix: each state of a waiting resource, and all operations done to it one after the other."""

import time

from functional.plugin import matrix
from functional.plugin.plays_parked import LET_GO
from functional.plugin.situations import World, situation
from standalone import heat_manage


@situation(
    "suspended, resumed, checked, put into a snapshot, marked unhealthy once it waits for its Create; answered",
    ours=["Create a"],
    aws=None,
    why="it is refused as by a resource that Heat works on: see the matrix; the answer completes the resource",
)
def operated_on_in_a_thread(w: World) -> None:
    pair = matrix.waiting_pair(w)
    matrix.compare(pair, ours=matrix.WAITS_IN_A_THREAD, own=matrix.OWN_WAITS)
    pair.answer()
    pair.wait_until_each_is(ours="CREATE_COMPLETE", own=matrix.own_ends())


@situation("the same while it waits without a thread", ours=["Create a"], aws=None, why="as above")
def operated_on_without_a_thread(w: World) -> None:
    pair = matrix.waiting_pair(w)
    time.sleep(LET_GO)
    matrix.compare(pair, ours=matrix.WAITS_WITHOUT, own=matrix.OWN_WAITS)
    assert "waits for the answer to its Create" in pair.ours.get().stack_status_reason
    pair.answer()
    pair.wait_until_each_is(ours="CREATE_COMPLETE", own=matrix.own_ends())


@situation(
    "the same after its Create FAILED; then the stack is updated",
    ours=["Create a", "Create a", "Delete a id-1"],
    aws=None,
    why="as of Heat's own, its state is overwritten; what it made is not forgotten",
)
def operated_on_after_it_failed(w: World) -> None:
    pair = matrix.waiting_pair(w)
    pair.answer("FAILED")
    pair.wait_until_each_is(ours="CREATE_FAILED", own="CREATE_FAILED")
    matrix.compare(pair, ours=matrix.FAILED, own=matrix.OWN_FAILED)
    w.handler.script = lambda _request: {"Status": "SUCCESS"}
    pair.ours.update(matrix.template(w)).wait("UPDATE_COMPLETE")


@situation(
    "its stack's status reset (heat-manage) while it waits, then answered, the same, marked healthy; updated",
    ours=["Create a"],
    aws=None,
    why="Heat marks it CREATE_FAILED, as its own; the next operation takes up the answer, and nothing is created twice",
)
def reset_while_it_waits(w: World) -> None:
    pair = matrix.waiting_pair(w)
    time.sleep(LET_GO)
    for stack in (pair.ours, pair.own):
        heat_manage("reset_stack_status", stack.id)
    # Heat's own has a thread left, which would write over its row at some moment after the signal.
    pair.answer_ours()
    matrix.compare(pair, ours=matrix.UNREAD, own=matrix.OWN_FAILED)
    matrix.mark(pair.ours, ill=False)
    pair.ours.update(matrix.template(w)).wait("UPDATE_COMPLETE")
    assert pair.ours.resource("a").physical_resource_id == "id-1"
