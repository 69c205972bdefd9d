import re
from typing import Any

import porting
import pytest


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


PARAMETERS = {
    "AWS::EC2::VPC::Id": ("{Type: AWS::EC2::VPC::Id}", "todo"),
    "AWS::SSM::Parameter::Value<String>": ("{Type: AWS::SSM::Parameter::Value<String>}", "todo"),
    "Default": ("{Type: AWS::SSM::Parameter::Value<String>, Default: /x}", "todo"),
    "dynamic reference": ("{Type: String, Default: '{{resolve:ssm:x}}'}", "todo"),
    "AllowedPattern": ("{Type: String, AllowedPattern: '\\p{IsGreek}+'}", "lost"),
    "Parameters MinLength": ("{Type: CommaDelimitedList, MinLength: 1}", "lost"),
    "Parameters Surprise": ("{Type: String, Surprise: 1}", "lost"),
}


@pytest.mark.parametrize("construct", PARAMETERS)
def test_what_heat_cannot_say_of_a_parameter_is_reported(construct: str) -> None:
    declared, level = PARAMETERS[construct]
    text = porting.template(top=f"Parameters:\n  V: {declared}\n")
    assert porting.about(text, construct) == [(level, "Parameters.V", 2)]


def token_parameter(declaration: str) -> tuple[dict[str, Any], set[str]]:
    text = f"Parameters:\n  Handler: {declaration}\nConditions: {{C: !Equals [a, b]}}\nResources:\n"
    text += "  T: {Type: Custom::T, Properties: {ServiceToken: !If [C, !Ref Handler, 'mistral:w']}}\n"
    result = porting.ported(text)
    return porting.hot(result)["parameters"]["Handler"], porting.lost(result)


def test_a_token_s_parameter_loses_what_would_refuse_the_tokens_of_this_cloud() -> None:
    found, lost = token_parameter(
        "{Type: String, AllowedPattern: '^arn:aws:(lambda|sns):.*$', ConstraintDescription: must be an ARN, "
        "MinLength: 20, MaxLength: 2048, AllowedValues: ['arn:aws:lambda:x']}"
    )
    assert found == {"type": "string", "constraints": [{"length": {"max": 2048}, "description": "must be an ARN"}]}
    assert lost == {"ServiceToken AllowedPattern", "ServiceToken MinLength", "ServiceToken AllowedValues"}


def test_a_token_s_parameter_keeps_what_lets_the_tokens_of_this_cloud_in() -> None:
    found, lost = token_parameter(
        "{Type: String, AllowedPattern: '(mistral|zaqar):[a-z]+', MinLength: 1, AllowedValues: ['mistral:a', b]}"
    )
    assert [list(constraint) for constraint in found["constraints"]] == [
        ["allowed_values"],
        ["allowed_pattern"],
        ["length"],
    ]
    assert lost == set()


def test_another_parameter_keeps_its_pattern_for_arns() -> None:
    assert parameter("{Type: String, AllowedPattern: '^arn:.*$'}")["constraints"] == [{"allowed_pattern": "^arn:.*$"}]


def test_a_java_pattern_takes_the_template_s_own_default() -> None:
    found = parameter(r"{Type: String, Default: ab, AllowedPattern: '[\w&&[^\d]]+'}")
    pattern = found["constraints"][0]["allowed_pattern"]
    assert re.match(pattern, "ab")
    assert not re.match(pattern, "a1")
