import porting

TEXT = """\
AWSTemplateFormatVersion: '2010-09-09'
Description: what it is for
Parameters:  # asked
  P: {Type: String}
Conditions: {C: !Equals [!Ref P, a]}
Resources:
  # kept
  T: {Type: Custom::T, Condition: C, Properties: {ServiceToken: 'arn:x', P: !Ref P}}
Outputs: {O: {Value: !GetAtt T.A, Condition: C}}
"""


def test_the_sections_come_in_heats_order_with_the_comments() -> None:
    result = porting.ported(TEXT)
    assert list(porting.hot(result)) == [
        "heat_template_version",
        "description",
        "parameters",
        "conditions",
        "resources",
        "outputs",
    ]
    assert "# kept" in result.template
    assert porting.hot(result)["description"] == "what it is for"
