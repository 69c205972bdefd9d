import pytest

from customresource_bridge.port.errors import TemplateError
from customresource_bridge.port.template.load import load
from customresource_bridge.port.template.template import Template


def template(text: str) -> Template:
    return Template.of(load(text.encode()))


@pytest.mark.parametrize(
    ("text", "problem", "line"),
    [
        ("heat_template_version: 2021-04-16\nResources: {T: {Type: x}}\n", "This is a HOT template already", 0),
        ("A: 1\n", "This is no CloudFormation template", 0),
        ("Resources: {}\n", "This is no CloudFormation template", 0),
        ("Resources: [a]\n", "The section Resources is no map", 1),
        ("Resources:\n  A: x\n", "Resources: 'A' is no map", 2),
        ("Resources:\n  A: {Type: [x]}\n", "The resource 'A' has no Type", 2),
        ("Resources: {A: {Type: x}}\nOutputs: {\n  O: x}\n", "Outputs: 'O' is no map", 3),
        ("Resources: {A: {Type: x}}\nParameters: {P: 1}\n", "Parameters: 'P' is no map", 2),
    ],
)
def test_what_is_no_template_is_refused_with_its_line(text: str, problem: str, line: int) -> None:
    with pytest.raises(TemplateError) as refused:
        template(text)
    assert (refused.value.problem, refused.value.line) == (problem, line)
    assert refused.value.remedy


def test_a_loop_is_no_entry_of_its_section() -> None:
    found = template("Resources:\n  'Fn::ForEach::X': [A, [a], {}]\n  T: {Type: Custom::T}\n")
    assert found.loops == (("Fn::ForEach::X", 2),)
    assert list(found.resources) == ["T"]


@pytest.mark.parametrize(
    ("kind", "custom"), [("Custom::T", True), ("AWS::CloudFormation::CustomResource", True), ("AWS::S3::Bucket", False)]
)
def test_a_handler_stands_behind_custom_resources_only(kind: str, custom: bool) -> None:
    found = template(f"Parameters: {{N: {{Type: Number}}}}\nResources: {{T: {{Type: '{kind}', Properties: x}}}}\n")
    assert found.is_custom("T") is custom
    assert found.properties("T") == {}
    assert found.is_number("N")
    assert not found.is_number("T")


def test_a_serverless_function_has_the_settings_of_all_too() -> None:
    found = template(
        "Globals: {Function: {Timeout: 1, Runtime: r, Layers: [a], Environment: {Variables: {A: 1, B: 1}}}}\n"
        "Resources:\n  S: {Type: AWS::Serverless::Function, Properties: {Timeout: 2, Layers: [b], "
        "Environment: {Variables: {B: 2}}}}\n  L: {Type: AWS::Lambda::Function, Properties: {Timeout: 3}}\n"
    )
    shared = {"Timeout": 2, "Runtime": "r", "Layers": ["a", "b"], "Environment": {"Variables": {"A": 1, "B": 2}}}
    assert found.function_properties("S") == shared
    assert found.function_properties("L") == {"Timeout": 3}
