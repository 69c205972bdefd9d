"""The last judge of an answer: it knows what was asked for."""

from dataclasses import replace

import pytest
from plugin_parts import pending

from customresource_bridge.plugin.resources.signal import judged
from customresource_bridge.protocol import Identity, RequestType, Status
from customresource_bridge.protocol.answers.reader import HandlerAnswer, read_value

IDENTITY = Identity(stack_id="s", request_id="r", logical_resource_id="Web")
WRONG = {"Status": "SUCCESS", "PhysicalResourceId": "vm-1", "Data": "gone"}
FORWARDED = read_value(WRONG, IDENTITY).to_dict()


@pytest.mark.parametrize("answer", [read_value(WRONG, IDENTITY), read_value(FORWARDED, IDENTITY)])
def test_a_delete_that_succeeded_has_succeeded_by_way_of_a_gateway_or_not(answer: HandlerAnswer) -> None:
    assert judged(answer, pending(request_type=RequestType.DELETE)).status is Status.SUCCESS
    for asked in (pending(), replace(pending(request_type=RequestType.DELETE), request_id="another"), None):
        response = judged(answer, asked)
        assert (response.status, response.physical_resource_id) == (Status.FAILED, "vm-1")
        assert "Data is a string" in response.reason
