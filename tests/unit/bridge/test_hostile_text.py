"""Control characters and the like in whatever comes from outside: no line of the log is theirs, and nothing hangs."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from one_bridge import QUEUE, OneBridge

from customresource_bridge import errors
from customresource_bridge.bridge.observability.request_log import log_step
from customresource_bridge.clients.dead_letters import letters
from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.log_lines import keep_to_lines

HOSTILE = "x\x1b[31m\r\nFORGED \x00\u202e\u2066\u2028\u0085\x9b31m\x7f"
MARK = "RECORD "
FIELDS = [
    *("RequestType", "ServiceToken", "ResponseURL", "StackId", "RequestId", "ResourceType", "LogicalResourceId"),
    *("PhysicalResourceId", "OpenStack.ProjectId", "OpenStack.PreviousRequestId", "OpenStack.Deadline"),
    *("OpenStack.Workflow.Name", "OpenStack.Workflow.Namespace"),
]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What a bridge writes into its log."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter(f"{MARK}%(message)s"))
    logger = logging.getLogger("customresource_bridge")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    keep_to_lines(logger)
    yield text
    logger.removeHandler(handler)
    logger.setLevel(level)


def check(log: io.StringIO) -> None:
    lines = log.getvalue().splitlines()
    assert lines
    assert all(line.isprintable() and line.startswith(MARK) for line in lines)


@pytest.mark.parametrize("text", [HOSTILE, "\ud800", "y" * 64 * 1024], ids=["control", "half a letter", "64 KiB"])
@pytest.mark.parametrize("field", FIELDS)
def test_a_field_of_a_request_writes_no_line_of_its_own_and_ends(field: str, text: str, log: io.StringIO) -> None:
    one = OneBridge(log_step)
    body = one.body("Update")
    body["OpenStack"]["Workflow"] = {"Name": "w"}
    *path, last = field.split(".")
    place = body
    for step in path:
        place = place[step]
    place[last] = text
    one.zaqar.post(QUEUE, body, ttl=7200)
    one.claim()
    one.end()
    check(log)
    assert len(one.bridge.table) == one.zaqar.count(QUEUE) == 0
    set_aside = list(letters(one.zaqar))  # type: ignore[arg-type]
    assert len(one.answers) + len(set_aside) == 1
    assert all(letter.reason.isprintable() for letter in set_aside)
    json.dumps(one.answers, ensure_ascii=False).encode()


def test_what_a_service_says_writes_no_line_of_its_own(log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: object, **_kwargs: object) -> None:
        raise errors.ServiceUnavailable("Mistral", "start", HOSTILE, status=503)

    one = OneBridge(log_step)
    with monkeypatch.context() as patch:
        patch.setattr(one.mistral, "start", away)
        one.post()
        one.claim()
    with monkeypatch.context() as patch:
        patch.setattr(one.zaqar, "claim_one", away)
        one.claim()
    one.deliveries = [(PutOutcome.RETRY, HOSTILE), (PutOutcome.REFUSED, HOSTILE)]
    one.later(60)
    one.end()
    one.later(60)
    check(log)
    assert log.getvalue().count("FORGED") == 4
    assert len(one.bridge.table) == 0


def test_what_a_workflow_says_writes_no_line_of_its_own(log: io.StringIO) -> None:
    one = OneBridge(log_step)
    one.post()
    one.claim()
    output = {"physical_resource_id": HOSTILE, "reason": HOSTILE, "data": {HOSTILE: HOSTILE}}
    one.mistral.end(one.mistral.begun[0], "ERROR", output=output, state_info=HOSTILE)
    one.bridge._watcher.tick()
    check(log)
    assert "FORGED" in log.getvalue()
    assert [answer["Status"] for answer in one.answers] == ["FAILED"]
