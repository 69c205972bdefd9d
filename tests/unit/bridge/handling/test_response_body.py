import json
from dataclasses import replace

from bridge_parts import CREATE

from customresource_bridge.bridge.handling.response_body import encoded
from customresource_bridge.protocol import Response, Status, limits


def test_a_response_over_the_limit_becomes_a_failure_that_says_so() -> None:
    large = Response(
        status=Status.SUCCESS,
        identity=CREATE.identity,
        physical_resource_id="thing",
        data={"text": "x" * limits.MAX_RESPONSE_BYTES},
    )
    body = json.loads(encoded(large))
    assert body["Status"] == "FAILED"
    assert body["PhysicalResourceId"] == "thing"
    assert str(limits.MAX_RESPONSE_BYTES) in body["Reason"]
    small = replace(large, data={"a": "ä"})
    assert json.loads(encoded(small)) == small.to_dict()
