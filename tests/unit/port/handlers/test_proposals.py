import json
from pathlib import Path

import porting
import pytest
import yaml

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


def test_code_in_the_template_is_written_out_for_the_provider() -> None:
    text = f"Resources:\n{FUNCTION}  T: {{Type: Custom::T, Properties: {{ServiceToken: !GetAtt F.Arn, A: 1}}}}\n"
    result = porting.ported(text)
    (proposal,) = result.proposals
    assert (proposal.kind, proposal.service_token) == ("provider", "zaqar:cr-F")
    assert proposal.requirements == ("PyYAML", "cfnresponse")
    assert "def handler(event, context):" in result.files["handlers/F/index.py"]
    assert result.files["handlers/F/requirements.txt"] == "PyYAML\ncfnresponse\n"
    assert "--queue cr-F --handler index:handler --timeout 30" in result.files["handlers/F/provider.sh"]
    assert json.loads(result.files["handlers/F/environment.json"]) == {"A": "it's"}
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


@pytest.mark.parametrize("runtime", ["python3.12", "nodejs22.x"])
def test_a_handlers_file_stays_in_its_folder(runtime: str) -> None:
    text = FUNCTION.replace("python3.12", runtime)
    text = text.replace("Handler: index.handler", "Handler: '../../$(x)/y.h;rm'")
    text += "  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn}}\n"
    files = porting.ported(f"Resources:\n{text}").files
    assert all(Path(path).parts[0] in {"handlers", "template.yaml"} and ".." not in path for path in files)
    assert "$(" not in files["handlers/F/provider.sh"].split("exec", 1)[1].split("--allowed-base")[0]


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


def test_a_handler_that_nothing_of_the_template_uses_needs_no_parameter() -> None:
    result = porting.ported(PROVIDER.replace("CODE", "import cfnresponse").replace("SHOWN", "x"))
    assert result.proposals[0].parameter == ""
    assert "parameters" not in porting.hot(result)


HOSTILE = {"LD_PRELOAD": "/opt/x.so", "OS_AUTH_URL": "https://other", "HTTPS_PROXY": "$(id)", "A": "'; id #"}


@pytest.mark.parametrize("name", ["provider.sh", "conformance.sh"])
def test_a_template_s_environment_reaches_the_handler_alone(name: str) -> None:
    text = FUNCTION.replace('{A: "it\'s"}', json.dumps(HOSTILE))
    text += "  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn}}\n"
    files = porting.ported(f"Resources:\n{text}").files
    assert json.loads(files["handlers/F/environment.json"]) == HOSTILE
    script = files[f"handlers/F/{name}"]
    assert "--environment environment.json" in script
    assert "export" not in script
    assert not any(variable in script or value in script for variable, value in HOSTILE.items() if variable != "A")


def test_the_check_of_a_handler_knows_what_its_provider_knows() -> None:
    text = FUNCTION + "  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn}}\n"
    files = porting.ported(f"Resources:\n{text}").files
    known = "--handler index:handler --timeout 30 --environment environment.json"
    assert known in files["handlers/F/provider.sh"]
    assert f"{known} --keep-ids " in files["handlers/F/conformance.sh"]


def test_an_example_of_the_properties_is_likely_and_may_be_made_a_number() -> None:
    text = f"Parameters: {{Size: {{Type: Number, Default: 5}}, Name: {{Type: String}}}}\nResources:\n{FUNCTION}"
    text += "  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn, Size: !Ref Size, "
    text += "Name: !Ref Name, L: [!Ref F]}}\n"
    example = json.loads(porting.ported(text).files["handlers/F/properties.json"])
    assert example == {"Size": "5", "Name": "1", "L": ["1"]}
