from typing import Any

import porting
import pytest


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


PROVIDER = """\
Resources:
  Role: {Type: AWS::IAM::Role}
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Role: !GetAtt Role.Arn
      Code:
        ZipFile: CODE
Outputs:
  Arn: {Value: SHOWN, Export: {Name: provider}}
"""


def test_an_output_that_shows_a_handler_is_the_one_token_where_all_share_it() -> None:
    text = PROVIDER.replace("CODE", "import cfnresponse").replace("SHOWN", "!GetAtt F.Arn")
    hot = porting.hot(porting.ported(text, service_token="mistral:echo"))
    assert hot["outputs"]["Arn"] == {"value": "mistral:echo"}


def test_an_export_is_reported() -> None:
    text = porting.template(outputs="  O: {Value: x, Export: {Name: n}}\n")
    assert porting.about(text, "Outputs Export") == [("lost", "Outputs.O", 4)]


@pytest.mark.parametrize("value", ["!Ref AWS::NoValue", "", "!GetAtt F.Name"])
def test_an_output_without_value_is_left_out_and_reported(value: str) -> None:
    support = "  F: {Type: AWS::Lambda::Function, Properties: {Role: !Ref Role, Code: {ZipFile: cfnresponse}}}\n"
    text = porting.template(f"  Role: {{Type: AWS::IAM::Role}}\n{support}", outputs=f"  O: {{Value: {value}}}\n")
    assert porting.about(text, "Outputs") == [("lost", "Outputs.O", 6)]
    assert "outputs" not in porting.hot(porting.ported(text))
