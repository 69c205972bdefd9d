import pytest

from customresource_bridge.protocol import Request
from customresource_bridge.testing import a_request, input_for, response_to


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
def test_a_made_up_request_is_one_that_the_bridge_would_read(kind: str) -> None:
    request = a_request(kind, properties={"Name": "www"})
    assert Request.parse(request.to_dict()) == request
    assert "ResponseURL" not in input_for(request)["request"]


def test_two_requests_are_two() -> None:
    assert a_request().request_id != a_request().request_id


def test_an_ending_shows_what_it_does_to_the_resource() -> None:
    request = a_request("Update", properties={"Name": "web"}, physical_resource_id="record-www")
    done = response_to(request, output={"physical_resource_id": "record-web", "data": {"Fqdn": "web.example.org"}})
    assert done is not None
    assert (done["Status"], done["PhysicalResourceId"]) == ("SUCCESS", "record-web")
    failed = response_to(request, state="ERROR", state_info="taken")
    assert failed is not None
    assert (failed["Status"], failed["Reason"], failed["PhysicalResourceId"]) == ("FAILED", "taken", "record-www")
    assert response_to(request, state="RUNNING") is None
