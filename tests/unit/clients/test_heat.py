"""What Heat is asked, and how its answers are read."""

from typing import Any

import pytest
import requests_mock
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
