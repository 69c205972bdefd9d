"""A Heat whose database takes three bytes for a letter, MySQL's utf8mb3: nothing that a handler says wedges a stack."""

from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from functional.plugin.situations import World
from functional.plugin.stacks import Stack, custom, hot
from standalone import STATE, cloud, options


@pytest.fixture
def utf8mb3() -> Iterator[None]:
    told = options("heat", "utf8mb3")
    lines = (STATE / "conf" / "heat.conf").read_text().splitlines()
    (connection,) = (line for line in lines if line.startswith("connection") and "charset=utf8mb4" in line)
    told.write_text(f"[database]\n{connection.replace('utf8mb4', 'utf8')}\n")
    cloud("restart", "heat-engine")
    yield
    told.unlink()
    cloud("restart", "heat-engine")


@pytest.fixture
def describing() -> Iterator[None]:
    """Let members describe resources by heat-api-cfn, which asks Heat's policy about no project: that allows nobody."""
    policy = STATE / "conf" / "heat-policy.yaml"
    text = policy.read_text()
    calls = ("DescribeStackResource", "DescribeStackResources")
    policy.write_text(text + "".join(f"cloudformation:{call}: role:member\n" for call in calls))
    yield
    policy.write_text(text)


def described(w: World, stack: Stack, call: str) -> list[str]:
    """Return the texts that one of heat-api-cfn's calls tells of the resource, as XML."""
    answer = w.session.get(
        "/",
        params={"Action": call, "Version": "2010-05-15", "StackName": stack.name, "LogicalResourceId": "a"},
        # By a token in place of an EC2 signature.
        headers={"X-Auth-User": "demo"},
        endpoint_filter={"service_type": "cloudformation", "interface": "public"},
    )
    return [element.text or "" for element in ElementTree.fromstring(answer.content).iter()]  # noqa: S314 - Heat's own


@pytest.mark.usefixtures("utf8mb3", "describing")
def test_letters_beyond_three_bytes_are_replaced_in_clear_and_kept_elsewhere(w: World) -> None:
    w.handler.script = lambda _r: {
        "Status": "FAILED",
        "Reason": "no quota 😀 \x1b[31mred\x00",
        "PhysicalResourceId": "vm-😀",
    }
    failed = w.stacks.create(hot({"a": custom(w.handler.token)})).wait("CREATE_FAILED")
    assert "no quota \ufffd red\ufffd" in failed.reason("a")
    assert failed.resource("a").physical_resource_id == "vm-\ufffd"
    for call in ("DescribeStackResource", "DescribeStackResources"):
        assert {"CREATE_FAILED", failed.reason("a"), "vm-\ufffd"} <= set(described(w, failed, call))
    w.handler.script = lambda _r: {"Status": "SUCCESS", "Reason": "😀", "Data": {"Name": "größe 😀"}}
    failed.delete().wait("DELETE_COMPLETE")
    assert w.handler.sequence() == ["Create a", "Delete a vm-😀"]
    resources = {"a": custom(w.handler.token), "b": custom(w.handler.token, {"Of": {"get_attr": ["a", "Name"]}})}
    made = w.stacks.create(hot(resources, {"name": {"get_attr": ["a", "Name"]}})).wait("CREATE_COMPLETE")
    assert made.outputs() == {"name": "größe 😀"}
    assert w.handler.last("Create")["ResourceProperties"]["Of"] == "größe 😀"
