import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import openstack
import porting
import pytest
import yaml

from customresource_bridge.testing import a_request

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


def proposals(resources: str) -> dict[str, object]:
    result = porting.ported(f"Resources:\n{resources}")
    return {proposal.name: proposal for proposal in result.proposals}


@pytest.mark.parametrize(
    "token",
    [
        "!GetAtt F.Arn",
        "!Ref F",
        "!Sub '${F.Arn}'",
        "!Sub 'arn:x:${F}'",
        "!Ref Alias",
        "!Ref Topic",
        "{'Fn::GetAtt': [F, Arn]}",
    ],
)
def test_code_in_the_template_is_written_out_for_the_provider(token: str) -> None:
    text = f"""Resources:
{FUNCTION}
  Alias: {{Type: 'AWS::Lambda::Alias', Properties: {{FunctionName: !Ref F}}}}
  Topic: {{Type: 'AWS::SNS::Topic'}}
  Sub: {{Type: 'AWS::SNS::Subscription', Properties: {{TopicArn: !Ref Topic, Endpoint: !GetAtt F.Arn}}}}
  T: {{Type: Custom::T, Properties: {{ServiceToken: {token}, A: 1}}}}
"""
    result = porting.ported(text)
    (proposal,) = result.proposals
    assert (proposal.kind, proposal.service_token) == ("provider", "zaqar:cr-F")
    assert proposal.requirements == ("PyYAML", "cfnresponse")
    assert "def handler(event, context):" in result.files["handlers/F/index.py"]
    assert result.files["handlers/F/requirements.txt"] == "PyYAML\ncfnresponse\n"
    assert "--queue cr-F --handler index:handler" in result.files["handlers/F/provider.sh"]
    assert "export A='it'\"'\"'s'" in result.files["handlers/F/provider.sh"]
    assert json.loads(result.files["handlers/F/properties.json"]) == {"A": 1}
    hot = porting.hot(result)
    assert hot["resources"]["T"]["properties"]["ServiceToken"] == {"get_param": "FServiceToken"}
    assert hot["parameters"]["FServiceToken"]["default"] == "zaqar:cr-F"


def test_code_elsewhere_gets_a_workflow_with_what_the_template_uses() -> None:
    text = "Resources:\n  T: {Type: Custom::DnsZone, Properties: {ServiceToken: 'arn:aws:x', Name: n, Ttl: !Ref T2}}\n"
    text += "  T2: {Type: Custom::Other, Properties: {ServiceToken: 'mistral:w', S: !Sub '${T.Serial}'}}\n"
    text += "Outputs: {O: {Value: !GetAtt T.Id.X}}\n"
    result = porting.ported(text)
    (proposal,) = result.proposals
    assert (proposal.kind, proposal.service_token) == ("workflow", "mistral:DnsZone")
    source = result.files["workflows/DnsZone.yaml"]
    assert "request.ResourceProperties.Name" in source
    workflow = yaml.safe_load(source)["DnsZone"]
    assert workflow["input"] == ["request"]
    assert set(workflow["tasks"]) == {"phase", "create", "update", "delete"}
    assert set(workflow["tasks"]["create"]["publish"]["data"]) == {"Serial", "Id"}


def test_one_token_for_all_leaves_no_proposal() -> None:
    text = f"Resources:\n{FUNCTION}  T: {{Type: Custom::T, Properties: {{ServiceToken: !GetAtt F.Arn}}}}\n"
    result = porting.ported(text, service_token="mistral:echo")
    assert result.proposals == ()
    assert porting.hot(result)["resources"]["T"]["properties"] == {"ServiceToken": "mistral:echo"}


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
        assert path.replace("/", "").replace(".", "").isalnum()


@pytest.mark.parametrize("runtime", ["python3.12", "nodejs22.x"])
def test_a_handlers_file_stays_in_its_folder(runtime: str) -> None:
    text = FUNCTION.replace("python3.12", runtime)
    text = text.replace("Handler: index.handler", "Handler: '../../$(x)/y.h;rm'")
    text += "  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn}}\n"
    files = porting.ported(f"Resources:\n{text}").files
    assert all(Path(path).parts[0] in {"handlers", "template.yaml"} and ".." not in path for path in files)
    assert "$(" not in files["handlers/F/provider.sh"].split("exec", 1)[1].split("--allowed-base")[0]


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


def test_node_code_runs_through_the_python_module_beside_it(tmp_path: Path) -> None:
    text = """\
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.handler
      Code:
        ZipFile: |
          const fs = require("fs"), aws = require("@aws-sdk/client-s3"), response = require('cfn-response');
  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn}}
"""
    result = porting.ported(text)
    assert result.proposals[0].requirements == ("@aws-sdk/client-s3", "cfn-response")
    assert "--handler node_handler:handler" in result.files["handlers/F/provider.sh"]
    module = tmp_path / "node_handler.py"
    module.write_text(result.files["handlers/F/node_handler.py"])
    subprocess.run([sys.executable, "-m", "py_compile", str(module)], check=True)  # noqa: S603 - ours


SERVERLESS = """\
Parameters: {Level: {Type: String, Default: info}, Secret: {Type: String, Default: s, NoEcho: true}}
Mappings: {M: {a: {b: mapped}}}
Globals:
  Function:
    Runtime: nodejs20.x
    Timeout: 7
    Layers: [one]
    Environment: {Variables: {SHARED: shared, BOTH: global}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      InlineCode: exports.handler = async () => ({});
      Layers: [two]
      Environment:
        Variables:
          BOTH: own
          LEVEL: !Ref Level
          WHERE: !Sub '${AWS::Region}-${Level}'
          MAPPED: !FindInMap [M, a, b]
          JOINED: !Join ['/', [!Ref Level, x]]
          TABLE: !Sub 'arn:${Table}'
          SECRET: !Ref Secret
  Plain: {Type: AWS::Lambda::Function, Properties: {Code: {ZipFile: x = 1}}}
  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn}}
  P: {Type: Custom::P, Properties: {ServiceToken: !GetAtt Plain.Arn}}
"""


def test_what_a_serverless_template_gives_all_functions_a_handler_has_too() -> None:
    files = porting.ported(SERVERLESS).files
    script = files["handlers/F/provider.sh"]
    assert "--handler node_handler:handler" in script
    assert "--timeout 7" in script
    assert "export SHARED=shared\nexport BOTH=own\n" in script
    assert "handlers/Plain/index.py" in files
    assert "SHARED" not in files["handlers/Plain/provider.sh"]


def test_a_variable_that_the_stack_computes_says_what_it_is() -> None:
    result = porting.ported(SERVERLESS)
    script = result.files["handlers/F/provider.sh"].splitlines()
    assert "export LEVEL=info  # ${Level}" in script
    assert "export WHERE=RegionOne-info  # ${AWS::Region}-${Level}" in script
    assert "export MAPPED=mapped  # ${FindInMap M a b}" in script
    assert "export JOINED=info/x  # ${Level}/x" in script
    assert "export TABLE=''  # arn:${Table}" in script
    assert "export SECRET=''  # ${Secret}" in script
    found = {f.line: f.reason for f in result.report if f.construct == "Lambda Environment"}
    assert found[19] == "LEVEL is ${Level} of the stack, by default info"
    assert found[23] == "TABLE is arn:${Table} of the stack"


@pytest.mark.parametrize(
    ("code", "written", "named"),
    [
        ("!Sub 'a = \"${AWS::Region} ${!x} ${F.Arn}\"'", 'a = "${AWS::Region} ${x} ${F.Arn}"\n', "AWS::Region, F.Arn"),
        ("!Sub ['a = \"${B}\"', {B: !Ref P}]", 'a = "${P}"\n', "P"),
        ("!Sub ['a = \"${B} ${C}\"', {B: 7, C: !Ref P}]", 'a = "7 ${P}"\n', "P"),
        ("!Join [\"\\n\", ['a = 1', !Ref P, !Sub '${Q}']]", "a = 1\n${P}\n${Q}\n", "P, Q"),
        ("!Rain::Embed code.py", "${Rain::Embed code.py}\n", "Rain::Embed code.py"),
    ],
)
def test_code_that_the_stack_computes_names_what_is_left_open(code: str, written: str, named: str) -> None:
    text = "Resources:\n  F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.12, Code: {ZipFile: CODE}}}\n"
    text += "  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn}}\n"
    result = porting.ported(text.replace("CODE", code))
    assert result.files["handlers/F/index.py"] == written
    (finding,) = [f for f in result.report if f.reason.startswith("the code is computed")]
    assert finding.reason == f"the code is computed from the stack: {named}"


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


def test_a_handler_that_nothing_of_the_template_uses_needs_no_parameter() -> None:
    result = porting.ported(PROVIDER.replace("CODE", "import cfnresponse").replace("SHOWN", "x"))
    assert result.proposals[0].parameter == ""
    assert "parameters" not in porting.hot(result)


def test_any_other_function_is_no_handler() -> None:
    result = porting.ported(PROVIDER.replace("CODE", "import boto3").replace("SHOWN", "x"))
    assert result.proposals == ()
    assert "AWS::Lambda::Function" in porting.lost(result)


def test_an_output_that_shows_a_handler_is_the_one_token_where_all_share_it() -> None:
    text = PROVIDER.replace("CODE", "import cfnresponse").replace("SHOWN", "!GetAtt F.Arn")
    hot = porting.hot(porting.ported(text, service_token="mistral:echo"))
    assert hot["outputs"]["Arn"] == {"value": "mistral:echo"}


@pytest.mark.parametrize(
    ("runtime", "handler", "entry"),
    [
        ("python3.12", "src/app.lambda_handler", "src.app:lambda_handler"),
        ("python3.12", "package.app.main", "package.app:main"),
        ("nodejs22.x", "dist/app.handler", "node_handler:handler"),
    ],
)
def test_a_handler_in_a_folder_is_found_there(runtime: str, handler: str, entry: str) -> None:
    text = f"""Resources:
  F: {{Type: AWS::Lambda::Function, Properties: {{Runtime: {runtime}, Handler: {handler}, Code: {{S3Key: k}}}}}}
  T: {{Type: Custom::T, Properties: {{ServiceToken: !GetAtt F.Arn}}}}
"""
    files = porting.ported(text).files
    assert f"--handler {entry} " in files["handlers/F/provider.sh"]
    assert runtime.startswith("python") or '"./dist/app"' in files["handlers/F/node_handler.py"]


@pytest.mark.parametrize(
    "code", ["!Sub ['a = 1', {}]", "!Sub ['a = ${B}', {B: 1}]", "!Sub 'a = 1'", "!Join ['', ['a =', ' 1']]"]
)
def test_code_that_only_looks_computed_is_written_out_whole(code: str) -> None:
    text = "Resources:\n  F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.12, Code: {ZipFile: CODE}}}\n"
    text += "  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn}}\n"
    result = porting.ported(text.replace("CODE", code))
    assert result.files["handlers/F/index.py"] == "a = 1\n"
    assert "ZipFile" not in {f.construct for f in result.report}


EXECUTIONS = {
    "SUCCESS": ({"output": '{"physical_resource_id": "thing", "data": {"A": 1}}'}, {"Data": {"A": 1}}),
    "ERROR": ({"state_info": "The zone is full"}, {"Reason": "The zone is full"}),
}


@pytest.mark.parametrize("state", EXECUTIONS)
def test_what_a_workflow_ends_in_is_what_its_check_is_told(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ended, told = EXECUTIONS[state]
    mistral = Mock()
    mistral.post.return_value.json.return_value = {"id": "1", "state": "RUNNING"}
    mistral.get.return_value.json.return_value = {"id": "1", "state": state, **ended}
    files = porting.ported("Resources: {T: {Type: Custom::Zone, Properties: {ServiceToken: 'arn:x'}}}\n").files
    module: dict[str, Any] = {}
    exec(files["workflows/Zone/execution.py"], module)  # noqa: S102 - what is tested
    module["Adapter"] = lambda *_args, **_kwargs: mistral
    monkeypatch.setattr(openstack, "connect", Mock())
    monkeypatch.setattr(module["time"], "sleep", lambda _seconds: None)
    answer = module["handler"](a_request().to_dict(), None)
    assert answer.items() >= {"Status": "SUCCESS" if state == "SUCCESS" else "FAILED", **told}.items()
    started = mistral.post.call_args.kwargs["json"]
    assert started["workflow_name"] == "Zone"
    assert "ResponseURL" not in started["input"]["request"]
