"""A name is whose it is: two handlers of one project never have one queue, nor one workflow."""

from itertools import product

import pytest

from customresource_bridge.port.names import (
    digest,
    file_name,
    letters_of,
    name_of_path,
    queue_name,
    without_ending,
    workflow_name,
)
from customresource_bridge.protocol.service_token import QueueToken, WorkflowToken, parse_service_token

STACKS = ["", "a", "a-b", "orders", "or.ders", "or ders", "-orders", "x" * 70, "x" * 71, "x" * 300, "ä", "\ud800"]
HANDLERS = ["F", "b-F", "Handler886CB40B", "H" * 60, "H" * 61, f"H-{digest('x')}"]


def test_a_queue_is_named_by_stack_and_handler() -> None:
    assert queue_name("orders", "", "F") == "cr-orders-F"
    assert queue_name("", "", "F") == "cr-F"
    assert workflow_name("orders", "", "Zone") == "orders-Zone"


@pytest.mark.parametrize("name_of", [queue_name, workflow_name])
def test_two_stacks_or_templates_never_share_one(name_of: object) -> None:
    assert callable(name_of)
    all_of_them = list(product(STACKS[1:], ["", "inner", "b"], HANDLERS))
    names = {name_of(*each) for each in all_of_them}
    # "a" with the handler "b-F" is not told from "a-b" with "F": a function's name has no sign in it.
    assert len(names) == len(all_of_them) - 1


@pytest.mark.parametrize("stack", STACKS)
def test_each_is_a_service_token_s(stack: str) -> None:
    for template, handler in product(["", "inner"], HANDLERS):
        queue, workflow = queue_name(stack, template, handler), workflow_name(stack, template, handler)
        assert parse_service_token(f"zaqar:{queue}") == QueueToken(queue)
        assert parse_service_token(f"mistral:{workflow}") == WorkflowToken(workflow)
        assert not workflow.startswith("-")


def test_a_name_that_is_cut_tells_what_it_was() -> None:
    long = queue_name("CustomResourcesOfTheShop-production", "", "CreateTheTableOfTheOrdersInTheDatabase886CB40B")
    assert len(long) == 64
    assert long.startswith("cr-CustomResourcesOfTheShop-production-Create")


def test_a_file_s_name_has_letters_and_digits_alone_or_a_digest() -> None:
    assert file_name("F1", nameless="Handler") == letters_of("F1") == "F1"
    assert file_name("ä", nameless="Handler") == f"Handler-{digest('ä')}"
    assert letters_of("../F") == letters_of("F/..") == "F"
    assert len({file_name(name, nameless="Handler") for name in ("F", "../F", "F/..", "F" * 101, "F" * 102, "")}) == 6


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("vpc.yaml", "vpc"),
        ("net/vpc.yml", "net-vpc"),
        ("auth/template.yaml", "auth"),
        ("ShopInner886.nested.template.json", "ShopInner886"),
        ("Shop.template.json", "Shop"),
        ("a.b/§ c.json", "ab-c"),
        ("template", "template"),
    ],
)
def test_a_template_is_named_by_its_file_or_its_folder(path: str, name: str) -> None:
    assert name_of_path(path) == name


def test_what_says_that_a_file_is_a_template_is_no_part_of_its_name() -> None:
    assert [without_ending(name) for name in ("a.b.yaml", "a.template", "a.TEMPLATE.JSON", "a")] == [
        "a.b",
        "a",
        "a",
        "a",
    ]
