import re
from typing import Any

import porting
import pytest
import yaml


def parameter(declaration: str) -> dict[str, Any]:
    text = f"Parameters:\n  A: {declaration}\nResources: {{T: {{Type: Custom::T}}}}\n"
    found = porting.hot(porting.ported(text))["parameters"]["A"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("declared", "translated"),
    [
        ("{Type: String}", {"type": "string"}),
        ("{Type: String, Default: true}", {"type": "string", "default": "true"}),
        ("{Type: String, Default: 5, Description: d}", {"type": "string", "description": "d", "default": "5"}),
        ("{Type: Number, Default: '5'}", {"type": "number", "default": 5}),
        ("{Type: Number, Default: 1.5}", {"type": "number", "default": 1.5}),
        ("{Type: CommaDelimitedList, Default: 'a,b'}", {"type": "comma_delimited_list", "default": "a,b"}),
        ("{Type: CommaDelimitedList, Default: ' a, b c ,'}", {"type": "comma_delimited_list", "default": "a,b c,"}),
        ("{Type: List<Number>, Default: [80, 443]}", {"type": "comma_delimited_list", "default": "80,443"}),
        ("{Type: List<AWS::EC2::Subnet::Id>}", {"type": "comma_delimited_list"}),
        ("{Type: String, NoEcho: 'true'}", {"type": "string", "hidden": True}),
        ("{Type: String, NoEcho: false}", {"type": "string"}),
        (
            "{Type: String, AllowedValues: [true, 1, a]}",
            {"type": "string", "constraints": [{"allowed_values": ["true", "1", "a"]}]},
        ),
        (
            "{Type: Number, MinValue: '1', MaxValue: 9, AllowedValues: ['1', 2]}",
            {"type": "number", "constraints": [{"allowed_values": [1, 2]}, {"range": {"min": 1, "max": 9}}]},
        ),
        (
            "{Type: String, MinLength: '1', AllowedPattern: '[a-z]*', ConstraintDescription: c}",
            {
                "type": "string",
                "constraints": [
                    {"allowed_pattern": "[a-z]*", "description": "c"},
                    {"length": {"min": 1}, "description": "c"},
                ],
            },
        ),
    ],
)
def test_parameters(declared: str, translated: dict[str, Any]) -> None:
    assert parameter(declared) == translated


@pytest.mark.parametrize(
    ("pattern", "translated"),
    [
        ("[a-z]*", "[a-z]*"),
        ("^[a-z]?$", "^[a-z]?$"),
        ("^$|^(a|b$)$", "(?:^$|^(a|b$)$)$"),
        ("^$|^a$", "^$|^a$"),
        ("(|[a-z]*)", "(?:(|[a-z]*))$"),
        ("a|ab", "(?:a|ab)$"),
        ("a?(ab)?", "(?:a?(ab)?)$"),
        ("(?i)A|ab", "(?i)(?:A|ab)$"),
    ],
)
def test_a_pattern_matches_whole_values_as_in_java(pattern: str, translated: str) -> None:
    found = parameter(f"{{Type: String, AllowedPattern: '{pattern}'}}")["constraints"][0]["allowed_pattern"]
    assert found == translated
    for value in ("", "a", "ab", "abc", "aba"):
        match = re.match(found, value)  # as Heat does
        assert (match is not None and match.end() == len(value)) == bool(re.fullmatch(pattern, value))


@pytest.mark.parametrize(
    ("condition", "translated"),
    [
        ("!Equals [!Ref S, a]", {"equals": [{"get_param": "S"}, "a"]}),
        ("!Equals [!Ref S, true]", {"equals": [{"get_param": "S"}, "true"]}),
        ("!Equals [!Ref N, '3']", {"equals": [{"get_param": "N"}, 3]}),
        ("!Equals [1, '1']", {"equals": ["1", "1"]}),
        ("!Not [!Condition D]", {"not": "D"}),
        ("!Condition D", {"and": ["D", "D"]}),
        ("!And [!Condition D, !Equals [a, b]]", {"and": ["D", {"equals": ["a", "b"]}]}),
        ("!Or [!Condition D]", {"or": ["D", "D"]}),
        (
            "!Equals [!Join ['', !Ref L], '']",
            {
                "equals": [
                    {
                        "yaql": {
                            "expression": "$.data.items.join($.data.separator)",
                            "data": {"items": {"get_param": "L"}, "separator": ""},
                        }
                    },
                    "",
                ]
            },
        ),
        (
            "!Equals [!Select [0, !Ref L], a]",
            {"equals": [{"get_param": ["L", 0]}, "a"]},
        ),
        (
            "!Equals [!If [D, a, b], a]",
            {
                "equals": [
                    {
                        "yaql": {
                            "expression": "switch($.data.test => $.data.yes, true => $.data.no)",
                            "data": {"test": {"equals": ["x", "x"]}, "yes": "a", "no": "b"},
                        }
                    },
                    "a",
                ]
            },
        ),
    ],
)
def test_conditions(condition: str, translated: dict[str, Any]) -> None:
    text = "Parameters: {S: {Type: String}, N: {Type: Number}, L: {Type: CommaDelimitedList}}\n"
    text += f"Conditions:\n  C: {condition}\n  D: !Equals [x, x]\nResources: {{T: {{Type: Custom::T}}}}\n"
    assert porting.hot(porting.ported(text))["conditions"]["C"] == translated


def resource(lines: str) -> dict[str, Any]:
    text = (
        f"Conditions: {{C: !Equals [a, a]}}\nResources:\n  U: {{Type: Custom::U}}\n  T:\n    Type: Custom::T\n{lines}"
    )
    found = porting.hot(porting.ported(text))["resources"]["T"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("lines", "key", "translated"),
    [
        ("    DependsOn: U\n", "depends_on", "U"),
        ("    DependsOn: [U]\n", "depends_on", ["U"]),
        ("    DependsOn: [Gone]\n", "depends_on", None),
        ("    DeletionPolicy: Retain\n", "deletion_policy", "Retain"),
        ("    DeletionPolicy: RetainExceptOnCreate\n", "deletion_policy", "Retain"),
        ("    UpdateReplacePolicy: Retain\n", "update_policy", {"UpdateReplacePolicy": "Retain"}),
        ("    UpdateReplacePolicy: Delete\n", "update_policy", None),
        (
            "    UpdateReplacePolicy: Retain\n    UpdatePolicy: {AlwaysUpdate: true}\n",
            "update_policy",
            {"AlwaysUpdate": True, "UpdateReplacePolicy": "Retain"},
        ),
        ("    Condition: C\n", "condition", "C"),
        ("    Metadata: {A: !Ref U}\n", "metadata", {"A": {"get_resource": "U"}}),
        ("    Version: '1.0'\n", "version", None),
        ("    Description: d\n", "description", "d"),
    ],
)
def test_a_resources_attributes(lines: str, key: str, translated: Any) -> None:
    assert resource(lines).get(key) == translated


@pytest.mark.parametrize("kind", ["Custom::Thing", "Custom::a_b@c-d", "AWS::CloudFormation::CustomResource"])
def test_a_custom_resource_keeps_name_type_and_properties(kind: str) -> None:
    text = f"Resources: {{My1: {{Type: '{kind}', Properties: {{ServiceToken: 'mistral:w', A: [1, {{B: true}}]}}}}}}"
    assert porting.hot(porting.ported(text))["resources"] == {
        "My1": {"type": kind, "properties": {"ServiceToken": "mistral:w", "A": [1, {"B": True}]}}
    }


def test_types_that_the_target_offers_stay_with_the_properties_that_heat_knows() -> None:
    text = "Resources: {B: {Type: 'AWS::S3::Bucket', Properties: {AccessControl: Private, BucketEncryption: {}}}}"
    result = porting.ported(text, resource_types=frozenset({"AWS::S3::Bucket"}))
    assert porting.hot(result)["resources"]["B"]["properties"] == {"AccessControl": "Private"}
    assert porting.lost(result) == {"AWS::S3::Bucket BucketEncryption"}


def test_the_interface_becomes_groups_and_labels() -> None:
    text = """\
Metadata:
  AWS::CloudFormation::Interface:
    ParameterGroups:
      - {Label: {default: One}, Parameters: [A, Nobody]}
      - {Label: {default: Two}, Parameters: [A]}
    ParameterLabels: {A: {default: The A}}
Parameters: {A: {Type: String}}
Resources: {T: {Type: Custom::T}}
"""
    result = porting.hot(porting.ported(text))
    assert result["parameter_groups"] == [{"label": "One", "parameters": ["A"]}]
    assert result["parameters"]["A"]["label"] == "The A"


@pytest.mark.parametrize(
    ("value", "condition"),
    [
        ("!Ref A", "C"),
        ("!Sub '${A.X}-${B}'", {"and": ["C", "D"]}),
        ("!If [C, !Ref A, '']", None),
        ("!Ref U", None),
    ],
)
def test_an_output_is_shown_only_where_what_it_shows_is_made(value: str, condition: Any) -> None:
    text = "Conditions: {C: !Equals [a, b], D: !Equals [a, a]}\nResources:\n  U: {Type: Custom::U}\n"
    text += "  A: {Type: Custom::A, Condition: C}\n  B: {Type: Custom::B, Condition: D}\n"
    output = porting.hot(porting.ported(text + f"Outputs: {{O: {{Value: {value}}}}}\n"))["outputs"]["O"]
    assert output.get("condition") == condition


def test_outputs_keep_description_and_condition() -> None:
    text = "Conditions: {C: !Equals [a, a]}\nResources: {T: {Type: Custom::T}}\n"
    text += "Outputs: {O: {Description: d, Condition: C, Value: !GetAtt T.A}}\n"
    assert porting.hot(porting.ported(text))["outputs"] == {
        "O": {"description": "d", "condition": "C", "value": {"get_attr": ["T", "A"]}}
    }


def test_parameters_without_default_are_listed_to_be_filled_in() -> None:
    text = """\
Parameters:
  Given: {Type: String, Default: x}
  Text: {Type: String, AllowedPattern: '[0-9]+'}
  Choice: {Type: String, AllowedValues: [true, b]}
  Count: {Type: Number, MinValue: 2, MaxValue: 5}
  Number: {Type: Number}
  List: {Type: List<AWS::EC2::Subnet::Id>}
Resources: {T: {Type: Custom::T}}
"""
    result = porting.ported(text)
    assert yaml.safe_load(result.files["environment.yaml"]) == {
        "parameters": {"Text": "replace-me-Text", "Choice": "true", "Count": 2, "Number": 0, "List": "replace-me-List"}
    }
    assert "environment.yaml" not in porting.ported("Resources: {T: {Type: Custom::T}}").files
