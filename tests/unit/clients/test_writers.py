"""A stack and a workflow are made as they are told and deleted, and what is said against it is raised."""

import pytest
import requests_mock
from keystoneauth1 import session as ksa_session
from keystoneauth1.token_endpoint import Token

from customresource_bridge import errors
from customresource_bridge.clients.heat.reader import StackSummary
from customresource_bridge.clients.writers import HeatWriter, MistralWriter

URL = "http://heat.test/v1/p"
MISTRAL = "http://mistral.test/v2"
STACK = StackSummary(id="s1", name="hello", status="")


@pytest.fixture
def heat() -> HeatWriter:
    return HeatWriter.from_session(ksa_session.Session(auth=Token(URL, "t")))


def test_a_stack_is_made_and_stays_where_it_fails(requests_mock: requests_mock.Mocker, heat: HeatWriter) -> None:
    requests_mock.post(f"{URL}/stacks", status_code=201, json={"stack": {"id": "s1", "links": []}})
    assert heat.create("hello", {"resources": {}}, minutes=3) == STACK
    assert requests_mock.last_request.json() == {
        "stack_name": "hello",
        "template": {"resources": {}},
        "timeout_mins": 3,
        "disable_rollback": True,
    }


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        ({"status_code": 403, "json": {"error": {"message": "no"}}}, errors.Forbidden),
        ({"status_code": 400, "json": {"error": {"message": "Unknown type"}}}, errors.Rejected),
        ({"status_code": 201, "json": {"stack": []}}, errors.ServiceUnavailable),
        ({"status_code": 201, "text": "<html>"}, errors.ServiceUnavailable),
    ],
)
def test_what_heat_does_not_make_is_an_error(
    answer: dict[str, object], raised: type[Exception], requests_mock: requests_mock.Mocker, heat: HeatWriter
) -> None:
    requests_mock.post(f"{URL}/stacks", **answer)
    with pytest.raises(raised):
        heat.create("hello", {}, minutes=1)


@pytest.mark.parametrize("status", [204, 404])
def test_a_stack_is_deleted_or_gone_already(status: int, requests_mock: requests_mock.Mocker, heat: HeatWriter) -> None:
    requests_mock.delete(f"{URL}/stacks/hello/s1", status_code=status)
    heat.delete(STACK)
    assert requests_mock.called


def test_a_stack_that_may_not_be_deleted_is_an_error(requests_mock: requests_mock.Mocker, heat: HeatWriter) -> None:
    requests_mock.delete(f"{URL}/stacks/hello/s1", status_code=403)
    with pytest.raises(errors.Forbidden):
        heat.delete(STACK)


@pytest.fixture
def mistral() -> MistralWriter:
    return MistralWriter.from_session(ksa_session.Session(auth=Token(MISTRAL, "t")))


def test_a_workflow_is_made_out_of_its_text(requests_mock: requests_mock.Mocker, mistral: MistralWriter) -> None:
    requests_mock.post(f"{MISTRAL}/workflows", status_code=201, json={"workflows": []})
    mistral.create_workflow("version: '2.0'\ngröße: {}\n")
    assert requests_mock.last_request.body == "version: '2.0'\ngröße: {}\n".encode()
    assert requests_mock.last_request.headers["Content-Type"] == "text/plain"


def test_one_that_mistral_does_not_make_is_an_error(
    requests_mock: requests_mock.Mocker, mistral: MistralWriter
) -> None:
    requests_mock.post(f"{MISTRAL}/workflows", status_code=403, json={"faultstring": "no"})
    with pytest.raises(errors.Forbidden):
        mistral.create_workflow("")


@pytest.mark.parametrize("status", [204, 404])
def test_both_are_deleted_or_gone_already(
    status: int, requests_mock: requests_mock.Mocker, mistral: MistralWriter
) -> None:
    requests_mock.delete(f"{MISTRAL}/workflows/check", status_code=status)
    requests_mock.delete(f"{MISTRAL}/executions/e1", status_code=status)
    mistral.delete_workflow("check")
    mistral.delete_execution("e1")
    assert requests_mock.last_request.qs == {"force": ["true"]}


def test_what_may_not_be_deleted_is_an_error(requests_mock: requests_mock.Mocker, mistral: MistralWriter) -> None:
    requests_mock.delete(f"{MISTRAL}/workflows/check", status_code=403)
    with pytest.raises(errors.Forbidden):
        mistral.delete_workflow("check")


ACTIONS = f"{MISTRAL}/action_executions"


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"state": "SUCCESS", "output": '{"result": []}'}, None),
        ({"state": "ERROR", "output": '{"result": "it\\nfailed"}'}, "it failed"),
    ],
)
def test_an_action_is_run_to_its_end(
    said: dict[str, object], problem: str | None, requests_mock: requests_mock.Mocker, mistral: MistralWriter
) -> None:
    requests_mock.post(ACTIONS, status_code=201, json=said)
    assert mistral.run_action("std.noop") == problem
    asked = requests_mock.last_request.json()
    assert (asked["name"], asked["params"]) == ("std.noop", '{"run_sync": true, "save_result": false}')


@pytest.mark.parametrize("said", [[], {}, {"state": "ERROR", "output": None}, {"state": "ERROR", "output": "no JSON"}])
def test_an_action_s_answer_that_cannot_be_read_is_an_error(
    said: object, requests_mock: requests_mock.Mocker, mistral: MistralWriter
) -> None:
    requests_mock.post(ACTIONS, status_code=201, json=said)
    with pytest.raises(errors.ServiceUnavailable):
        mistral.run_action("std.noop")


def test_an_action_that_may_not_be_run_is_an_error(requests_mock: requests_mock.Mocker, mistral: MistralWriter) -> None:
    requests_mock.post(ACTIONS, status_code=403, json={"faultstring": "no"})
    with pytest.raises(errors.Forbidden):
        mistral.run_action("std.noop")
