import json

import porting
import pytest

from customresource_bridge.port.handlers.find import find
from customresource_bridge.port.template.load import load
from customresource_bridge.port.template.template import Template

FUNCTION = """\
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Timeout: 30
      Environment: {Variables: {A: "it's"}}
      Code:
        ZipFile: |
          import json, cfnresponse
          from yaml import safe_load
          import os.path

          def handler(event, context):
              return json
"""


def test_a_conditional_token_chooses_between_two_handlers() -> None:
    text = f"Conditions: {{C: !Equals [a, b]}}\nResources:\n{FUNCTION}"
    text += "  T: {Type: Custom::T, Properties: {ServiceToken: !If [C, !GetAtt F.Arn, 'arn:aws:x']}}\n"
    result = porting.ported(text)
    assert {proposal.name for proposal in result.proposals} == {"F", "T"}
    token = porting.hot(result)["resources"]["T"]["properties"]["ServiceToken"]
    assert token == {"if": ["C", {"get_param": "FServiceToken"}, {"get_param": "TServiceToken"}]}


@pytest.mark.parametrize("kind", ["Custom::../../etc/passwd", "Custom::$(touch x)", "Custom::`x`;'\""])
def test_no_name_of_a_template_becomes_a_path_or_a_command(kind: str) -> None:
    text = json.dumps({"Resources": {"../../x": {"Type": kind, "Properties": {"ServiceToken": "arn:x"}}}})
    for path in porting.ported(text).files:
        assert ".." not in path
        assert path.replace("/", "").replace(".", "").replace("-", "").isalnum()


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


@pytest.mark.parametrize("shown", ["!GetAtt F.Arn", "{'Fn::GetAtt': [F, Arn]}", "!Sub '${F.Arn}'"])
@pytest.mark.parametrize(
    "code", ["import cfnresponse", "url = event['ResponseURL']", "from crhelper import CfnResource"]
)
def test_a_function_that_answers_other_templates_custom_resources_is_a_handler(shown: str, code: str) -> None:
    result = porting.ported(PROVIDER.replace("CODE", code).replace("SHOWN", shown))
    assert result.files["handlers/F/index.py"] == f"{code}\n"
    (proposal,) = result.proposals
    assert (proposal.parameter, proposal.resources) == ("FServiceToken", ())
    assert porting.hot(result)["outputs"]["Arn"] == {"value": {"get_param": "FServiceToken"}}
    (todo,) = [f for f in result.report if f.level == "todo"]
    assert "zaqar:cr-F" in todo.remedy
    assert porting.lost(result) == {"Outputs Export"}


def test_any_other_function_is_no_handler() -> None:
    result = porting.ported(PROVIDER.replace("CODE", "import boto3").replace("SHOWN", "x"))
    assert result.proposals == ()
    assert "AWS::Lambda::Function" in porting.lost(result)


@pytest.mark.parametrize(
    "token",
    [
        "!GetAtt F.Arn",
        "!Ref F",
        "!Sub '${F.Arn}'",
        "!Sub 'arn:x:${F}'",
        "!Ref Alias",
        "!Ref Version",
        "!Ref Topic",
        "{'Fn::GetAtt': [F, Arn]}",
    ],
)
def test_a_token_leads_to_its_function_through_aliases_versions_and_topics(token: str) -> None:
    text = f"""Resources:
{FUNCTION}
  Alias: {{Type: 'AWS::Lambda::Alias', Properties: {{FunctionName: !Ref F}}}}
  Version: {{Type: 'AWS::Lambda::Version', Properties: {{FunctionName: !Ref F}}}}
  Topic: {{Type: 'AWS::SNS::Topic'}}
  Sub: {{Type: 'AWS::SNS::Subscription', Properties: {{TopicArn: !Ref Topic, Endpoint: !GetAtt F.Arn}}}}
  T: {{Type: Custom::T, Properties: {{ServiceToken: {token}, A: 1}}}}
  U: {{Type: Custom::U, Properties: {{ServiceToken: !GetAtt F.Arn}}}}
"""
    handlers = find(Template.of(load(text.encode())))
    assert list(handlers) == ["F"]
    assert (handlers["F"].function, handlers["F"].resources, handlers["F"].token) == ("F", ("T", "U"), "zaqar:cr-F")


def test_a_function_in_a_circle_of_aliases_is_looked_for_once() -> None:
    text = """Resources:
  A: {Type: 'AWS::Lambda::Alias', Properties: {FunctionName: !Ref B}}
  B: {Type: 'AWS::Lambda::Alias', Properties: {FunctionName: !Ref A}}
  T: {Type: Custom::Zone, Properties: {ServiceToken: !Ref A}}
"""
    (handler,) = find(Template.of(load(text.encode()))).values()
    assert (handler.function, handler.token) == (None, "mistral:Zone")


ZONES = {
    "A": "{Type: Custom::Zone, Properties: {ServiceToken: 'arn:a'}}",
    "B": "{Type: Custom::Zone, Properties: {ServiceToken: 'arn:b'}}",
    "Z": "{Type: Custom::zone, Properties: {ServiceToken: 'arn:z'}}",
    "Zone": "{Type: AWS::Lambda::Function, Properties: {Code: {ZipFile: import cfnresponse}}}",
}


def names_of(*zones: str) -> dict[str, str]:
    """Return the handlers' names by the resource that they handle, or that they are."""
    text = "Resources:\n" + "".join(f"  {name}: {ZONES[name]}\n" for name in zones)
    handlers = find(Template.of(load(text.encode()))).values()
    return {"".join(handler.resources) or str(handler.function): handler.name for handler in handlers}


def test_two_handlers_of_one_name_are_told_apart_by_what_leads_to_them_in_any_order() -> None:
    one = names_of("A", "B")
    assert {name[:5] for name in one.values()} == {"Zone-"}
    assert len(set(one.values())) == 2
    assert one == names_of("B", "A")
    assert names_of("Z", "B", "A") == {**one, "Z": names_of("A", "Z")["Z"]}


def test_a_handler_of_two_types_is_named_by_the_same_in_any_order() -> None:
    both = ["  A: {Type: Custom::Zone, Properties: {ServiceToken: 'arn:x'}}\n"]
    both += ["  B: {Type: Custom::Alias, Properties: {ServiceToken: 'arn:x'}}\n"]
    for order in (both, both[::-1]):
        (handler,) = find(Template.of(load(("Resources:\n" + "".join(order)).encode()))).values()
        assert handler.name == "Alias"


@pytest.mark.parametrize("value", ["!GetAtt [[a], Arn]", "!GetAtt [{a: b}, Arn]", "{Ref: [[x]]}", "{Ref: {a: b}}"])
def test_what_refers_to_no_name_is_no_handler(value: str) -> None:
    text = f"Resources:\n  T: {{Type: Custom::T, Properties: {{ServiceToken: {value}}}}}\n"
    assert [handler.name for handler in find(Template.of(load(text.encode()))).values()] == ["T"]
    assert porting.lost(porting.ported(f"Resources:\n{FUNCTION}Outputs:\n  A: {{Value: {value}}}\n"))


def test_a_function_keeps_its_name_whatever_is_called_so() -> None:
    assert names_of("Zone")["Zone"] == names_of("A", "Zone")["Zone"] == "Zone"
    assert names_of("A", "Zone")["A"] == names_of("Zone", "A")["A"] != "Zone"


FRAMEWORK = """\
Resources:
  Framework:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs20.x
      Handler: framework.onEvent
      Code: {S3Bucket: assets, S3Key: k}
      Environment:
        Variables: {USER_ON_EVENT_FUNCTION_ARN: !GetAtt Mine.Arn, USER_IS_COMPLETE_FUNCTION_ARN: !GetAtt Done.Arn}
  Mine: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.12, Handler: index.on_event, Code: {ZipFile: x=1}}}
  Done: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.12, Code: {ZipFile: done = 1}}}
  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt Framework.Arn}}
"""


def test_the_user_s_function_behind_a_framework_is_the_handler() -> None:
    result = porting.ported(FRAMEWORK)
    (proposal,) = result.proposals
    assert (proposal.name, proposal.service_token, proposal.resources) == ("Mine", "zaqar:cr-Mine", ("T",))
    assert result.files["handlers/Mine/index.py"] == "x=1\n"
    for script in ("provider.sh", "conformance.sh"):
        command = result.files[f"handlers/Mine/{script}"]
        assert "--handler index:on_event" in command
        assert "--style cdk --is-complete Done/index:handler" in command
    assert set(porting.hot(result)["resources"]) == {"T"}
    assert porting.lost(result) == set()


def test_a_function_that_a_framework_asks_is_written_out_and_asked() -> None:
    result = porting.ported(FRAMEWORK)
    assert result.files["handlers/Mine/Done/index.py"] == "done = 1"
    assert not [finding for finding in result.report if finding.level == "todo" and finding.resource == "Done"]
    elsewhere = porting.ported(FRAMEWORK.replace("Code: {ZipFile: done = 1}", "Code: {S3Bucket: assets, S3Key: k}"))
    (finding,) = [f for f in elsewhere.report if f.level == "todo" and f.resource == "Done"]
    assert "handlers/Mine/Done/index.py" in finding.remedy


def test_one_that_the_provider_cannot_ask_is_reported() -> None:
    result = porting.ported(FRAMEWORK.replace("Runtime: python3.12, Code", "Runtime: nodejs20.x, Code"))
    command = result.files["handlers/Mine/provider.sh"]
    assert "--style cdk" in command
    assert "--is-complete" not in command
    (finding,) = [f for f in result.report if f.level == "todo" and f.resource == "Done"]
    assert "nothing here does" in finding.reason


@pytest.mark.parametrize("shown", ["!GetAtt Framework.Arn", "!Sub '${Framework.Arn}'", "!Ref Live"])
def test_a_provider_that_only_other_stacks_use_is_a_handler_and_its_export_the_token(shown: str) -> None:
    text = FRAMEWORK.replace("T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt Framework.Arn}}", "SHOWN")
    alias = "Live: {Type: 'AWS::Lambda::Alias', Properties: {FunctionName: !Ref Framework}}"
    text = text.replace("SHOWN", f"{alias}\nOutputs: {{Token: {{Value: {shown}, Export: {{Name: 'S:Token'}}}}}}")
    result = porting.ported(text, name="S")
    (proposal,) = result.proposals
    assert (proposal.name, proposal.service_token, proposal.resources) == ("Mine", "zaqar:cr-S-Mine", ())
    assert "--is-complete Done/index:handler" in result.files["handlers/Mine/provider.sh"]
    hot = porting.hot(result)
    assert hot["outputs"] == {"Token": {"value": {"get_param": "MineServiceToken"}}}
    assert (hot["resources"], porting.lost(result)) == ({}, {"Outputs Export"})
    (todo,) = [finding for finding in result.report if finding.level == "todo"]
    assert "give them the ServiceToken zaqar:cr-S-Mine" in todo.remedy


def test_frameworks_in_a_circle_end() -> None:
    text = FRAMEWORK.replace(
        "Handler: index.on_event", "Environment: {Variables: {USER_ON_EVENT_FUNCTION_ARN: !Ref Framework}}"
    )
    assert [proposal.name for proposal in porting.ported(text).proposals] == ["Mine"]
