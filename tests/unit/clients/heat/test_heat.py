"""What Heat is asked, and how its answers are read."""

from typing import Any

import pytest
import requests_mock
import requests_mock as requests_mock_module
from keystoneauth1 import session as ksa_session
from keystoneauth1.token_endpoint import Token

from customresource_bridge import errors
from customresource_bridge.clients.heat.heat import Heat

URL = "http://heat.test/v1/p"


@pytest.fixture
def heat() -> Heat:
    return Heat.from_session(ksa_session.Session(auth=Token(URL, "t")))


@pytest.mark.parametrize(("listed", "any_"), [([], False), ([{"id": "s"}], True)])
def test_a_project_has_stacks_or_none(
    requests_mock: requests_mock.Mocker, heat: Heat, listed: list[Any], any_: bool
) -> None:
    requests_mock.get(f"{URL}/stacks?limit=1&show_hidden=true", json={"stacks": listed})
    assert heat.has_stacks() is any_


@pytest.mark.parametrize("answer", [{"json": {}}, {"json": []}, {"text": "<html>"}, {"status_code": 503}])
def test_what_cannot_be_read_is_not_taken_for_none(
    requests_mock: requests_mock.Mocker, heat: Heat, answer: dict[str, Any]
) -> None:
    requests_mock.get(f"{URL}/stacks", **answer)
    with pytest.raises(errors.ServiceUnavailable):
        heat.has_stacks()


def test_a_stacks_name_is_one_step_of_the_path(requests_mock: requests_mock.Mocker, heat: Heat) -> None:
    requests_mock.get(requests_mock_module.ANY, json={"stack": {"stack_status": "CREATE_COMPLETE"}})
    assert heat.stack_exists("a/../../b?c#d\r\n", "uuid")
    assert requests_mock.last_request.url == f"{URL}/stacks/a%2F..%2F..%2Fb%3Fc%23d%0D%0A/uuid?resolve_outputs=false"


@pytest.mark.parametrize("text", ["[" * 5000, '{"stack": ' * 5000, "{}", "[]", '{"stack": 7}', "9" * 5000])
def test_an_answer_that_cannot_be_read_is_no_answer(requests_mock: requests_mock.Mocker, heat: Heat, text: str) -> None:
    requests_mock.get(requests_mock_module.ANY, text=text)
    for ask in (heat.has_stacks, lambda: heat.stack_exists("n", "uuid")):
        with pytest.raises(errors.ServiceUnavailable, match="cannot be read"):
            ask()


def test_types_are_listed_by_their_names(requests_mock: requests_mock.Mocker, heat: Heat) -> None:
    requests_mock.get(f"{URL}/resource_types", json={"resource_types": ["OS::Heat::Value", "AWS::S3::Bucket"]})
    assert heat.resource_types() == {"OS::Heat::Value", "AWS::S3::Bucket"}


def test_a_preview_sends_template_files_and_environment(requests_mock: requests_mock.Mocker, heat: Heat) -> None:
    requests_mock.post(f"{URL}/stacks/preview", json={"stack": {"resources": [{}, [{}, {}]]}})
    assert heat.preview("n", "template", files={"A.yaml": "a"}, environment=None) == 2
    assert requests_mock.last_request.json() == {
        "stack_name": "n",
        "template": "template",
        "files": {"A.yaml": "a"},
        "environment": "",
    }


def test_what_heat_says_against_a_template_is_kept(requests_mock: requests_mock.Mocker, heat: Heat) -> None:
    reason = {"message": "Property error:\nno such flavor", "type": "StackValidationFailed"}
    refusal = {"title": "Bad Request", "code": 400, "explanation": "The server could not comply", "error": reason}
    requests_mock.post(f"{URL}/stacks/preview", json=refusal, status_code=400)
    with pytest.raises(errors.Rejected) as caught:
        heat.preview("n", "template", files={}, environment="e")
    assert "no such flavor" in caught.value.problem
    assert "\n" not in caught.value.problem


@pytest.mark.parametrize("text", ["[" * 5000, "{}", "[]", '{"stack": 7, "resource_types": 7}'])
def test_what_cannot_be_read_is_neither_types_nor_a_preview(
    requests_mock: requests_mock.Mocker, heat: Heat, text: str
) -> None:
    requests_mock.register_uri(requests_mock_module.ANY, requests_mock_module.ANY, text=text)
    for ask in (heat.resource_types, lambda: heat.preview("n", "t", files={}, environment=None)):
        with pytest.raises(errors.ServiceUnavailable, match="cannot be read"):
            ask()
