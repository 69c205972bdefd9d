"""Each record of a handler's output names its request, and none can be taken for another's."""

import logging

import pytest

from customresource_bridge.cmd.provider.output import block, log_for


def test_a_line_is_logged_after_the_request_s_id(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        log_for({"RequestId": "request-1"})("hello \x1b[31m")
        log_for({})("at the import")
    assert caplog.messages == ["[request-1] hello ?[31m", "[-] at the import"]


def test_a_traceback_is_one_record_and_an_error(caplog: pytest.LogCaptureFixture) -> None:
    text = "Traceback (most recent call last):\n  File x\n2026 INFO forged\x1b[0m"
    log_for({"RequestId": "request-1"})(text)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage() == "[request-1] " + block(text)
    assert block(text).splitlines()[1:] == ["      File x", "    2026 INFO forged?[0m"]


def test_the_ids_are_in_the_record_by_themselves(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        log_for({"RequestId": "r\x07", "LogicalResourceId": "Dns", "ResponseURL": "https://secret"})("x")
    (record,) = caplog.records
    assert (record.RequestId, record.LogicalResourceId) == ("r?", "Dns")  # type: ignore[attr-defined]
