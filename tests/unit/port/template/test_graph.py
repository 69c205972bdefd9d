from typing import Any

import pytest

from customresource_bridge.port.template.graph import references, resource_references


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
