"""Plugin and bridge share a key: what the plugin posts is handled, what anybody else posts or changes is set aside."""

import copy
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from functional.bridge_process import bridge, environment
from functional.gateway.cloud import CloudGateway
from functional.plugin.stacks import Stacks, custom, hot
from functional.tenant import until
from standalone import CLOUDS

from customresource_bridge.clients.mistral.mistral import Mistral
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.protocol import ids

WORKFLOW = """
version: '2.0'
crbs_signed:
  input: [request]
  output:
    physical_resource_id: signed
  tasks:
    done: {action: std.noop}
"""


@pytest.fixture
def mistral(gateway_cloud: CloudGateway) -> Iterator[Mistral]:
    client = Mistral.from_session(gateway_cloud.demo, timeout=120)
    client._workflows.create(WORKFLOW)
    yield client
    client._workflows.delete("crbs_signed")


def test_only_what_the_plugin_signed_is_handled(gateway_cloud: CloudGateway, mistral: Mistral, tmp_path: Path) -> None:
    zaqar = Zaqar.from_session(gateway_cloud.demo)
    config = tmp_path / "bridge.conf"
    config.write_text(gateway_cloud.bridge_options())
    told = environment(OS_CLIENT_CONFIG_FILE=str(CLOUDS))
    with Stacks(gateway_cloud.demo) as stacks:
        stack = stacks.create(hot({"a": custom("mistral:crbs_signed", {"Size": 1})}))
        queue = ids.stack_queue(stack.id)
        (genuine,) = until(lambda: [message.body for message in zaqar.messages(queue)], "the request is posted")
        assert genuine["OpenStack"]["Signature"]["Value"]
        forged = forgeries(genuine)
        for body in forged.values():
            zaqar.post(queue, body, ttl=300)
        with bridge(tmp_path / "bridge.log", "--config-file", str(config), environ=told):
            stack.wait("CREATE_COMPLETE")
            until(lambda: not list(zaqar.messages(queue, claimed=True)), "the queue is empty")
            stack.delete().wait("DELETE_COMPLETE")
    letters = [m.body for m in zaqar.messages(ids.DEAD_LETTER_QUEUE) if m.body["queue"] == queue]
    assert len(letters) == len(forged)
    assert all("Signature" in letter["reason"] for letter in letters)
    ran = [one for one in mistral._executions.list() if one.workflow_name == "crbs_signed"]
    assert len(ran) == 2  # the Create and the Delete
    zaqar.delete_queue(ids.DEAD_LETTER_QUEUE)


def forgeries(genuine: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the request with something changed, each under a RequestId of its own, and one without a signature."""
    changed = {
        "another property": ("ResourceProperties", {**genuine["ResourceProperties"], "Size": 1000}),
        "another type of request": ("RequestType", "Delete"),
        "another request": ("RequestId", str(uuid.uuid4())),
    }
    made = {name: {**copy.deepcopy(genuine), key: value} for name, (key, value) in changed.items()}
    extras = {key: value for key, value in genuine["OpenStack"].items() if key != "Signature"}
    made["unsigned"] = {**copy.deepcopy(genuine), "RequestId": str(uuid.uuid4()), "OpenStack": extras}
    return made
