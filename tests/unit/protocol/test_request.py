import copy
import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import golden
import pytest
from hypothesis import given

from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Extras, Request, RequestError, RequestType, Secret, limits
from customresource_bridge.protocol.answers.workflow import workflow_input
from customresource_bridge.protocol.request import heeds_predecessor_until


@pytest.mark.parametrize("name", ["create", "update", "delete", "check"])
def test_a_golden_request_survives_the_way_in_and_out(name: str) -> None:
    body = golden.request_body(name)
    assert Request.parse(body).to_dict() == body


@given(golden.requests())
def test_whatever_is_sent_is_read_as_it_was(request_: Request) -> None:
    assert Request.parse(json.dumps(request_.to_dict())) == request_


def test_the_fields_of_an_update() -> None:
    request = golden.request("update")
    assert request.request_type is RequestType.UPDATE
    assert request.physical_resource_id == "record-www"
    assert request.old_resource_properties is not None
    assert request.old_resource_properties["Ports"] == ["80", "443"]
    assert request.extras.previous_request_id == golden.request("create").request_id
    assert request.extras.deadline == datetime(2026, 11, 23, 5, tzinfo=UTC)


def test_a_check_speaks_of_a_thing_and_of_no_former_properties() -> None:
    body = golden.request_body("check") | {"OldResourceProperties": {"Name": "www"}}
    request = Request.parse(body)
    assert request.request_type is RequestType.CHECK
    assert (request.physical_resource_id, request.old_resource_properties) == ("record-web", None)
    with pytest.raises(RequestError, match="PhysicalResourceId"):
        Request.parse({**body, "PhysicalResourceId": None})


def test_only_a_create_and_an_update_make_something() -> None:
    assert [kind for kind in RequestType if kind.makes] == [RequestType.CREATE, RequestType.UPDATE]


def test_a_create_has_no_physical_id_even_if_someone_sends_one() -> None:
    body = golden.request_body("create") | {"PhysicalResourceId": "chosen by a stranger"}
    assert Request.parse(body).physical_resource_id is None


@pytest.mark.parametrize(
    "field",
    ["RequestType", "RequestId", "StackId", "LogicalResourceId", "ResourceType", "ResponseURL", "OpenStack",
     "ResourceProperties", "OldResourceProperties", "PhysicalResourceId"],
)  # fmt: skip
@pytest.mark.parametrize("wrong", [None, 7, True, [], "   "])
def test_a_wrong_field_is_named(field: str, wrong: Any) -> None:
    body = golden.request_body("update") | {field: wrong}
    with pytest.raises(RequestError) as caught:
        Request.parse(body)
    assert caught.value.field == field
    assert caught.value.problem
    assert caught.value.remedy


@pytest.mark.parametrize("field", ["RequestId", "StackId", "ResponseURL", "ResourceProperties", "OpenStack"])
def test_a_missing_field_is_called_missing(field: str) -> None:
    body = golden.request_body("create")
    del body[field]
    with pytest.raises(RequestError, match=rf"^{field} is missing"):
        Request.parse(body)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("OpenStack.Version", 2),
        ("OpenStack.Version", "1"),
        ("OpenStack.Version", True),
        ("OpenStack.ProjectId", ""),
        ("OpenStack.Deadline", "tomorrow"),
        ("OpenStack.Deadline", "2026-11-23T05:00:00"),
        ("OpenStack.Deadline", "0001-01-01T00:00:00+14:00"),
        ("OpenStack.PreviousRequestId", 7),
        ("OpenStack.HeldIds", "record-www"),
        ("OpenStack.HeldIds", ["1", "2", "3", "4", "5"]),
        ("OpenStack.Workflow", "record"),
        ("OpenStack.Workflow.Name", None),
        ("OpenStack.Workflow.Namespace", ["dns"]),
        ("OpenStack.Workflow.Input", "force"),
    ],
)
def test_a_wrong_extra_is_named_with_its_path(path: str, wrong: Any) -> None:
    body = golden.request_body("delete")
    *parents, last = path.split(".")
    target = body
    for parent in parents:
        target = target[parent]
    target[last] = wrong
    with pytest.raises(RequestError) as caught:
        Request.parse(body)
    assert caught.value.field == path


@pytest.mark.parametrize("wrong", ["", 7, "x" * 1025, "\ud800"])
def test_a_wrong_id_that_stays_is_named_with_its_place(wrong: Any) -> None:
    body = golden.request_body("delete")
    body["OpenStack"]["HeldIds"] = ["record-www", wrong]
    with pytest.raises(RequestError) as caught:
        Request.parse(body)
    assert caught.value.field == ("The message" if wrong == "\ud800" else "OpenStack.HeldIds[1]")


@pytest.mark.parametrize("body", [None, [], "", b"", "null", "[1]", b"\xff\xfe", "{", '{"a": 1, "a": 2}', 7])
def test_what_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(RequestError, match=r"^The message "):
        Request.parse(body)


@given(golden.json_values)
def test_hostile_json_raises_nothing_else(value: Any) -> None:
    with pytest.raises(RequestError):
        Request.parse(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_what_cannot_be_sent_on_is_refused_decoded_or_not(value: Any) -> None:
    body = golden.request_body("create")
    body["ResourceProperties"]["Name"] = value
    for sent in (body, json.dumps(body)):
        with pytest.raises(RequestError, match=r"^The message "):
            Request.parse(sent)


def test_a_decoded_message_has_the_same_limits() -> None:
    body = golden.request_body("create")
    body["ResourceProperties"]["Name"] = "x" * limits.MAX_REQUEST_BYTES
    for sent in (body, json.dumps(body)):
        with pytest.raises(RequestError, match=f"limit is {limits.MAX_REQUEST_BYTES} bytes"):
            Request.parse(sent)


@pytest.mark.parametrize("depth", [limits.MAX_NESTING, 100_000])
def test_deep_nesting_is_refused_not_overflowed(depth: int) -> None:
    body = json.dumps(golden.request_body("create"))
    nested = body.replace('"www"', "[" * depth + "]" * depth)
    with pytest.raises(RequestError, match="deep"):
        Request.parse(nested)


def test_an_error_never_repeats_a_secret() -> None:
    body = golden.request_body("create")
    secret = body["ResponseURL"]
    for field in body:
        wrong = copy.deepcopy(body) | {field: [secret]}
        with pytest.raises(RequestError) as caught:
            Request.parse(wrong)
        assert secret not in repr(caught.value)


@pytest.mark.parametrize("name", ["create", "update", "delete"])
def test_a_repr_shows_no_secret_and_no_properties(name: str) -> None:
    shown = repr(golden.request(name))
    for secret in ("sealed-token", "mistral:", "443", "force"):
        assert secret not in shown
    assert golden.request(name).request_id in shown


def test_a_request_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        golden.request("create").request_id = "another"  # type: ignore[misc]


def test_a_deadline_is_sent_in_utc() -> None:
    deadline = datetime(2026, 11, 23, 7, tzinfo=timezone(timedelta(hours=2)))
    assert Extras(project_id="p", deadline=deadline).to_dict()["Deadline"] == "2026-11-23T05:00:00+00:00"


def test_since_when_a_request_waits_is_for_bridges_alone_and_copies_with_and_without_it_have_one_input() -> None:
    request = golden.request("update")
    request = replace(request, extras=replace(request.extras, workflow=None))
    told = replace(request, extras=replace(request.extras, asked_at=datetime(2026, 11, 23, 4, tzinfo=UTC)))
    assert Request.parse(told.to_dict()) == told
    assert told.to_dict()["OpenStack"]["AskedAt"] == "2026-11-23T04:00:00+00:00"
    assert workflow_input(told) == workflow_input(request)


def test_whose_stack_it_is_is_for_bridges_alone_and_no_workflow_is_given_it() -> None:
    request = golden.request("update")
    request = replace(request, extras=replace(request.extras, workflow=None))
    told = replace(request, extras=replace(request.extras, owner_id="u1"))
    assert Request.parse(told.to_dict()) == told
    assert told.to_dict()["OpenStack"]["OwnerId"] == "u1"
    assert workflow_input(told) == workflow_input(request)
    with pytest.raises(RequestError, match=r"OpenStack\.OwnerId"):
        Request.parse(replace(told, extras=replace(told.extras, owner_id="u" * 65)).to_dict())


def test_where_the_previous_requests_outcome_is_told_is_a_secret_that_no_workflow_is_given() -> None:
    request = golden.request("update")
    url = Secret("https://heat/previous-token-of-mine")
    known = replace(request, extras=replace(request.extras, workflow=None, previous_response_url=url))
    assert Request.parse(known.to_dict()) == known
    for shown in (repr(known), str(workflow_input(known))):
        assert "token-of-mine" not in shown


def test_what_an_engine_of_the_release_before_passes_on_as_one_previous_request_is_several() -> None:
    first, second = str(UUID(int=1)), str(UUID(int=2))
    body = golden.request("delete").to_dict()
    body["OpenStack"]["PreviousRequestId"] = f"{first} {second}"
    extras = Request.parse(body).extras
    assert (extras.previous_request_id, extras.previous) == (first, (first, second))


def test_a_predecessor_is_heeded_for_half_of_a_request_s_own_time() -> None:
    asked_at = datetime(2030, 1, 1, tzinfo=UTC)
    deadline = asked_at + timedelta(seconds=61)
    assert heeds_predecessor_until(asked_at=asked_at, deadline=deadline) == asked_at + timedelta(seconds=30.5)
