import pytest

from customresource_bridge.protocol import Identity
from customresource_bridge.protocol.naming import named, printable, shown

IDENTITY = Identity(
    stack_id="arn:openstack:heat::p:stacks/shop/0b9c1d2e", request_id="6f1f0e6c", logical_resource_id="Dns"
)


def test_a_request_is_shown_in_one_form_and_named_field_by_field() -> None:
    assert shown(IDENTITY) == "Dns [6f1f0e6c] in shop/0b9c1d2e"
    assert shown(IDENTITY, "Create") == "Create of Dns [6f1f0e6c] in shop/0b9c1d2e"
    assert named(IDENTITY) == {
        "RequestId": "6f1f0e6c",
        "LogicalResourceId": "Dns",
        "StackId": "arn:openstack:heat::p:stacks/shop/0b9c1d2e",
    }
    assert named(IDENTITY, "Delete")["RequestType"] == "Delete"


@pytest.mark.parametrize("text", ["a\n2026 CRITICAL forged", "a\x1b[31m", "a\r", "a\u2028b", "x" * 1000])
def test_a_text_from_outside_stays_in_its_line(text: str) -> None:
    assert printable(text).isprintable()
    assert len(printable(text)) <= 300
    hostile = Identity(stack_id=text, request_id=text, logical_resource_id=text)
    assert shown(hostile, "Create").isprintable()
    assert all(value.isprintable() for value in named(hostile).values())


def test_a_text_that_is_fit_stays_as_it_is() -> None:
    assert printable("größe 漢字") == "größe 漢字"
