"""A waiting resource that Heat, its answer and its monitor set going at the same moment is worked on once.

What depends on it is replaced; worked on twice, it would be created twice. The moments are spread around those at which
the resource is let go, or comes to its deadline.
"""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from functional.plugin.handler import Body, line, wait_until
from functional.plugin.situations import World
from functional.plugin.stacks import Stack, custom, hot

LET_GO, DEADLINE = 4.0, 9.0


def template(w: World, size: int) -> dict[str, Any]:
    a = custom(w.handler.token, {"Size": size, "ServiceTimeout": int(DEADLINE)})
    b = custom(w.handler.token, {"Size": size}, depends_on=["a"], update_policy={"ReplaceOnChange": ["Size"]})
    return hot({"a": a, "b": b})


def handler(request: Body) -> Mapping[str, Any] | None:
    """Each ``b`` is named after its Size; the first Update of ``a`` waits."""
    if line(request) == "Update a a" and request["OldResourceProperties"]["Size"] == "1":
        return None
    name = request["LogicalResourceId"]
    return {
        "Status": "SUCCESS",
        "PhysicalResourceId": "a" if name == "a" else f"b-{request['ResourceProperties']['Size']}",
    }


def received(w: World, stack: Stack) -> list[Body]:
    return [request for request in list(w.handler.received) if request["StackId"].endswith(stack.id)]


def set_going(w: World, stack: Stack, after: float) -> None:
    """Have ``a`` set going by Heat and by its answer, ``after`` seconds after its Update was sent."""
    stack.update(template(w, 2))
    update = wait_until(lambda: [r for r in received(w, stack) if r["RequestType"] == "Update"], 60, "an Update")[0]
    time.sleep(after)
    with ThreadPoolExecutor(2) as pool:
        for done in (
            pool.submit(stack.update, template(w, 2)),
            pool.submit(w.handler.answer, update, {"Status": "SUCCESS", "PhysicalResourceId": "a"}),
        ):
            done.result()


@pytest.mark.parametrize("moment", [LET_GO, DEADLINE], ids=["as it is let go", "at its deadline"])
def test_what_depends_on_it_is_created_once(w: World, moment: float) -> None:
    w.handler.script = handler
    stacks = [w.stacks.create(template(w, 1)) for _ in range(4)]
    for stack in stacks:
        stack.wait("CREATE_COMPLETE")
    with ThreadPoolExecutor(len(stacks)) as pool:
        moments = [moment + shift for shift in (-0.9, -0.6, -0.3, 0.0)]
        list(pool.map(lambda pair: set_going(w, *pair), zip(stacks, moments, strict=True)))
    for stack in stacks:
        stack.wait("UPDATE_COMPLETE")
        creates = {r["RequestId"] for r in received(w, stack) if line(r) == "Create b"}
        assert len(creates) == 2, "the first b, and the one in its place"
