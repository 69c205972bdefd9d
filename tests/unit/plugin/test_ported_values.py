"""A ported template means in Heat what it meant at CloudFormation: both are evaluated, over generated templates."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import cloudformation_templates
import pytest
from cloudformation_values import Evaluation, RefusedError, texts
from heat_values import PSEUDO, Resolution, in_hot
from hypothesis import HealthCheck, Phase, assume, given, settings

from customresource_bridge.port.report import Level

RUNS = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # to shrink a template takes minutes
    suppress_health_check=list(HealthCheck),
)


def _comparable(value: Any) -> Any:
    """Return a value with each JSON text read: its blanks, its order, and whether a number is a text mean nothing."""
    if isinstance(value, dict):
        return {key: _comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    with suppress(ValueError):
        return texts(json.loads(value)) if value.startswith(("{", "[")) else value
    return value


@RUNS
@given(template=cloudformation_templates.templates(), parameters=cloudformation_templates.GIVEN)
def test_what_is_not_reported_means_the_same(template: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
    expected = Evaluation(template, parameters, PSEUDO)
    try:
        expected.conditions(), expected.resources(), expected.outputs()
    except RefusedError:
        assume(False)
    assume(all(finding.level is Level.NOTE for finding in in_hot(template)[1]))
    _assert_same(template, parameters)


def _assert_same(template: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
    expected, found = Evaluation(template, parameters, PSEUDO), Resolution(in_hot(template)[0], parameters)
    assert found.conditions() == expected.conditions()
    assert _comparable(found.resources()) == _comparable(expected.resources())
    assert _comparable(found.outputs()) == _comparable(expected.outputs())


_NO_VALUE = {"Ref": "AWS::NoValue"}
_SOME = {"Fn::If": ["C1", "x", _NO_VALUE]}


@pytest.mark.parametrize("q", ["one", "other"])
@pytest.mark.parametrize(
    ("side", "value"),
    [
        ("", {"Fn::ToJsonString": {"k": {"Fn::Length": {"Ref": "L"}}}}),
        ("", {"Fn::ToJsonString": [{"Fn::Join": ["-", [{"Fn::Length": {"Ref": "L"}}, "x"]]}]}),
        ("", {"Fn::FindInMap": ["Counted", {"Fn::Length": {"Ref": "L"}}, "x"]}),
        ({"Fn::Join": ["-", ["a", _SOME, "b"]]}, ""),
        ({"Fn::Join": ["-", [{"Fn::If": ["C1", _SOME, _NO_VALUE]}, {"Fn::Join": ["", [_SOME]]}]]}, ""),
        ({"Fn::Select": [0, [_SOME, "b"]]}, ""),
        ({"Fn::Select": [{"Ref": "I"}, [_SOME, "b", "c"]]}, ""),
        ({"Fn::Length": ["a", _SOME]}, ""),
        ({"Fn::If": ["C1", "x", {"Fn::Select": [{"Ref": "N"}, ["a", "b"]]}]}, ""),
    ],
)
def test_what_generated_templates_seldom_have_means_the_same(q: str, side: Any, value: Any) -> None:
    first = {"Fn::Equals": [{"Ref": "Q"}, "one"]}
    template = {
        "Parameters": cloudformation_templates.PARAMETERS,
        "Mappings": {"Counted": {"2": {"x": "two"}}},
        "Conditions": {
            "C1": first,
            **{f"Is{text}": {"Fn::Equals": [side, text]} for text in ("a-b", "x", "b", "1", "-")},
        },
        "Resources": {"Thing": {"Type": "Custom::Thing", "Properties": {"ServiceToken": "mistral:w", "V": value}}},
    }
    number = -2 if q == "one" else 1
    _assert_same(template, {"P": "p", "Q": q, "N": number, "I": "1", "L": ["a", "b"]})
