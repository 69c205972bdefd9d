"""An event is what the plugin would post: nothing is missing, and a resource's events are about the same one."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from customresource_bridge.cmd.event.make import NOWHERE, EventSettings, make_event
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Request, RequestType

NOW = datetime(2026, 11, 23, 12, 0, 0, 5, tzinfo=UTC)
SETTINGS = EventSettings(
    stack="web",
    resource="Dns",
    resource_type="Custom::Dns",
    service_token="zaqar:q",
    timeout=60,
    properties={"Name": "x", "Size": 5, "Open": True, "List": [1, None], "None": None},
)


def made(kind: RequestType, **changes: Any) -> Request:
    return make_event(kind, replace(SETTINGS, **changes), request_id="request-1", now=NOW)


@pytest.mark.parametrize("kind", list(RequestType))
def test_it_is_a_request_that_is_read_as_it_was_written(kind: RequestType) -> None:
    assert Request.parse(made(kind).to_dict()) == made(kind)
    assert made(kind).response_url == NOWHERE
    assert made(kind).extras.deadline == NOW.replace(microsecond=0) + timedelta(seconds=60)


def test_cloudformation_s_types_have_texts_and_heat_s_own_has_values() -> None:
    texts = {"ServiceToken": "zaqar:q", "ServiceTimeout": "60", "Name": "x", "Size": "5", "Open": "true", "List": ["1"]}
    assert made(RequestType.CREATE).resource_properties == texts
    assert made(RequestType.CREATE, native=True).resource_properties["Size"] == 5


def test_a_resource_s_events_are_about_the_same_one() -> None:
    create, update, delete, check = (made(kind) for kind in RequestType)
    assert create.stack_id == update.stack_id == delete.stack_id
    assert create.stack_id.startswith("arn:openstack:heat::")
    assert ":stacks/web/" in create.stack_id
    assert create.physical_resource_id is None
    assert update.physical_resource_id == delete.physical_resource_id == check.physical_resource_id
    assert made(RequestType.DELETE, physical_id="zone-1").physical_resource_id == "zone-1"
    assert made(RequestType.DELETE, stack="other").physical_resource_id != delete.physical_resource_id


def test_an_update_has_the_properties_before() -> None:
    assert made(RequestType.UPDATE).old_resource_properties == made(RequestType.UPDATE).resource_properties
    old = made(RequestType.UPDATE, old={"Name": "y"}).old_resource_properties
    assert old == {"ServiceToken": "zaqar:q", "ServiceTimeout": "60", "Name": "y"}
    assert made(RequestType.DELETE).old_resource_properties is None
