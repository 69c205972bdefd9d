"""What a request that is posted brings along."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from plugin_parts import pending

from customresource_bridge.plugin.delivery import queue
from customresource_bridge.protocol import Identity, RequestType

REF: Any = SimpleNamespace(
    stack_uuid="s",
    stack_id="arn:openstack:heat::p:stacks/s/1",
    project_id="p",
    name="r",
    arn_path="/arn",
    cfn_url=lambda: "http://heat:8000/v1",
    identity=lambda request_id: Identity(stack_id="s", request_id=request_id, logical_resource_id="r"),
)


def brought_along(previous: str | None) -> Any:
    given = replace(pending(request_type=RequestType.DELETE), physical_resource_id="id-1", previous_request_id=previous)
    return queue._with_previous_url(REF, given, queue._request(REF, given))


def test_a_request_that_ends_another_says_where_that_ones_outcome_is_told() -> None:
    request = brought_along("before")
    assert request.extras.previous_request_id == "before"
    assert request.extras.previous_response_url.reveal().startswith("http://heat:8000/v1/waitcondition/arn?")


def test_any_other_request_says_nothing_of_the_kind() -> None:
    assert brought_along(None).extras.previous_response_url is None
