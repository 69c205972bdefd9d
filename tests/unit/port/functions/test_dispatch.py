from typing import Any

import porting
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st


def test_a_map_with_more_keys_is_no_function() -> None:
    assert porting.value("{Ref: x, Other: y}") == {"Ref": "x", "Other": "y"}


def test_condition_is_a_function_among_conditions_only() -> None:
    value = porting.properties("V: {Condition: {StringEquals: {a: !Ref P}}}\nW: [{Condition: C}]")
    assert value["V"] == {"Condition": {"StringEquals": {"a": {"get_param": "P"}}}}
    assert value["W"] == [{"Condition": "C"}]
    assert [f for f in porting.findings("V: {Condition: x}") if f.resource == "Thing"] == []


def test_data_that_looks_like_a_function_of_hots_stays_data() -> None:
    result = porting.ported(
        "Resources: {Thing: {Type: Custom::T, Properties: {Query: {filter: {a: [1]}}, O: {if: 1}}}}"
    )
    hot = porting.hot(result)
    properties = hot["resources"]["Thing"]["properties"]
    assert hot["parameters"][properties["Query"]["get_param"]]["default"] == {"filter": {"a": [1]}}
    assert hot["parameters"][properties["O"]["get_param"]]["default"] == {"if": 1}
    assert properties["Query"] != properties["O"]


def test_data_that_looks_like_one_and_holds_one_is_reported() -> None:
    assert porting.value("{filter: {a: !Ref P}}") is None
    assert [(f.construct, f.level, f.line) for f in porting.findings("V: {filter: {a: !Ref P}}")][-1:] == [
        ("filter", "lost", 16)
    ]


@pytest.mark.parametrize("function", ["Fn::Transform", "Fn::GetStackOutput", "Fn::Frobnicate"])
def test_a_function_without_counterpart_is_reported_and_left_out(function: str) -> None:
    text = porting.template(outputs=f"  O: {{Value: [a, {{'{function}': {{}}}}]}}\n")
    assert porting.about(text, function) == [("lost", "Outputs.O", 4)]
    assert porting.hot(porting.ported(text))["outputs"]["O"]["value"] == ["a"]


@pytest.mark.parametrize("value", ["'{{resolve:ssm:x}}'", "!Sub '{{resolve:ssm:${AWS::StackName}}}'"])
def test_a_dynamic_reference_is_reported(value: str) -> None:
    text = porting.template(outputs=f"  O: {{Value: {value}}}\n")
    assert porting.about(text, "dynamic reference") == [("todo", "Outputs.O", 4)]


CONSTANTS = st.text(max_size=20) | st.booleans() | st.integers()


@settings(deadline=None, max_examples=60)
@given(st.recursive(CONSTANTS, lambda inner: st.lists(inner, max_size=3), max_leaves=6))
def test_constants_reach_heat_unchanged(value: Any) -> None:
    text = yaml.safe_dump({"V": value}, default_flow_style=True, width=10_000, allow_unicode=False).strip()[1:-1]
    assert porting.properties(text)["V"] == value
