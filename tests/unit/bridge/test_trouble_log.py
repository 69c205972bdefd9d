"""An outage is one warning, one more each few minutes, and one line at its end."""

import logging

import pytest
from bridge_parts import Time
from oslo_log import log as oslo_log

from customresource_bridge.bridge.trouble_log import EVERY, TroubleLog


@pytest.fixture
def trouble(time: Time, caplog: pytest.LogCaptureFixture) -> TroubleLog:
    caplog.set_level(logging.INFO)
    return TroubleLog(oslo_log.getLogger("bridge"), "list executions", of="project p", clock=time.clock)


def test_sixteen_minutes_without_mistral_are_five_lines(
    trouble: TroubleLog, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    while time.seconds < 960:
        trouble.failed("busy (503)")
        time.seconds += 5
    trouble.works()
    assert [record.getMessage() for record in caplog.records] == [
        "project p: cannot list executions, will try again: busy (503)",
        "project p: still cannot list executions, 61 failures in 300 s: busy (503)",
        "project p: still cannot list executions, 121 failures in 600 s: busy (503)",
        "project p: still cannot list executions, 181 failures in 900 s: busy (503)",
        "project p: can list executions again, after 192 failures in 960 s",
    ]
    assert [record.levelname for record in caplog.records] == [*["WARNING"] * 4, "INFO"]


def test_what_works_says_nothing(trouble: TroubleLog, caplog: pytest.LogCaptureFixture) -> None:
    trouble.works()
    assert caplog.records == []


def test_the_next_outage_begins_anew(trouble: TroubleLog, time: Time, caplog: pytest.LogCaptureFixture) -> None:
    trouble.failed("a")
    time.seconds = EVERY
    trouble.works()
    trouble.failed("b")
    assert caplog.records[-1].getMessage() == "project p: cannot list executions, will try again: b"
