import dataclasses
from typing import Any

import golden
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.protocol import Request, Response, Status, limits
from customresource_bridge.protocol.answers.reader import read_value
from customresource_bridge.protocol.answers.workflow import LOST_OUTPUT, UNREADABLE_OUTPUT, outcome, workflow_input

CREATE = golden.request("create")
UPDATE = golden.request("update")


def answer(
    output: Any, *, request: Request = CREATE, state: str = "SUCCESS", state_info: str | None = None
) -> Response:
    response = outcome(request, state=state, output=output, state_info=state_info)
    assert response is not None
    return response


@pytest.mark.parametrize("name", ["create", "update"])
def test_a_workflow_gets_the_request_without_its_response_url(name: str) -> None:
    body = golden.request_body(name)
    del body["ResponseURL"]
    assert workflow_input(golden.request(name)) == {"request": body}


def test_the_author_s_own_input_is_sent_as_it_is() -> None:
    assert workflow_input(golden.request("delete")) == {"name": "web", "force": True}


def test_an_empty_input_of_the_author_is_an_input_too() -> None:
    body = golden.request_body("delete")
    body["OpenStack"]["Workflow"]["Input"] = {}
    assert workflow_input(Request.parse(body)) == {}


@given(golden.requests())
def test_no_workflow_ever_sees_the_response_url(request_: Request) -> None:
    request_ = dataclasses.replace(request_, response_url=type(request_.response_url)("https://secret/url"))
    assert "https://secret/url" not in str(workflow_input(request_))


@pytest.mark.parametrize("state", ["IDLE", "RUNNING", "PAUSED", "DELAYED", "WAITING", ""])
def test_an_execution_that_still_runs_answers_nothing(state: str) -> None:
    assert outcome(CREATE, state=state, output={"result": "x"}, state_info=None) is None


def test_a_plain_output_is_the_data() -> None:
    response = answer({"address": "10.0.0.7", "nested": {"a": [1]}})
    assert response.status is Status.SUCCESS
    assert response.data == {"address": "10.0.0.7", "nested": {"a": [1]}}
    assert response.physical_resource_id is None


def test_a_structured_output() -> None:
    response = answer(
        {"physical_resource_id": "record-web", "data": {"a": 1}, "no_echo": True, "reason": "moved", "else": "ignored"},
        request=UPDATE,
    )
    assert (response.physical_resource_id, response.data, response.no_echo, response.reason) == (
        "record-web",
        {"a": 1},
        True,
        "moved",
    )


@pytest.mark.parametrize("output", [{}, None, "text", {"data": {"a": 1}}, {"physical_resource_id": None}])
def test_the_physical_id_stays_where_the_workflow_gives_none(output: Any) -> None:
    assert answer(output, request=UPDATE).physical_resource_id == "record-www"
    assert answer(output).physical_resource_id is None


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ({"physical_resource_id": [7]}, "physical_resource_id is a list: send a string"),
        ({"data": "text"}, "data is a string: send an object"),
        ({"no_echo": "perhaps"}, "no_echo is a string: send true or false"),
        ({"physical_resource_id": "x" * 2000}, "physical_resource_id has 2000 bytes: the limit is 1024"),
        ({"a": "x" * limits.MAX_RESPONSE_BYTES}, f"the limit is {limits.MAX_RESPONSE_BYTES} bytes"),
        ({"a": float("nan")}, "not valid JSON"),
    ],
)
def test_an_output_that_is_no_response_fails_in_the_author_s_words(output: Any, says: str) -> None:
    response = answer(output, request=UPDATE)
    assert response.status is Status.FAILED
    assert says in response.reason
    assert response.physical_resource_id == "record-www"


def test_an_output_with_a_status_is_a_response() -> None:
    response = answer({"Status": "FAILED", "Reason": "no quota"})
    assert (response.status, response.reason) == (Status.FAILED, "no quota")
    unclear = answer({"Status": "ACTIVE", "PhysicalResourceId": "vm-1"})
    assert (unclear.status, unclear.physical_resource_id) == (Status.FAILED, "vm-1")
    assert "Status is 'ACTIVE': send SUCCESS or FAILED" in unclear.reason


@pytest.mark.parametrize(
    "output",
    [
        {"PhysicalResourceId": "vm-1", "Data": {"ip": "10.0.0.5"}},
        {"physicalResourceId": "vm-1", "data": {"ip": "10.0.0.5"}},
        {"PhysicalResourceID": "vm-1", "Data": {"ip": "10.0.0.5"}, "Status": "Success"},
    ],
)
def test_an_output_in_cloudformation_s_spelling_is_what_it_means(output: dict[str, Any]) -> None:
    response = answer(output)
    assert (response.status, response.physical_resource_id, response.data) == (
        Status.SUCCESS,
        "vm-1",
        {"ip": "10.0.0.5"},
    )


@pytest.mark.parametrize("output", [{"status": "FAILED"}, {"status": "failed", "reason": "no quota", "address": "x"}])
def test_an_output_that_says_it_failed_has_failed(output: dict[str, Any]) -> None:
    assert answer(output).status is Status.FAILED


def test_words_that_are_no_field_of_a_response_stay_data() -> None:
    server = {"status": "ACTIVE", "address": "10.0.0.5", "StackId": "another"}
    assert answer(server).data == server


def test_a_refused_output_keeps_its_id_and_its_reason() -> None:
    response = answer({"physical_resource_id": "vm-1", "data": "10.0.0.5", "reason": "made"})
    assert (response.status, response.physical_resource_id) == (Status.FAILED, "vm-1")
    assert response.reason == ("made (The workflow's output is no valid response: data is a string: send an object)")


@pytest.mark.parametrize("output", [{"data": "gone"}, {"a": float("nan")}, {"a": "x" * limits.MAX_RESPONSE_BYTES}])
def test_a_delete_that_ended_well_succeeds_whatever_it_gives(output: dict[str, Any]) -> None:
    assert answer(output, request=golden.request("delete")).status is Status.SUCCESS


def test_an_output_that_mistral_dropped_fails_the_resource_but_a_delete() -> None:
    response = answer(LOST_OUTPUT, request=UPDATE)
    assert (response.status, response.physical_resource_id) == (Status.FAILED, "record-www")
    assert "is larger than Mistral stores, and is lost: return less" in response.reason
    assert answer(LOST_OUTPUT, request=golden.request("delete")).status is Status.SUCCESS


def test_an_output_that_cannot_be_read_fails_the_resource_but_a_delete() -> None:
    response = answer(UNREADABLE_OUTPUT, request=UPDATE)
    assert (response.status, response.physical_resource_id) == (Status.FAILED, "record-www")
    assert "nests too deeply, or has a number too large: flatten it" in response.reason
    assert answer(UNREADABLE_OUTPUT, request=golden.request("delete")).status is Status.SUCCESS


@pytest.mark.parametrize("key", ["physical_resource_id", "PhysicalResourceId", "physicalResourceID", "resource_id"])
def test_the_id_that_an_execution_names_is_found_however_it_is_spelt(key: str) -> None:
    assert answer({"result": "no", key: 7}).physical_resource_id == "7"
    assert answer({"result": "no", key: "half"}, state="ERROR", state_info="no").physical_resource_id == "half"
    assert answer({"result": "no"}, state="ERROR", state_info="no").physical_resource_id is None


@given(st.sampled_from(["create", "update", "delete"]), golden.json_values)
def test_every_output_yields_a_response_that_can_be_read(name: str, output: Any) -> None:
    response = answer(output, request=golden.request(name))
    assert read_value(response.to_dict(), response.identity).response() == response


def test_a_failed_update_keeps_the_physical_id_and_a_failed_create_has_none() -> None:
    assert answer({}, request=UPDATE, state="ERROR", state_info="no").physical_resource_id == "record-www"
    assert answer({}, state="ERROR", state_info="no").physical_resource_id is None


@pytest.mark.parametrize("state", ["ERROR", "CANCELLED"])
@pytest.mark.parametrize("state_info", [None, "", "  \n "])
def test_a_workflow_that_ends_without_a_word_says_so(state: str, state_info: str | None) -> None:
    response = answer({}, state=state, state_info=state_info)
    assert response.status is Status.FAILED
    assert state in response.reason


def test_a_failed_create_may_name_what_it_left_behind() -> None:
    response = answer(
        {"result": "zone is full", "physical_resource_id": "half"}, state="ERROR", state_info="zone is full"
    )
    assert (response.reason, response.physical_resource_id) == ("zone is full", "half")


def test_a_published_reason_counts_where_mistral_gives_none_and_never_hides_the_failure_s_own() -> None:
    assert answer({"reason": "zone is full"}, state="ERROR").reason == "zone is full"
    assert answer({"reason": "a variable"}, state="ERROR", state_info="zone is full").reason == "zone is full"


@pytest.mark.parametrize("physical", [[7], "", "x" * 2000, None])
def test_a_bad_physical_id_on_error_does_not_hide_the_reason(physical: Any) -> None:
    response = answer({"physical_resource_id": physical}, request=UPDATE, state="ERROR", state_info="zone is full")
    assert (response.reason, response.physical_resource_id) == ("zone is full", "record-www")


@given(st.none() | st.text(st.characters()))
def test_every_state_info_yields_a_response_that_can_be_read(state_info: str | None) -> None:
    response = answer({}, state="ERROR", state_info=state_info)
    assert read_value(response.to_dict(), response.identity).response() == response
