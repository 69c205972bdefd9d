"""What onEvent and isComplete mean by what they return: as behind the CDK's provider framework."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Extras, Request, RequestType, Secret, Status, ids
from customresource_bridge.provider import cdk
from customresource_bridge.provider.ending import Broke, Returned

CREATE = Request(
    request_type=RequestType.CREATE,
    request_id="request-1",
    stack_id="arn:stack",
    logical_resource_id="Dns",
    resource_type="Custom::Dns",
    response_url=Secret("https://answer.example/v1/responses/hidden"),
    extras=Extras(project_id="p", deadline=datetime(2026, 11, 23, tzinfo=UTC)),
    resource_properties={"Name": "x"},
)
UPDATE = replace(
    CREATE, request_type=RequestType.UPDATE, physical_resource_id="zone-1", old_resource_properties={"Name": "y"}
)
DELETE = replace(CREATE, request_type=RequestType.DELETE, physical_resource_id="zone-1")
DERIVED = ids.default_physical_resource_id(stack_id="arn:stack", logical_resource_id="Dns", request_id="request-1")
EVENT = cdk.event_of(CREATE.to_dict())


def test_the_event_has_no_response_url() -> None:
    assert "hidden" not in repr(EVENT)
    assert EVENT["ResponseURL"] == "..."
    assert EVENT["ResourceProperties"] == {"Name": "x"}


@pytest.mark.parametrize("value", [None, {}, {"Other": 1}])
@pytest.mark.parametrize(("request_", "kept"), [(CREATE, DERIVED), (UPDATE, "zone-1"), (DELETE, "zone-1")])
def test_nothing_returned_is_success_and_the_id_is_kept(value: Any, request_: Request, kept: str) -> None:
    answer = cdk.after_on_event(Returned(value), request_)
    assert (answer.status, answer.physical_resource_id) == (Status.SUCCESS, kept)


def test_what_on_event_returns_is_the_answer() -> None:
    value = {"PhysicalResourceId": "zone-2", "Data": {"A": "1"}, "NoEcho": True, "RequestId": "its own"}
    answer = cdk.after_on_event(Returned(value), UPDATE)
    assert (answer.status, answer.physical_resource_id) == (Status.SUCCESS, "zone-2")
    assert (answer.data, answer.no_echo, answer.identity) == ({"A": "1"}, True, UPDATE.identity)


def test_a_delete_keeps_its_id_whatever_is_returned() -> None:
    answer = cdk.after_on_event(Returned({"PhysicalResourceId": "another", "Data": "text"}), DELETE)
    assert (answer.status, answer.physical_resource_id) == (Status.SUCCESS, "zone-1")


def test_raising_is_failure_and_after_a_create_that_raised_no_handler_gets_the_delete() -> None:
    failed = cdk.after_on_event(Broke("The handler raised ValueError: no"), CREATE)
    assert (failed.status, failed.reason) == (Status.FAILED, "The handler raised ValueError: no")
    delete = replace(DELETE, physical_resource_id=failed.physical_resource_id)
    known = cdk.known_answer(delete)
    assert known is not None
    assert (known.status, known.physical_resource_id) == (Status.SUCCESS, failed.physical_resource_id)
    assert cdk.known_answer(DELETE) is None
    assert cdk.known_answer(CREATE) is None
    assert cdk.after_on_event(Broke("x"), UPDATE).physical_resource_id == "zone-1"


@pytest.mark.parametrize(
    ("value", "said"), [("text", "a text"), ([1], "a list"), (True, "a truth value"), (5, "a number")]
)
def test_what_is_no_object_is_refused(value: Any, said: str) -> None:
    answer = cdk.after_on_event(Returned(value), CREATE)
    assert answer.status is Status.FAILED
    assert answer.reason == f"onEvent returned {said}: it has to return an object, or nothing"
    assert cdk.event_after(Returned(value), CREATE, EVENT) is None


def test_a_failure_that_is_returned_is_one() -> None:
    value = {"Status": "FAILED", "Reason": "no quota", "PhysicalResourceId": "zone-2"}
    answer = cdk.after_on_event(Returned(value), CREATE)
    assert (answer.status, answer.reason, answer.physical_resource_id) == (Status.FAILED, "no quota", "zone-2")
    assert cdk.event_after(Returned(value), CREATE, EVENT) is None


def test_is_complete_gets_the_event_with_all_that_on_event_returned() -> None:
    event = cdk.event_after(Returned({"Job": 7, "Data": {"A": "1"}}), CREATE, EVENT)
    assert event == {**EVENT, "Job": 7, "Data": {"A": "1"}, "PhysicalResourceId": DERIVED}
    assert cdk.event_after(Broke("no"), CREATE, EVENT) is None


AFTER = {**EVENT, "PhysicalResourceId": "zone-1", "Data": {"A": "1", "B": "1"}, "Job": 7}


@pytest.mark.parametrize("value", [{"IsComplete": False}, {"IsComplete": None}, {}, {"IsComplete": 0, "Data": {}}])
def test_what_is_not_complete_goes_on(value: Any) -> None:
    assert cdk.after_is_complete(Returned(value), CREATE, AFTER) is None


@pytest.mark.parametrize("truth", [True, 1, "yes", {}])
def test_what_is_complete_succeeds_and_its_data_is_merged(truth: Any) -> None:
    value = {"IsComplete": truth, "Data": {"B": "2", "C": "3"}}
    answer = cdk.after_is_complete(Returned(value), CREATE, AFTER)
    assert answer is not None
    assert (answer.status, answer.physical_resource_id) == (Status.SUCCESS, "zone-1")
    assert answer.data == {"A": "1", "B": "2", "C": "3"}


@pytest.mark.parametrize("no_echo", [{}, {"NoEcho": False}])
def test_what_one_of_the_two_hides_is_hidden(no_echo: dict[str, Any]) -> None:
    answer = cdk.after_is_complete(Returned({"IsComplete": True, **no_echo}), CREATE, {**AFTER, "NoEcho": True})
    assert answer is not None
    assert (answer.no_echo, answer.data) == (True, {"A": "1", "B": "1"})


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        (Broke("The handler raised LookupError"), "LookupError"),
        (Returned(None), "isComplete returned nothing"),
        (Returned({"Data": {"A": "1"}}), "Data without IsComplete"),
    ],
)
def test_what_is_complete_wrongly_fails_and_keeps_the_id(ending: Any, said: str) -> None:
    answer = cdk.after_is_complete(ending, CREATE, AFTER)
    assert answer is not None
    assert (answer.status, answer.physical_resource_id) == (Status.FAILED, "zone-1")
    assert said in answer.reason


def test_what_is_not_complete_in_time_fails_and_keeps_the_id() -> None:
    answer = cdk.timed_out(CREATE, AFTER)
    assert (answer.status, answer.physical_resource_id) == (Status.FAILED, "zone-1")
    assert answer.reason.startswith("Operation timed out")
