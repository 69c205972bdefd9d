"""What crhelper's handler answers to a poll is the answer; what it had named is never left out."""

from typing import Any

import pytest

from customresource_bridge.protocol import Status
from customresource_bridge.provider.crhelper import after_poll, timed_out
from customresource_bridge.provider.ending import Broke, Returned
from customresource_bridge.testing import a_request

REQUEST = a_request("Create")
EVENT = {**REQUEST.to_dict(), "CrHelperPoll": True, "CrHelperData": {"PhysicalResourceId": "job-1"}}


def test_nothing_yet_is_no_answer() -> None:
    assert after_poll(Returned(None, again=EVENT), REQUEST, EVENT) is None


def test_its_answer_is_the_answer() -> None:
    answer = after_poll(Returned({"Status": "SUCCESS", "PhysicalResourceId": "own", "Data": {"A": 1}}), REQUEST, EVENT)
    assert answer is not None
    assert (answer.status, answer.physical_resource_id, answer.data) == (Status.SUCCESS, "own", {"A": 1})


@pytest.mark.parametrize(
    "ending",
    [
        Broke("The handler's process was killed by SIGKILL"),
        Returned({"Status": "FAILED", "Reason": "no quota", "PhysicalResourceId": "s_Thing_ABC"}),
        Returned({"Status": "FAILED", "Reason": "no quota"}),
    ],
)
def test_a_failure_names_what_was_made(ending: Any) -> None:
    answer = after_poll(ending, REQUEST, EVENT)
    assert answer is not None
    assert (answer.status, answer.physical_resource_id) == (Status.FAILED, "job-1")
    assert answer.reason


def test_so_does_a_time_that_is_up() -> None:
    answer = timed_out(REQUEST, EVENT)
    assert (answer.status, answer.physical_resource_id) == (Status.FAILED, "job-1")
    assert answer.reason == "Operation timed out: poll_create returned nothing in time"
    delete = a_request("Delete", physical_resource_id="old")
    assert timed_out(delete, {"CrHelperData": {"PhysicalResourceId": None}}).physical_resource_id == "old"
