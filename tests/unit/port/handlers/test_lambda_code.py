import json

import porting
import pytest

FUNCTION = (
    "  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Runtime: {runtime}\n      Handler: index.handler\n"
)
CALLER = "  C: {Type: Custom::C, Properties: {ServiceToken: !GetAtt F.Arn}}\n"


@pytest.mark.parametrize(
    ("construct", "lines", "runtime"),
    [
        ("Lambda Code", "      Code: {S3Bucket: b, S3Key: k}\n", "python3.12"),
        ("Lambda Code", "      Code: {ImageUri: i}\n", "python3.12"),
        ("Lambda VpcConfig", "      VpcConfig: {}\n", "python3.12"),
        ("Lambda Layers", "      Layers: []\n", "python3.12"),
        ("Lambda FileSystemConfigs", "      FileSystemConfigs: []\n", "python3.12"),
        ("Lambda Environment", "      Environment: {Variables: {A: !Ref F}}\n", "python3.12"),
        ("Lambda Code", "", "python3.12"),
        ("Lambda Events", "      Events: {Api: {Type: Api}}\n", "python3.12"),
        ("Lambda FunctionUrlConfig", "      FunctionUrlConfig: {AuthType: NONE}\n", "python3.12"),
        ("AWS SDK", "      Code: {ZipFile: import boto3}\n", "python3.12"),
        ("AWS SDK", "      Code: {ZipFile: \"require('@aws-sdk/client-s3')\"}\n", "nodejs20.x"),
        ("Runtime", "      Code: {ZipFile: x}\n", "ruby3.2"),
        ("ZipFile", "      Code: {ZipFile: 'print 1'}\n", "python2.7"),
        ("ZipFile", "      Code: {ZipFile: from botocore.vendored import requests}\n", "python3.7"),
        ("ZipFile", "      Code: {ZipFile: !Sub 'x = \"${T}\"'}\n", "python3.12"),
        ("ServiceToken", "      Code: {ZipFile: x}\n", "python3.12"),
    ],
)
def test_what_a_function_had_at_aws_is_reported(construct: str, lines: str, runtime: str) -> None:
    text = porting.template(FUNCTION.replace("{runtime}", runtime) + lines + CALLER)
    found = [finding for finding in porting.ported(text).report if finding.construct == construct]
    assert found
    assert all(f.level == "todo" and f.line > 2 and f.reason and f.remedy for f in found)


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
    assert "--handler index:handler --timeout 7 --runtime node" in script
    given = json.loads(files["handlers/F/environment.json"])
    assert (given["SHARED"], given["BOTH"]) == ("shared", "own")
    assert "handlers/Plain/index.py" in files
    assert "handlers/Plain/environment.json" not in files
    assert "--environment" not in files["handlers/Plain/provider.sh"]


def test_a_variable_that_the_stack_computes_says_what_it_is() -> None:
    result = porting.ported(SERVERLESS)
    assert json.loads(result.files["handlers/F/environment.json"]) == {
        "SHARED": "shared",
        "BOTH": "own",
        "LEVEL": "info",
        "WHERE": "RegionOne-info",
        "MAPPED": "mapped",
        "JOINED": "info/x",
        "TABLE": "",
        "SECRET": "",
    }
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
    ],
)
def test_code_that_the_stack_computes_names_what_is_left_open(code: str, written: str, named: str) -> None:
    text = "Resources:\n  F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.12, Code: {ZipFile: CODE}}}\n"
    text += "  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn}}\n"
    result = porting.ported(text.replace("CODE", code))
    assert result.files["handlers/F/index.py"] == written
    (finding,) = [f for f in result.report if f.reason.startswith("the code is computed")]
    assert finding.reason == f"the code is computed from the stack: {named}"


@pytest.mark.parametrize(
    "code", ["!Sub ['a = 1', {}]", "!Sub ['a = ${B}', {B: 1}]", "!Sub 'a = 1'", "!Join ['', ['a =', ' 1']]"]
)
def test_code_that_only_looks_computed_is_written_out_whole(code: str) -> None:
    text = "Resources:\n  F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.12, Code: {ZipFile: CODE}}}\n"
    text += "  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn}}\n"
    result = porting.ported(text.replace("CODE", code))
    assert result.files["handlers/F/index.py"] == "a = 1\n"
    assert "ZipFile" not in {f.construct for f in result.report}


@pytest.mark.parametrize(
    ("runtime", "handler", "entry"),
    [
        ("python3.12", "src/app.lambda_handler", "src.app:lambda_handler"),
        ("python3.12", "package.app.main", "package.app:main"),
        ("nodejs22.x", "dist/app.handler", "dist/app:handler"),
        ("provided.al2023", "main.handler", "main:handler"),
    ],
)
def test_a_handler_in_a_folder_is_found_there(runtime: str, handler: str, entry: str) -> None:
    text = f"""Resources:
  F: {{Type: AWS::Lambda::Function, Properties: {{Runtime: {runtime}, Handler: {handler}, Code: {{S3Key: k}}}}}}
  T: {{Type: Custom::T, Properties: {{ServiceToken: !GetAtt F.Arn}}}}
"""
    files = porting.ported(text).files
    assert f"--handler {entry} " in files["handlers/F/provider.sh"]
    said = {"python3.12": "", "nodejs22.x": "--runtime node", "provided.al2023": "--runtime provided"}[runtime]
    assert said in files["handlers/F/provider.sh"]


@pytest.mark.parametrize(
    ("code", "where"),
    [
        ("!Rain::Embed code.py", "code.py, which Rain::Embed puts in when it is built"),
        ("{'Fn::Transform': {Name: AWS::Include}}", "a file, which Transform puts in when it is built"),
        ("'{{ code }}'", "what a build puts in for {{ code }}"),
        ("'<% code %>'", "what a build puts in for <% code %>"),
        ("'@@CODE@@'", "what a build puts in for @@CODE@@"),
        ("__CODE__", "what a build puts in for __CODE__"),
        ("'${file(index.py)}'", "what a build puts in for ${file(index.py)}"),
        ("'file://index.py'", "what a build puts in for file://index.py"),
    ],
)
def test_a_placeholder_that_a_build_fills_in_is_code_elsewhere(code: str, where: str) -> None:
    text = "Resources:\n  F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.12, Code: {ZipFile: CODE}}}\n"
    text += "  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn}}\n"
    result = porting.ported(text.replace("CODE", code, 1))
    assert "handlers/F/index.py" not in result.files
    (finding,) = [f for f in result.report if f.construct == "Lambda Code"]
    assert finding.reason == f"its code is in {where}"
    assert "ZipFile" not in {f.construct for f in result.report}


def test_a_name_that_no_variable_can_have_is_reported_and_left_out() -> None:
    text = FUNCTION.replace("{runtime}", "python3.12") + "      Environment: {Variables: {'A=B': c, D: e}}\n" + CALLER
    assert porting.about(porting.template(text), "Lambda Environment") == [("lost", "F", 8)]
    assert json.loads(porting.ported(porting.template(text)).files["handlers/F/environment.json"]) == {"D": "e"}


def test_what_only_looks_like_a_package_of_npm_is_none() -> None:
    text = """Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {Runtime: nodejs20.x, Code: {ZipFile: "import('${e.Id}'); require('axios'); require('@aws-sdk/x')"}}
  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn}}
"""
    assert porting.ported(text).proposals[0].requirements == ("@aws-sdk/x", "axios")
