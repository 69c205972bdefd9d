import porting
import pytest

SUPPORT = """\
  Role: {Type: 'AWS::IAM::Role'}
  Policy: {Type: 'AWS::IAM::Policy', Properties: {Roles: [!Ref Role]}}
  Permission: {Type: 'AWS::Lambda::Permission', Properties: {FunctionName: !Ref F}}
  Logs: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: !Sub '/aws/lambda/${F}'}}
  F: {Type: 'AWS::Lambda::Function', Properties: {Role: !GetAtt Role.Arn, Runtime: python3.12, Code: {ZipFile: ''}}}
  T: {Type: 'Custom::T', DependsOn: [Policy, Logs], Properties: {ServiceToken: !GetAtt F.Arn}}
"""


@pytest.mark.parametrize(
    ("more", "kept"),
    [
        ("", set()),
        ("  Other: {Type: 'AWS::IAM::Role'}\n", {"Other"}),
        ("  Rule: {Type: 'AWS::Events::Rule', Properties: {RoleArn: !GetAtt Role.Arn}}\n", {"Rule", "Role", "Policy"}),
        ("  U: {Type: 'Custom::U', Properties: {ServiceToken: 'mistral:w', Role: !Ref Role}}\n", {"Role", "Policy"}),
        (
            "  Lone: {Type: 'AWS::Lambda::Function', Properties: {Role: !GetAtt LoneRole.Arn}}\n"
            "  LoneRole: {Type: 'AWS::IAM::Role'}\n",
            {"Lone", "LoneRole"},
        ),
    ],
)
def test_only_what_serves_custom_resources_alone_is_taken_out(more: str, kept: set[str]) -> None:
    result = porting.ported(f"Resources:\n{SUPPORT}{more}")
    assert {f.resource for f in result.report if f.level == "lost"} == kept
    served = {f.resource for f in result.report if f.level == "note" and f.reason.startswith("taken out")}
    assert served == {"Role", "Policy", "Permission", "Logs", "F"} - kept
