import json
from typing import Any

import pytest

from customresource_bridge.protocol import Identity
from customresource_bridge.protocol.answers.progress import Progress, read_progress, read_progress_body

IDENTITY = Identity(stack_id="s", request_id="r", logical_resource_id="Web")


@pytest.mark.parametrize("status", ["IN_PROGRESS", "in-progress", "InProgress", " in progress "])
def test_a_handler_that_is_at_work_says_so_in_whatever_letters(status: str) -> None:
    body = {"Status": status, "RequestId": "r", "Reason": "copying 40 %"}
    progress = read_progress_body(json.dumps(body).encode(), IDENTITY, limit=1000)
    assert progress == Progress(identity=IDENTITY, reason="copying 40 %")
    assert progress is not None
    assert read_progress(progress.to_dict(), IDENTITY) == progress, "as it is handed on"


@pytest.mark.parametrize(
    "value",
    [
        {"Status": "SUCCESS", "Data": {"State": "IN_PROGRESS"}},
        {"Status": "FAILED", "Reason": "IN_PROGRESS"},
        {"Status": ["IN_PROGRESS"]},
        {"Status": "IN_PROGRESS", "RequestId": "another"},
        {"Status": "IN_PROGRESS", "RequestId": ["r"]},
        ["IN_PROGRESS"],
        None,
    ],
)
def test_anything_else_is_none(value: Any) -> None:
    assert read_progress(value, IDENTITY) is None
    assert read_progress_body(json.dumps(value).encode(), IDENTITY, limit=1000) is None


WHOLE = b'{"Status": "IN_PROGRESS"}'


@pytest.mark.parametrize("raw", [b"", WHOLE[:-1], b"\xff" + WHOLE, WHOLE * 100])
def test_a_broken_body_is_none(raw: bytes) -> None:
    assert read_progress_body(raw, IDENTITY, limit=1000) is None


def test_a_reason_is_cut_and_may_be_missing() -> None:
    long = read_progress({"Status": "IN_PROGRESS", "Reason": "x" * 10_000}, IDENTITY)
    assert long is not None
    assert len(long.reason) == 500
    assert read_progress({"Status": "IN_PROGRESS", "Reason": {"a": 1}}, IDENTITY) == Progress(identity=IDENTITY)
