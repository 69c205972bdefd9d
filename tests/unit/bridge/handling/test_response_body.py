import json
from dataclasses import replace

from bridge_parts import CREATE

from customresource_bridge.bridge.handling.response_body import encoded
from customresource_bridge.protocol import Response, Status, limits

LARGE = Response(
    status=Status.SUCCESS,
    identity=CREATE.identity,
    physical_resource_id="thing",
    data={"text": "x" * limits.MAX_RESPONSE_BYTES},
)


def test_a_response_over_the_limit_becomes_a_failure_that_says_so() -> None:
    body = json.loads(encoded(LARGE))
    assert body["Status"] == "FAILED"
    assert body["PhysicalResourceId"] == "thing"
    assert str(limits.MAX_RESPONSE_BYTES) in body["Reason"]
    small = replace(LARGE, data={"a": "ä"})
    assert json.loads(encoded(small)) == small.to_dict()


def test_what_fits_in_utf_8_is_within_the_limit() -> None:
    letters = replace(LARGE, data={"text": "漢" * (limits.MAX_RESPONSE_BYTES // 4)})
    assert json.loads(encoded(letters)) == letters.to_dict()


def test_an_id_that_is_no_text_can_be_sent_all_the_same() -> None:
    odd = replace(LARGE, data={}, identity=replace(CREATE.identity, request_id="half \ud83d"))
    assert json.loads(encoded(odd))["RequestId"] == "half \ufffd"
