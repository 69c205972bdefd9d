import json

import golden
import pytest
from hypothesis import given

from customresource_bridge.protocol import Response, Status, limits
from customresource_bridge.protocol.answers.response import NO_REASON, cut_reason


def test_a_response_is_written_with_the_ids_of_its_request_and_no_field_that_is_empty() -> None:
    done = Response(status=Status.SUCCESS, identity=golden.IDENTITY, data={"Name": "www"})
    assert done.to_dict() == {
        "Status": "SUCCESS",
        "StackId": golden.IDENTITY.stack_id,
        "RequestId": golden.IDENTITY.request_id,
        "LogicalResourceId": "Record",
        "NoEcho": False,
        "Data": {"Name": "www"},
    }
    failed = Response.failed(golden.IDENTITY, "no quota", physical_resource_id="vm-1").to_dict()
    assert (failed["Status"], failed["Reason"], failed["PhysicalResourceId"]) == ("FAILED", "no quota", "vm-1")


@given(golden.texts)
def test_a_failure_always_has_a_reason_that_can_travel(reason: str) -> None:
    failed = Response.failed(golden.IDENTITY, reason)
    assert failed.reason.strip()
    assert json.dumps(failed.to_dict(), ensure_ascii=False).encode()


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_a_failure_without_a_word_says_so(reason: str) -> None:
    assert Response.failed(golden.IDENTITY, reason).reason == NO_REASON


def test_a_long_reason_is_cut_not_refused() -> None:
    cut = cut_reason("disk full " * 5000)
    assert len(cut) == limits.MAX_REASON_CHARACTERS
    assert cut.startswith("disk full")
    assert cut.endswith("…")


def test_data_is_not_in_a_repr() -> None:
    response = Response(status=Status.SUCCESS, identity=golden.IDENTITY, no_echo=True, data={"Password": "s3cr3t"})
    assert "s3cr3t" not in repr(response)
