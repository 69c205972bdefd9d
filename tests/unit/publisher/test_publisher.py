"""Mistral's publisher tells of the end of our own executions, and of nothing else."""

import uuid
from typing import Any

import pytest

from customresource_bridge.protocol import ids
from customresource_bridge.protocol.messaging import hint
from customresource_bridge.publisher.publisher import Publisher

OURS = ids.execution_id(project_id="p", stack_id="s", logical_resource_id="r", request_id="q")
THEIRS = str(uuid.uuid4())


class Cast:
    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def cast(self, context: dict[str, Any], method: str, **arguments: Any) -> None:
        assert context == {}
        self.sent.append((method, arguments))


@pytest.mark.parametrize(
    ("execution_id", "event", "data", "is_sent"),
    [
        (OURS, "WORKFLOW_SUCCEEDED", {}, True),
        (OURS, "WORKFLOW_FAILED", {"task_execution_id": None}, True),
        (OURS, "WORKFLOW_CANCELLED", {}, True),
        (OURS, "WORKFLOW_LAUNCHED", {}, False),
        (OURS, "TASK_SUCCEEDED", {}, False),
        (OURS, "WORKFLOW_SUCCEEDED", {"task_execution_id": "t"}, False),
        (THEIRS, "WORKFLOW_SUCCEEDED", {}, False),
        ("nonsense", "WORKFLOW_SUCCEEDED", {}, False),
    ],
)
def test_only_the_end_of_our_own_is_published(execution_id: str, event: str, data: Any, is_sent: bool) -> None:
    published = Publisher()
    published._client = cast = Cast()
    published.publish(object(), execution_id, {"output": "secret", **data}, event, "now", more=1)
    assert cast.sent == ([(hint.METHOD, {"execution_id": execution_id})] if is_sent else [])
