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


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage().removeprefix("project p: ") for record in caplog.records]


def test_one_things_recovery_hides_no_others_trouble(
    trouble: TroubleLog, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(62):
        trouble.failed("a: forbidden", thing="a")
        trouble.works(thing="b")
        time.seconds += 5
    trouble.failed("b: forbidden", thing="b")
    trouble.works(thing="a")
    trouble.works(thing="b")
    assert lines(caplog) == [
        "cannot list executions, will try again: a: forbidden",
        "still cannot list executions, 61 failures in 300 s: a: forbidden",
        "cannot list executions, will try again: b: forbidden",
        "can list executions again, after 63 failures in 310 s",
    ]


def test_an_outage_of_many_things_names_a_few(trouble: TroubleLog, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        for number in range(500):
            trouble.failed("busy", thing=str(number))
    for number in range(500):
        trouble.works(thing=str(number))
    assert len(lines(caplog)) == 6
    assert lines(caplog)[-1] == "can list executions again, after 1500 failures in 0 s"


def test_a_thing_that_is_tried_no_more_keeps_no_trouble_alive(
    trouble: TroubleLog, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    trouble.failed("gone", thing="a")
    time.seconds = 3 * EVERY
    trouble.failed("busy", thing="b")
    trouble.works(thing="b")
    assert lines(caplog) == [
        "cannot list executions, will try again: gone",
        "cannot list executions, will try again: busy",
        "can list executions again, after 1 failures in 0 s",
    ]


def test_what_is_tried_once_an_hour_is_one_trouble(
    trouble: TroubleLog, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        trouble.failed("busy")
        time.seconds += 3600
    trouble.works()
    assert lines(caplog)[1:] == [
        "still cannot list executions, 2 failures in 3600 s: busy",
        "can list executions again, after 2 failures in 7200 s",
    ]
