import json
from typing import Any

import pytest

from customresource_bridge.port.context import Context, Options
from customresource_bridge.port.functions.estimate import gaps, likely_text, text_with_gaps
from customresource_bridge.port.template.load import load
from customresource_bridge.port.template.template import Template

TEXT = b"""\
Parameters:
  Level: {Type: String, Default: info}
  Bare: {Type: String}
  Secret: {Type: String, Default: s, NoEcho: true}
  Stored: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /x}
Mappings: {M: {a: {b: mapped}}}
Resources: {T: {Type: Custom::T}}
"""
CTX = Context(template=Template.of(load(TEXT)), options=Options(region="north"), functions={})


@pytest.mark.parametrize(
    ("value", "text", "left"),
    [
        ("a", "a", []),
        ({"Ref": "Level"}, "${Level}", ["Level"]),
        ({"Fn::GetAtt": ["T", "A"]}, "${T.A}", ["T.A"]),
        ({"Fn::Sub": "a${Level}b${!c}"}, "a${Level}b${c}", ["Level"]),
        ({"Fn::Sub": ["${X}${Y}", {"X": 1, "Y": {"Ref": "Level"}}]}, "1${Level}", ["Level"]),
        ({"Fn::Join": ["-", ["a", {"Ref": "Level"}, {"Ref": "Level"}]]}, "a-${Level}-${Level}", ["Level"]),
        ({"Fn::FindInMap": ["M", "a", "b"]}, "${FindInMap M a b}", ["FindInMap M a b"]),
    ],
    ids=json.dumps,
)
def test_a_text_has_gaps_where_a_stack_decides(value: Any, text: str, left: list[str]) -> None:
    assert text_with_gaps(value) == text
    assert gaps(value) == left


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        ({"Ref": "Level"}, "info"),
        ({"Ref": "AWS::Region"}, "north"),
        ({"Fn::Sub": "${AWS::Region}-${Level}"}, "north-info"),
        ({"Fn::Join": ["/", [{"Ref": "Level"}, "x"]]}, "info/x"),
        ({"Fn::FindInMap": ["M", "a", "b"]}, "mapped"),
        ({"Fn::FindInMap": ["M", "a", "x"]}, None),
        ({"Ref": "Bare"}, None),
        ({"Ref": "Secret"}, None),
        ({"Ref": "Stored"}, None),
        ({"Fn::Sub": "x${T}"}, None),
        ({"Fn::GetAtt": ["T", "A"]}, None),
        (None, None),
    ],
    ids=json.dumps,
)
def test_a_likely_text_takes_the_defaults_and_no_secret(value: Any, text: str | None) -> None:
    assert likely_text(value, CTX) == text
