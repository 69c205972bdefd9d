import porting
import yaml


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
