"""What Heat is asked, and how its answers are read."""

from typing import Any

import pytest
import requests_mock
import requests_mock as requests_mock_module
from keystoneauth1 import session as ksa_session
from keystoneauth1.token_endpoint import Token

from customresource_bridge import errors
from customresource_bridge.clients.heat import Heat

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
