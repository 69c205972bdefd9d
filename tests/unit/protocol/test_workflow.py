import dataclasses
from typing import Any

import golden
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.protocol import Request, Response, Status, limits
from customresource_bridge.protocol.workflow import outcome, workflow_input

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
        ({"physical_resource_id": 7}, "physical_resource_id is a number: send a string"),
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


@given(st.sampled_from(["create", "update", "delete"]), golden.json_values)
def test_every_output_yields_a_response_that_can_be_read(name: str, output: Any) -> None:
    response = answer(output, request=golden.request(name))
    assert Response.parse(response.to_dict(), response.identity) == response


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


@pytest.mark.parametrize("physical", [7, "", "x" * 2000, None])
def test_a_bad_physical_id_on_error_does_not_hide_the_reason(physical: Any) -> None:
    response = answer({"physical_resource_id": physical}, request=UPDATE, state="ERROR", state_info="zone is full")
    assert (response.reason, response.physical_resource_id) == ("zone is full", "record-www")


@given(st.none() | st.text(st.characters()))
def test_every_state_info_yields_a_response_that_can_be_read(state_info: str | None) -> None:
    response = answer({}, state="ERROR", state_info=state_info)
    assert Response.parse(response.to_dict(), response.identity) == response
