from typing import Any

import pytest

from customresource_bridge.protocol import Status
from customresource_bridge.protocol.answers.spelling import Members, field_of, is_response, status_of

OUTPUT = frozenset({"physical_resource_id", "data", "no_echo", "reason"})


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("PhysicalResourceId", "PhysicalResourceId"),
        ("physicalResourceID", "PhysicalResourceId"),
        ("physical_resource_id", "PhysicalResourceId"),
        ("physical-resource-id", "PhysicalResourceId"),
        ("STATUS", "Status"),
        ("noEcho", "NoEcho"),
        ("stackID", "StackId"),
        ("resource_id", None),
        ("PhysicalId", None),
        ("", None),
        (7, None),
        ("d" * 100 + "ata", None),
    ],
)
def test_a_key_means_the_field_that_its_letters_spell(key: Any, name: str | None) -> None:
    assert field_of(key) == name


@pytest.mark.parametrize("value", [None, "", "OK", "ACTIVE", "COMPLETE", True, 7, ["SUCCESS"]])
def test_a_status_that_is_no_word_for_an_end_means_nothing(value: Any) -> None:
    assert status_of(value) is None


def test_members_are_found_by_their_field_and_named_as_they_were_written() -> None:
    members = Members({"physicalResourceId": 7, "Status": "Failed", "other": 1})
    assert (members.get("PhysicalResourceId"), members.key("PhysicalResourceId")) == (7, "physicalResourceId")
    assert (members.get("Data"), members.key("Data")) == (None, "Data")
    assert list(members.advice()) == [
        "physicalResourceId is taken for PhysicalResourceId",
        "Status 'Failed' is taken for FAILED",
        "physicalResourceId is a number",
    ]
    assert not list(Members({"PhysicalResourceId": "x", "Status": "FAILED"}).advice())


@pytest.mark.parametrize(
    ("value", "plain", "as_output"),
    [
        ({"Status": "SUCCESS"}, True, True),
        ({"Data": {}}, True, True),
        ({"PhysicalResourceID": "x"}, True, True),
        ({"physical_resource_id": "x"}, True, True),
        ({"status": "failed"}, True, True),
        ({"status": "ACTIVE", "address": "x"}, False, False),
        ({"status": "success"}, False, False),
        ({"data": {"a": 1}}, False, True),
        ({"reason": "x"}, False, True),
        ({"statusCode": 200, "body": "OK"}, False, False),
        ({"StackId": "x"}, False, False),
        ({}, False, False),
    ],
)
def test_which_objects_are_a_response(value: dict[str, Any], plain: bool, as_output: bool) -> None:
    assert is_response(value) is plain
    assert is_response(value, also=OUTPUT) is as_output
    assert status_of("Success") is Status.SUCCESS
