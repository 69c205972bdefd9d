"""What is answered after each ending."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Extras, Request, RequestType, Secret, Status
from customresource_bridge.provider.ending import Broke, Returned
from customresource_bridge.provider.response import answer_after

REQUEST = Request(
    request_type=RequestType.UPDATE,
    request_id="request-1",
    stack_id="arn:stack",
    logical_resource_id="Dns",
    resource_type="Custom::Dns",
    response_url=Secret("https://answer.example/v1/responses/x"),
    extras=Extras(project_id="p", deadline=datetime(2026, 11, 23, tzinfo=UTC)),
    physical_resource_id="zone-1",
    old_resource_properties={},
)
CREATE = replace(REQUEST, request_type=RequestType.CREATE, physical_resource_id=None, old_resource_properties=None)


def test_a_returned_response_is_the_answer() -> None:
    value = {"Status": "SUCCESS", "PhysicalResourceId": "zone-2", "Data": {"A": "1"}, "NoEcho": True}
    answer = answer_after(Returned(value), REQUEST)
    assert (answer.status, answer.physical_resource_id, answer.data, answer.no_echo) == (
        Status.SUCCESS,
        "zone-2",
        {"A": "1"},
        True,
    )


@pytest.mark.parametrize("value", [{"Data": {"A": "1"}}, {"Data": {"A": "1"}, "PhysicalResourceId": ""}])
def test_without_a_status_it_succeeded_and_without_an_id_it_keeps_its_own(value: dict[str, Any]) -> None:
    answer = answer_after(Returned(value), REQUEST)
    assert (answer.status, answer.physical_resource_id) == (Status.SUCCESS, "zone-1")


@pytest.mark.parametrize("value", [None, {}, "SUCCESS", True, [1], {"statusCode": 200, "body": "OK"}])
def test_any_other_value_fails_what_the_handler_did_not_answer_itself(value: Any) -> None:
    answer = answer_after(Returned(value), REQUEST)
    assert answer.status is Status.FAILED
    assert "neither did it PUT an answer" in answer.reason
    assert answer.physical_resource_id == "zone-1"


def test_the_event_itself_is_no_answer_unless_something_was_added() -> None:
    event = REQUEST.to_dict()
    assert answer_after(Returned(event), REQUEST).status is Status.FAILED
    for added in ({"Data": {"A": "1"}}, {"PhysicalResourceId": "zone-2"}):
        assert answer_after(Returned({**event, **added}), REQUEST).status is Status.SUCCESS


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"Status": "DONE"}, "Status is 'DONE'"),
        ({"Data": "text"}, "Data is a string"),
        ({"Status": "SUCCESS", "RequestId": "another"}, "RequestId"),
        ({"PhysicalResourceId": "x" * 2000}, "PhysicalResourceId"),
    ],
)
def test_a_returned_response_that_is_wrong_fails_and_says_where(value: dict[str, Any], named: str) -> None:
    answer = answer_after(Returned(value), REQUEST)
    assert answer.status is Status.FAILED
    assert named in answer.reason


@pytest.mark.parametrize(
    "value",
    [
        {"PhysicalResourceID": "zone-2"},
        {"physicalResourceId": "zone-2", "data": {"A": "1"}},
        {"PhysicalResourceId": "zone-2", "Data": "text"},
        {"Status": "DONE", "PhysicalResourceId": "zone-2"},
    ],
)
def test_an_id_is_kept_however_it_is_spelt_and_whatever_is_wrong_beside_it(value: dict[str, Any]) -> None:
    assert answer_after(Returned(value), CREATE).physical_resource_id == "zone-2"


def test_what_is_no_json_costs_neither_the_id_nor_the_reason() -> None:
    lost = "TypeError: Object of type datetime is not JSON serializable"
    answer = answer_after(Returned({"PhysicalResourceId": "zone-2"}, lost), CREATE)
    assert (answer.status, answer.physical_resource_id) == (Status.FAILED, "zone-2")
    assert lost in answer.reason
    assert answer_after(Returned({"a": 1}, lost), CREATE).reason.endswith(f"is not JSON ({lost})")


def test_a_failure_that_is_returned_in_small_letters_is_one() -> None:
    answer = answer_after(Returned({"status": "failed", "reason": "no quota"}), CREATE)
    assert (answer.status, answer.reason) == (Status.FAILED, "no quota")


def test_a_response_that_is_returned_as_its_json_is_one() -> None:
    answer = answer_after(
        Returned('{"Status": "FAILED", "Reason": "no quota", "PhysicalResourceId": "zone-2"}'), CREATE
    )
    assert (answer.status, answer.reason, answer.physical_resource_id) == (Status.FAILED, "no quota", "zone-2")
    assert "neither did it PUT" in answer_after(Returned('{"statusCode": 200}'), CREATE).reason


def test_of_a_delete_only_status_and_reason_count() -> None:
    delete = replace(REQUEST, request_type=RequestType.DELETE)
    assert answer_after(Returned({"Status": "SUCCESS", "Data": "text"}), delete).status is Status.SUCCESS
    assert answer_after(Returned({"Data": "text"}), delete).status is Status.SUCCESS


def test_a_broken_handler_fails_with_what_happened() -> None:
    answer = answer_after(Broke("The handler raised ValueError: no"), REQUEST)
    assert (answer.status, answer.reason) == (Status.FAILED, "The handler raised ValueError: no")
