"""A waiting resource that Heat and its answer set going at the moment at which it is let go is worked on once.

What depends on it is replaced; worked on twice, it would be created twice.
"""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from functional.plugin.handler import Body, Script, line, wait_until
from functional.plugin.situations import World
from functional.plugin.stacks import Stack, custom, hot

MOMENTS = (3.1, 3.4, 3.7, 4.0)
"""Seconds after its Update was sent, around those at which it is let go."""


def template(w: World, size: int) -> dict[str, Any]:
    a = custom(w.handler.token, {"Size": size})
    b = custom(w.handler.token, {"Size": size}, depends_on=["a"], update_policy={"ReplaceOnChange": ["Size"]})
    return hot({"a": a, "b": b})


def handler() -> Script:
    """Each ``b`` is named after its Size; the first Update of each stack's ``a`` waits, and no other."""
    waits: set[str] = set()

    def script(request: Body) -> Mapping[str, Any] | None:
        if request["LogicalResourceId"] == "b":
            return {"Status": "SUCCESS", "PhysicalResourceId": f"b-{request['ResourceProperties']['Size']}"}
        if request["RequestType"] == "Update" and request["StackId"] not in waits:
            waits.add(request["StackId"])
            return None
        return {"Status": "SUCCESS", "PhysicalResourceId": "a"}

    return script


def received(w: World, stack: Stack) -> list[Body]:
    return [request for request in list(w.handler.received) if request["StackId"].endswith(stack.id)]


def set_going(w: World, stack: Stack, after: float) -> None:
    """Have ``a`` set going by Heat and by its answer, ``after`` seconds after its Update was sent."""
    stack.update(template(w, 2))
    update = wait_until(
        lambda: [r for r in received(w, stack) if r["RequestType"] == "Update"], 60, "an Update", most=0.05
    )[0]
    time.sleep(after)
    with ThreadPoolExecutor(2) as pool:
        for done in (
            pool.submit(stack.update, template(w, 2)),
            pool.submit(w.handler.answer, update, {"Status": "SUCCESS", "PhysicalResourceId": "a"}),
        ):
            done.result()


def test_what_depends_on_it_is_created_once(w: World) -> None:
    w.handler.script = handler()
    w.handler.pause = 0.2  # the moments count from when an Update is seen
    stacks = [w.stacks.create(template(w, 1)) for _ in MOMENTS]
    for stack in stacks:
        stack.wait("CREATE_COMPLETE")
    with ThreadPoolExecutor(len(stacks)) as pool:
        list(pool.map(lambda pair: set_going(w, *pair), zip(stacks, MOMENTS, strict=True)))
    for stack in stacks:
        stack.wait("UPDATE_COMPLETE")
        creates = {r["RequestId"] for r in received(w, stack) if line(r) == "Create b"}
        assert len(creates) == 2, "the first b, and the one in its place"
