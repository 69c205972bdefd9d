"""What a stack's author reads while a resource waits, and no bridge or provider does anything about it."""

from collections.abc import Iterator
from typing import Any

import pytest
from functional.plugin.handler import wait_until
from functional.plugin.situations import World, custom, hot
from functional.plugin.stacks import Stack
from standalone import cloud, options


@pytest.fixture(scope="module", autouse=True)
def _soon() -> Iterator[None]:
    """Have requests posted again, and what became of them told, after seconds instead of minutes."""
    told = options("heat", "story-test")
    told.write_text("[custom_resource]\nrepost_after = 6,60\nuntaken_notice_after = 5\n")
    cloud("restart", "heat-engine")
    yield
    told.unlink()
    cloud("restart", "heat-engine")


def request_of(stack: Stack) -> dict[str, Any]:
    found = stack.heat.resources.get(stack.id, "a", with_attr=["request"])
    request: dict[str, Any] = found.attributes["request"]
    return request


def test_an_author_without_a_bridge_reads_why(w: World) -> None:
    stack = w.stacks.create(hot({"a": custom("a-name-for-routes", {"ServiceTimeout": 120})}))
    wait_until(lambda: len(stack.told("a")) >= 3, 30, "the event that says so")
    request = request_of(stack)
    ids = f"(RequestId: {request['request_id']})"
    begun, asked, why = stack.told("a")
    assert begun == "state changed"
    assert asked.startswith("Create asked of a-name-for-routes, until ")
    assert asked.endswith(f" UTC {ids}")
    assert why.startswith("No bridge has taken the Create request for ")
    assert why.endswith(f" seconds: does one run for this project? {ids}")
    assert (request["stage"], request["type"], request["execution"]) == ("asked", "Create", None)
    assert request["copies"] == 2
