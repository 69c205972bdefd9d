"""A step of a request is one line in the words of bridge and gateway, and its names are in the record too."""

import ast
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from plugin_parts import pending

from customresource_bridge import plugin
from customresource_bridge.plugin.metrics.figures import FIGURES, Step
from customresource_bridge.plugin.request_log import log_step

STACK = "arn:openstack:heat::p:stacks/mine/11111111-1111-4111-8111-111111111111"
REF: Any = SimpleNamespace(stack_id=STACK, name="Dns")


def test_a_line_names_phase_resource_request_and_stack(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    log_step(REF, pending(), "posted")
    (record,) = caplog.records
    assert record.getMessage() == "Update of Dns [r] in mine/11111111-1111-4111-8111-111111111111: posted"
    assert record.levelname == "INFO"


def test_the_level_is_the_callers_and_the_ids_stand_in_the_record(caplog: pytest.LogCaptureFixture) -> None:
    log_step(REF, pending(), "could not be sent", level=logging.WARNING)
    (record,) = caplog.records
    names = {"RequestId": "r", "RequestType": "Update", "LogicalResourceId": "Dns", "StackId": STACK}
    assert record.levelname == "WARNING"
    assert names.items() <= record.__dict__.get("extra", record.__dict__).items()


def test_what_a_service_said_is_one_line_that_no_terminal_obeys(caplog: pytest.LogCaptureFixture) -> None:
    log_step(REF, pending(), "not sent: a\x1b[31m\r\n2026 CRITICAL forged\u2028\u202e", level=logging.WARNING)
    (record,) = caplog.records
    assert record.getMessage().isprintable()
    assert record.getMessage().endswith("not sent: a?[31m  2026 CRITICAL forged ?")


def test_no_warning_is_logged_while_an_exception_is_handled() -> None:
    # oslo.log adds that one's text, which may be Keystone's, or the database's with what was to be stored.
    places = [
        f"{path.name}:{call.lineno}"
        for path in Path(plugin.__file__).parent.rglob("*.py")
        for handler in ast.walk(ast.parse(path.read_text()))
        if isinstance(handler, ast.ExceptHandler)
        for call in ast.walk(handler)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"LOG.warning", "LOG.error", "LOG.exception"}
    ]
    assert places == []


def test_a_step_that_has_a_figure_is_counted_and_trouble_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    def counted(step: str) -> int:
        lines = FIGURES.exposition().decode().splitlines()
        return sum(int(line.rsplit(" ", 1)[1]) for line in lines if f'step="{step}"' in line)

    before = counted("timed_out"), counted("parked")
    with caplog.at_level(logging.INFO):
        log_step(REF, pending(), "over", step=Step.TIMED_OUT)
        log_step(REF, pending(), "waits", step=Step.PARKED)
    assert (counted("timed_out"), counted("parked")) == (before[0] + 1, before[1] + 1)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
