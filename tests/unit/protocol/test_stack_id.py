import pytest

from customresource_bridge.protocol import RequestError
from customresource_bridge.protocol.stack_id import StackId

UUID = "0b9c1d2e-3f4a-4b5c-8d6e-7f8091a2b3c4"
PROJECT = "5f3c0a1e9b7d4c2f8a6e1d0b3c5a7f92"


def test_a_stack_s_arn_names_its_project_its_name_and_its_queue() -> None:
    stack = StackId.parse(f"arn:openstack:heat::{PROJECT}:stacks/my%20shop/{UUID}")
    assert (stack.project_id, stack.name, stack.uuid) == (PROJECT, "my shop", UUID)
    assert stack.queue == f"heat-cr-{UUID}"
    assert StackId.parse(stack.arn) == stack
    assert "my%20shop" in stack.arn


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/guid",
        f"arn:openstack:heat::{PROJECT}:stacks/shop/{UUID.upper()}",
        f"arn:openstack:heat::{PROJECT}:stacks/shop/{UUID}\n",
        f"arn:openstack:heat::{PROJECT}:stacks/shop/{UUID}/resources/Web",
        f"arn:openstack:heat::a/b:stacks/shop/{UUID}",
        f"arn:openstack:heat::{PROJECT}:stacks/shop/{'-' * 36}",
    ],
)
def test_anything_else_is_no_stack_s(arn: str) -> None:
    with pytest.raises(RequestError, match="StackId is no stack's ARN"):
        StackId.parse(arn)
