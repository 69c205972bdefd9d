from types import SimpleNamespace
from typing import Any

import pytest
import requests_mock

from customresource_bridge import errors
from customresource_bridge.dashboard.user_session import readers_of

URL = "http://heat.test/v1/p1"
CATALOG = [
    {
        "type": "orchestration",
        "name": "heat",
        "endpoints": [
            {"id": region, "interface": "public", "region": region, "region_id": region, "url": f"{URL}/{region}"}
            for region in ("r1", "r2")
        ],
    }
]


def user(region: str = "r2") -> Any:
    return SimpleNamespace(
        token=SimpleNamespace(id="token-of-mine"), project_id="p1", service_catalog=CATALOG, services_region=region
    )


def test_what_is_asked_is_asked_with_the_users_token_in_the_users_region(requests_mock: requests_mock.Mocker) -> None:
    requests_mock.get(f"{URL}/r2/stacks", json={"stacks": []})
    readers = readers_of(user(), SimpleNamespace())
    assert list(readers.heat.stacks()) == []
    assert requests_mock.last_request.headers["X-Auth-Token"] == "token-of-mine"
    assert readers.project_id() == "p1"
    assert readers.now().tzinfo is not None


def test_a_refused_token_is_an_error_and_no_login(requests_mock: requests_mock.Mocker) -> None:
    requests_mock.get(f"{URL}/r2/stacks", status_code=401, json={})
    with pytest.raises(errors.Unauthorized):
        list(readers_of(user(), SimpleNamespace()).heat.stacks())
    assert {call.method for call in requests_mock.request_history} == {"GET"}


@pytest.mark.parametrize(
    ("settings", "verified"),
    [
        ({}, True),
        ({"OPENSTACK_SSL_CACERT": "/ca.pem"}, "/ca.pem"),
        ({"OPENSTACK_SSL_NO_VERIFY": True, "OPENSTACK_SSL_CACERT": "/ca.pem"}, False),
    ],
)
def test_certificates_are_those_of_horizons_settings(settings: dict[str, Any], verified: Any) -> None:
    readers = readers_of(user(), SimpleNamespace(**settings, OPENSTACK_ENDPOINT_TYPE="publicURL"))
    assert readers.heat._adapter.session.verify == verified
