import porting
import pytest


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


TOP = {
    "Transform": ("Transform: AWS::Serverless-2016-10-31\n", "lost", "Transform", 1),
    "Rules": ("Rules: {R: {}}\n", "lost", "Rules", 1),
    "Hooks": ("Hooks: {}\n", "lost", "Hooks", 1),
    "Surprise": ("Surprise: 1\n", "lost", "Surprise", 1),
    "Globals Api": ("Globals:\n  Api: {}\n", "lost", "Globals", 2),
    "Metadata Licence": ("Metadata:\n  Licence: MIT\n", "lost", "Metadata", 2),
    "Globals Function": ("Globals: {Function: {}}\n", "note", "Globals", 1),
}


@pytest.mark.parametrize("construct", TOP)
def test_a_section_that_heat_has_not_is_reported(construct: str) -> None:
    top, level, resource, line = TOP[construct]
    assert porting.about(porting.template(top=top), construct) == [(level, resource, line)]


def test_a_transform_that_only_adds_functions_is_noted() -> None:
    assert porting.about(porting.template(top="Transform: [AWS::LanguageExtensions]\n"), "Transform") == [
        ("note", "Transform", 1)
    ]


def test_a_loop_over_entries_is_reported() -> None:
    text = porting.template("  'Fn::ForEach::X': [A, !Ref AWS::StackName, {}]\n")
    assert porting.about(text, "Fn::ForEach") == [("lost", "Fn::ForEach::X", 3)]


def test_a_key_that_stands_twice_is_reported() -> None:
    text = porting.template("  R:\n    Type: Custom::R\n    Type: Custom::S\n")
    assert porting.about(text, "repeated key") == [("todo", "R", 5)]
