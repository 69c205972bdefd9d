"""What a stack's author reads while a resource waits, and no bridge or provider does anything about it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from functional.bridge_process import command, environment
from functional.plugin.handler import wait_until
from functional.plugin.situations import World
from functional.plugin.stacks import PATIENCE, Stack, custom, hot
from heatclient import exc
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


def told_so_far(stack: Stack) -> list[str]:
    try:
        return stack.told("a")
    except exc.HTTPNotFound:
        return []  # Heat has not come to the resource yet


def request_of(stack: Stack) -> dict[str, Any]:
    found = stack.heat.resources.get(stack.id, "a", with_attr=["request"])
    request: dict[str, Any] = found.attributes["request"]
    return request


def test_an_author_without_a_bridge_reads_why(w: World) -> None:
    # Nobody is there for its Delete either.
    resource = custom("a-name-for-routes", {"ServiceTimeout": 600}, deletion_policy="Retain")
    stack = w.stacks.create(hot({"a": resource}))
    wait_until(lambda: len(told_so_far(stack)) >= 3, PATIENCE, "the event that says so")
    request = request_of(stack)
    ids = f"(RequestId: {request['request_id']})"
    begun, asked, why = stack.told("a")
    assert begun == "state changed"
    assert asked.startswith("Create asked of a-name-for-routes, until ")
    assert asked.endswith(f" UTC {ids}")
    assert why.startswith("No bridge has taken the Create request for ")
    assert why.endswith(f" {ids}")
    # By heartbeats: a bridge that was killed shortly before is still seen.
    none, killed = ", and this project has none of its own: does one run", ", though this project's are there, on "
    assert (none in why) != (killed in why)
    assert (request["stage"], request["type"], request["execution"]) == ("asked", "Create", None)
    assert request["copies"] >= 2, "it is told before a copy more is posted"
    checked = command("customresource-bridge", "check", environ=environment()).stdout
    assert bridges_listed() == bridges_in(checked)


def bridges_listed() -> int:
    done = command("openstack", "customresource", "bridge", "list", "-f", "json", environ=environment())
    return sum(1 for row in json.loads(done.stdout) if row["Mode"] != "provider")


def bridges_in(checked: str) -> int:
    """Return how many a check counts; 0 where it warns that none is there. One that was killed may still be seen."""
    (said,) = re.findall(r"^(?:ok|warning) +bridges +(none|\d+)", checked, re.MULTILINE)
    return 0 if said == "none" else int(said)


def test_a_handler_says_how_far_it_is_before_it_answers(w: World) -> None:
    w.handler.script = lambda _r: None
    stack = w.stacks.create(hot({"a": custom(w.handler.token)}))
    create = w.handler.wait_for(1)[0]
    assert w.handler.answer(create, {"Status": "IN_PROGRESS", "Reason": "copying 40 %"}).status_code == 200
    assert (request_of(stack)["stage"], request_of(stack)["progress"]) == ("asked", "copying 40 %")
    w.handler.script = lambda _r: {"Status": "SUCCESS"}
    w.handler.answer(create, {"Status": "SUCCESS", "PhysicalResourceId": "id-1"})
    stack.wait("CREATE_COMPLETE")
    w.handler.answer(create, {"Status": "IN_PROGRESS", "Reason": "copying 90 %"})
    assert f"Create in progress: copying 40 % (RequestId: {create['RequestId']})" in stack.told("a")
    assert not [text for text in stack.told("a") if "90 %" in text], "it comes too late"
    request = request_of(stack)
    assert (request["stage"], request["request_id"]) == ("over", create["RequestId"])
