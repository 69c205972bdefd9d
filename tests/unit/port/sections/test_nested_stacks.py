"""A nested stack's template is ported into a file of its own, by which its parent names it."""

from typing import Any

import porting
import pytest
import yaml

from customresource_bridge.port.context import PLACEHOLDER
from customresource_bridge.port.errors import TemplateError
from customresource_bridge.port.translate import Ported
from customresource_bridge.port.verdict import PortVerdict

CHILD = """\
Parameters:
  Name: {Type: String}
  Size: {Type: Number, Default: 1}
  Names: {Type: CommaDelimitedList, Default: 'a,b'}
Mappings: {M: {a: {b: c}}}
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  T:
    Type: Custom::T
    Properties:
      ServiceToken: mistral:w
      Bucket: !GetAtt Bucket.Arn
      Region: !Ref AWS::Region
      Mapped: !FindInMap [M, !Ref Name, b]
Outputs:
  Made: {Value: !GetAtt T.A}
  Gone: {Value: !FindNothing x}
"""
PARENT = """\
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  U:
    Type: Custom::U
    Properties:
      ServiceToken: mistral:w
      A: !GetAtt Inner.Outputs.Made
      B: !Sub 'x-${Inner.Outputs.Made}'
      C: !GetAtt Inner.Outputs.Gone
      D: !Ref Inner
      E: !GetAtt Bucket.Arn
      F: !Ref AWS::Region
  Inner:
    Type: AWS::CloudFormation::Stack
    DeletionPolicy: Retain
    Properties:
      TemplateURL: child.yaml
      TimeoutInMinutes: 5
      Parameters: {Name: !Sub 'n-${AWS::StackName}', Size: 3, Names: !Join [',', [x, y]], Unknown: 1}
"""


def ported(parent: str = PARENT, **more: str) -> Ported:
    return porting.ported(parent, read_template=porting.templates({"child.yaml": CHILD, **more}))


def inner(parent: str = PARENT) -> dict[str, Any]:
    found = porting.hot(ported(parent))["resources"]["Inner"]
    assert isinstance(found, dict)
    return found


def said(result: Ported, construct: str) -> list[str]:
    return [finding.reason for finding in result.report if finding.construct == construct]


def test_its_type_is_the_file_of_its_template() -> None:
    result = ported()
    assert inner()["type"] == "child.yaml"
    assert inner()["deletion_policy"] == "Retain"
    child = yaml.safe_load(result.files["child.yaml"])
    assert child["resources"]["T"]["type"] == "Custom::T"
    assert set(child["outputs"]) == {"Made"}


def test_its_parameters_are_properties() -> None:
    given = inner()["properties"]
    assert given["Size"] == "3"
    assert given["Names"] == "x,y"
    assert "Unknown" not in given
    assert said(ported(), "Parameters Unknown") == ["its template has no such parameter"]
    assert said(ported(), "AWS::CloudFormation::Stack TimeoutInMinutes")


def test_its_outputs_are_attributes_and_one_that_is_not_there_is_a_parameter() -> None:
    seen = porting.hot(ported())["resources"]["U"]["properties"]
    assert seen["A"] == {"get_attr": ["Inner", "Made"]}
    assert {"get_attr": ["Inner", "Made"]} in seen["B"]["str_replace"]["params"].values()
    assert seen["C"] == {"get_param": "InnerOutputsGone"}
    assert seen["D"] == {"get_resource": "Inner"}


def test_what_its_template_gained_is_the_parent_s_to_give() -> None:
    result = ported()
    top = porting.hot(result)
    given = top["resources"]["Inner"]["properties"]
    assert given["BucketArn"] != top["resources"]["U"]["properties"]["E"]  # another bucket, another parameter
    assert top["parameters"][given["BucketArn"]["get_param"]]["default"] == PLACEHOLDER + "Bucket.Arn"
    assert given["AWSRegion"] == top["resources"]["U"]["properties"]["F"] == {"get_param": "AWSRegion"}
    assert "M" not in given  # a constant of its template's own
    assert given["BucketArn"] == {"get_param": "child-BucketArn"}


def test_a_parameter_that_is_given_nothing_blocks() -> None:
    result = ported(PARENT.replace("Name: !Sub 'n-${AWS::StackName}', ", ""))
    (finding,) = [finding for finding in result.report if finding.blocks]
    assert (finding.resource, finding.construct) == ("Inner", "Parameters")
    assert "Name has no default" in finding.reason


@pytest.mark.parametrize("types", [frozenset[str](), frozenset({"AWS::CloudFormation::Stack"})])
def test_a_template_that_is_elsewhere_blocks(types: frozenset[str]) -> None:
    text = porting.template("  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://x.org/t'}}\n")
    result = porting.ported(text, resource_types=types)
    verdict = PortVerdict.of(result.report)
    assert verdict.to_dict()["blocks"] == ["N (AWS::CloudFormation::Stack)"]
    assert verdict.missing == ()
    assert "https://x.org/t, which port does not fetch" in verdict.blocks[0].reason
    assert set(porting.hot(result)["resources"]) == ({"T", "N"} if types else {"T"})


def test_findings_about_a_nested_template_name_it() -> None:
    lines = [finding.to_text("app/template.yaml") for finding in ported().report]
    assert any(line.startswith("app/child.yaml:7: lost: Bucket: AWS::S3::Bucket: ") for line in lines)
    assert any(line.startswith("app/template.yaml:2: lost: Bucket: AWS::S3::Bucket: ") for line in lines)
    assert "child.yaml: Bucket (AWS::S3::Bucket)" in PortVerdict.of(ported().report).to_dict()["missing"]


def test_a_serverless_application_is_one_too() -> None:
    text = PARENT.replace("AWS::CloudFormation::Stack", "AWS::Serverless::Application").replace(
        "TemplateURL", "Location"
    )
    assert inner(text)["type"] == "child.yaml"


FUNCTION = (
    "{{Type: AWS::Serverless::Function, Properties: {{Runtime: python3.12, Handler: index.handler, CodeUri: {}}}}}"
)
OUTER = f"""\
Resources:
  F: {FUNCTION.format("src")}
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {{TemplateURL: inner/t.yaml, Parameters: {{Who: !GetAtt F.Arn}}}}
  T: {{Type: Custom::T, Properties: {{ServiceToken: !GetAtt Inner.Outputs.Who}}}}
"""
HELD = f"""\
Parameters: {{Who: {{Type: String, AllowedPattern: 'arn:.*'}}}}
Resources:
  F: {FUNCTION.format("src")}
  U: {{Type: Custom::U, Properties: {{ServiceToken: !Ref Who}}}}
  V: {{Type: Custom::V, Properties: {{ServiceToken: !GetAtt F.Arn}}}}
Outputs: {{Who: {{Value: !GetAtt F.Arn}}}}
"""


def test_a_handler_of_the_one_template_answers_custom_resources_of_the_other() -> None:
    folders = {"src": {"index.py": b"outer = 1"}, "inner/src": {"index.py": b"inner = 1"}}
    result = porting.ported(
        OUTER, read_template=porting.templates({"inner/t.yaml": HELD}), read_folder=porting.beside(folders)
    )
    top, below = porting.hot(result), yaml.safe_load(result.files["inner-t.yaml"])
    assert set(top["resources"]) == {"Inner", "T"}
    assert set(below["resources"]) == {"U", "V"}
    given = top["resources"]["Inner"]["properties"]
    assert given == {
        "Who": {"get_param": "FServiceToken"},
        "inner-t-FServiceToken": {"get_param": "inner-t-FServiceToken"},
    }
    assert top["resources"]["T"]["properties"]["ServiceToken"] == {"get_attr": ["Inner", "Who"]}
    assert below["outputs"]["Who"]["value"] == {"get_param": "inner-t-FServiceToken"}
    assert "constraints" not in below["parameters"]["Who"]
    assert {name: top["parameters"][name]["default"] for name in top["parameters"]} == {
        "FServiceToken": "zaqar:cr-F",
        "inner-t-FServiceToken": "zaqar:cr-F-92c95762",
    }
    assert result.copied["handlers/F/index.py"] == b"outer = 1"
    assert result.copied["handlers/inner-t-F/index.py"] == b"inner = 1"
    assert [(proposal.name, proposal.parameter) for proposal in result.proposals] == [
        ("F", "FServiceToken"),
        ("inner-t-F", "inner-t-FServiceToken"),
    ]
    assert not [
        finding
        for finding in result.report
        if finding.level == "lost" and finding.construct != "Transform" and "AllowedPattern" not in finding.construct
    ]


def test_one_service_token_is_given_to_nested_stacks_as_well() -> None:
    result = porting.ported(OUTER, read_template=porting.templates({"inner/t.yaml": HELD}), service_token="mistral:m")
    assert porting.hot(result)["resources"]["Inner"]["properties"] == {"Who": "mistral:m"}
    assert yaml.safe_load(result.files["inner-t.yaml"])["resources"]["V"]["properties"] == {"ServiceToken": "mistral:m"}


def test_what_two_templates_import_is_one_thing_where_it_is_constant() -> None:
    def template(imported: str) -> str:
        of = f"{{ServiceToken: mistral:w, P: !ImportValue {imported}}}"
        return f"Parameters: {{P: {{Type: String}}}}\nResources:\n  T: {{Type: Custom::T, Properties: {of}}}\n"

    def given(imported: str) -> tuple[Any, Any]:
        read = porting.templates({"child.yaml": template(imported)})
        stack = "  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml, Parameters: {P: x}}}\n"
        found = porting.hot(porting.ported(template(imported) + stack, read_template=read))["resources"]
        return found["T"]["properties"]["P"], found["N"]["properties"]["ImportedP"]

    assert given("P") == ({"get_param": "ImportedP"}, {"get_param": "ImportedP"})
    assert given("{Ref: P}") == ({"get_param": "ImportedP"}, {"get_param": "child-ImportedP"})


def test_what_grows_with_the_square_of_the_input_is_refused() -> None:
    imports = "\n".join(f"      P{number}: !ImportValue x{number}" for number in range(101))
    child = f"Resources:\n  T:\n    Type: Custom::T\n    Properties:\n      ServiceToken: mistral:w\n{imports}\n"
    stack = "{Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}"

    def parent(stacks: int) -> str:
        return "Resources:\n" + "".join(f"  N{number}: {stack}\n" for number in range(stacks))

    def read(text: str) -> Ported:
        return porting.ported(text, read_template=porting.templates({"child.yaml": child}))

    assert porting.hot(read(parent(2)))["resources"]["N1"]["properties"]
    with pytest.raises(TemplateError, match="more than 10000: port it in parts"):
        read(parent(100))
