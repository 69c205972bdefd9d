from typing import Any

import pytest

from customresource_bridge.port.template.graph import attributes_read, order_through, references, resource_references


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ({"Ref": "A"}, {"A"}),
        ({"Fn::GetAtt": ["A", "B"]}, {"A"}),
        ({"Fn::GetAtt": "A.B.C"}, {"A"}),
        ({"Fn::GetAtt": []}, set()),
        ({"Fn::Sub": "${A}${B.C}${!D}${AWS::Region}"}, {"A", "B", "AWS::Region"}),
        ({"Fn::Sub": ["${A}${Own}", {"Own": {"Ref": "B"}}]}, {"A", "B"}),
        ({"x": [{"Fn::Join": ["", [{"Ref": "A"}, {"Ref": "B"}]]}]}, {"A", "B"}),
        ({"Ref": "A", "Other": "B"}, set()),
        ("A", set()),
    ],
)
def test_a_value_refers_to_what_its_functions_name(value: Any, names: set[str]) -> None:
    assert references(value) == names


def test_a_resource_refers_to_what_its_attributes_use_and_not_to_what_it_waits_for() -> None:
    resource = {"Type": "T", "DependsOn": ["A"], "Condition": "C", "Properties": {"P": {"Ref": "B"}}}
    assert resource_references({**resource, "Metadata": {"Fn::Sub": "${D}"}}) == {"B", "D"}


def resources(**waits_for: str) -> dict[str, dict[str, Any]]:
    """Return resources that each wait for the named ones, the first by DependsOn, the others by a property."""
    return {
        name: {"DependsOn": names.split()[:1], "Properties": [{"Ref": other} for other in names.split()[1:]]}
        for name, names in waits_for.items()
    }


@pytest.mark.parametrize(
    ("waits_for", "left_out", "first"),
    [
        ({"A": "", "x": "A", "B": "x"}, "x", {"B": ("A",)}),
        ({"A": "", "x": "A", "y": "x", "B": "y"}, "xy", {"B": ("A",)}),
        ({"A": "", "x": "A", "B": "A x"}, "x", {}),
        ({"A": "", "x": "A", "B": "x", "C": "B"}, "x", {"B": ("A",)}),
        ({"A": "", "B": "A", "x": "B", "C": "x"}, "x", {"C": ("B",)}),
        ({"A": "", "B": "", "x": "A B", "C": "x", "D": "C x"}, "x", {"C": ("A", "B"), "D": ("A", "B")}),
        ({"A": "x", "x": "y A", "y": "x"}, "xy", {}),
        ({"A": "", "x": "A", "B": "x"}, "", {}),
        ({"x": "Gone", "B": "x"}, "x", {}),
    ],
)
def test_the_order_through_what_is_left_out_is_kept_among_the_others(
    waits_for: dict[str, str], left_out: str, first: dict[str, Any]
) -> None:
    order = order_through(resources(**waits_for), frozenset(left_out))
    assert order.first == first
    assert order.complete


def test_a_search_for_an_order_ends_in_the_middle_of_too_large_a_template() -> None:
    many = range(1000)
    chain = {f"x{number}": f"x{number + 1} A{number}" for number in many}
    kept = {f"A{number}": f"x{number}" for number in many}
    left_out = frozenset(chain)
    order = order_through(resources(**chain, **kept), left_out)
    assert not order.complete
    assert sum(len(names) for names in order.first.values()) < 300_000


def test_the_attributes_that_are_read_are_known_by_their_resource() -> None:
    value = [{"Fn::GetAtt": ["A", "X"]}, {"Fn::GetAtt": "A.Y.Z"}, {"Fn::Sub": "${A.X}${B.W}${C}"}, {"Ref": "D"}]
    assert attributes_read(value) == {"A": ("X", "Y.Z"), "B": ("W",)}
