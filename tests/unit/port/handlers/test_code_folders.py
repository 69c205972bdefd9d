"""A function's code is found where the CDK, SAM and the AWS command have it beside a template."""

from typing import Any

import porting
import pytest

from customresource_bridge.port.beside import NO_CODE, CodeFolder
from customresource_bridge.port.handlers.code_folders import folder_of, main_text

HASH = "0123456789abcdef" * 4
HERE = {"index.py": b"import requests, mine\ndef handler(event, context): ...", "mine.py": b"", "data/x.bin": b"\\xff"}


@pytest.mark.parametrize(
    ("resource", "properties", "path"),
    [
        ({"Metadata": {"aws:asset:path": "asset.1"}}, {}, "asset.1"),
        ({}, {"CodeUri": "src/"}, "src/"),
        ({}, {"Code": "build/app"}, "build/app"),
        ({}, {"Code": {"S3Key": f"{HASH}.zip"}}, f"asset.{HASH}"),
        ({}, {"Code": {"S3Key": f"{HASH}.zip"}}, f"asset.{HASH}.zip"),
        ({}, {"Code": {"S3Bucket": "b", "S3Key": {"Fn::Sub": f"assets/{HASH}.zip"}}}, f"asset.{HASH}"),
    ],
)
def test_a_folder_is_looked_for_where_each_tool_has_it(
    resource: dict[str, Any], properties: dict[str, Any], path: str
) -> None:
    assert folder_of(resource, properties, porting.beside({path: HERE})).files == HERE


@pytest.mark.parametrize(
    "properties", [{"CodeUri": "s3://b/k.zip"}, {"Code": {"S3Key": "mine.zip"}}, {"Code": {"ImageUri": "x"}}, {}]
)
def test_what_is_elsewhere_is_not_looked_for(properties: dict[str, Any]) -> None:
    def read(path: str) -> CodeFolder:
        raise AssertionError(path)

    assert folder_of({}, properties, read) is NO_CODE


@pytest.mark.parametrize(
    ("files", "language", "module", "text"),
    [
        ({"src/app.py": b"x = 1"}, "python", "src.app", "x = 1"),
        ({"dist/index.mjs": b"y"}, "nodejs", "dist/index", "y"),
        ({"index.py": b"\xff"}, "python", "index", "\ufffd"),
        ({"bootstrap": b"\x7fELF"}, "provided", "index", None),
        ({}, "python", "index", None),
    ],
)
def test_the_file_that_a_function_is_in_is_read(
    files: dict[str, bytes], language: str, module: str, text: str | None
) -> None:
    assert main_text(files, language, module) == text


CDK = """\
Resources:
  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt Framework.Arn}}
  Framework:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs20.x
      Environment:
        Variables: {USER_ON_EVENT_FUNCTION_ARN: !GetAtt Mine.Arn, USER_IS_COMPLETE_FUNCTION_ARN: !GetAtt Ready.Arn}
  Mine:
    Type: AWS::Lambda::Function
    Metadata: {aws:asset:path: asset.1}
    Properties: {Runtime: python3.12, Handler: index.handler, Code: {S3Bucket: b, S3Key: k}}
  Ready:
    Type: AWS::Lambda::Function
    Metadata: {aws:asset:path: asset.READY}
    Properties: {Runtime: python3.12, Handler: index.ready, Code: {S3Bucket: b, S3Key: k}}
"""


def test_the_code_of_a_cdk_application_is_written_out_with_what_it_needs() -> None:
    found = porting.ported(CDK.replace("READY", "1"), read_folder=porting.beside({"asset.1": HERE}))
    (proposal,) = found.proposals
    assert proposal.kind == "provider"
    assert found.copied == {f"handlers/Mine/{name}": content for name, content in HERE.items()}
    assert found.files["handlers/Mine/requirements.txt"] == "requests\n"
    script = found.files["handlers/Mine/provider.sh"]
    assert "--handler index:handler" in script
    assert "--style cdk --is-complete index:ready" in script
    assert "Lambda Code" not in {finding.construct for finding in found.report}


@pytest.mark.parametrize("name", ["properties.json", "provider.sh", "conformance.sh"])
def test_a_file_of_the_code_that_has_the_name_of_port_s_own_blocks(name: str) -> None:
    folders = {"asset.1": {**HERE, name: b"mine"}}
    found = porting.ported(CDK.replace("READY", "1"), read_folder=porting.beside(folders))
    blocks = [finding for finding in found.report if finding.construct == "Lambda Code"]
    assert [name in finding.reason and "rename it" in finding.remedy for finding in blocks] == [True]


def test_what_is_asked_later_may_lie_in_a_folder_of_its_own() -> None:
    folders = {"asset.1": {**HERE, "requirements.txt": b"mine"}, "asset.2": {"index.py": b"def ready(): ..."}}
    found = porting.ported(CDK.replace("READY", "2"), read_folder=porting.beside(folders))
    assert found.copied["handlers/Mine/Ready/index.py"] == b"def ready(): ..."
    assert found.copied["handlers/Mine/requirements.txt"] == b"mine"
    assert "handlers/Mine/requirements.txt" not in found.files
    assert "--is-complete Ready/index:ready" in found.files["handlers/Mine/provider.sh"]


WAITER = """\
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: !Sub '{"Retry":[{"IntervalSeconds":10,"MaxAttempts":360,"x":1}],"Resource":"${Asks.Arn}"}'
  Asks:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs20.x
      Environment: {Variables: {USER_IS_COMPLETE_FUNCTION_ARN: !GetAtt Ready.Arn}}
"""


def test_what_waits_for_the_framework_is_taken_out_and_its_times_are_the_provider_s() -> None:
    text = (
        CDK.replace("READY", "1").replace("Ready.Arn}", "Ready.Arn, WAITER_STATE_MACHINE_ARN: !Ref Machine}") + WAITER
    )
    found = porting.ported(text, read_folder=porting.beside({"asset.1": HERE}))
    assert set(porting.hot(found)["resources"]) == {"T"}
    assert {finding.resource for finding in found.report if finding.level == "lost"} == set()
    script = found.files["handlers/Mine/provider.sh"]
    assert "--is-complete index:ready --query-interval 10 --total-timeout 3600" in script
    assert "--query-interval" not in found.files["handlers/Mine/conformance.sh"]


def test_a_state_machine_of_one_s_own_stays_in_the_report() -> None:
    text = CDK.replace("READY", "1") + WAITER
    found = porting.ported(text, read_folder=porting.beside({"asset.1": HERE}))
    assert {finding.resource for finding in found.report if finding.level == "lost"} >= {"Machine", "Asks"}


PROGRAM = """\
Resources:
  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn}}
  U: {Type: Custom::U, Properties: {ServiceToken: !GetAtt G.Arn}}
  F: {Type: AWS::Serverless::Function, Properties: {Runtime: provided.al2023, Handler: bootstrap, CodeUri: go}}
  G: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.12, Handler: index.handler, CodeUri: big}}
"""
FOLDERS = {
    "go": CodeFolder(files={"bootstrap": b"\x7fELF", "notes": b""}, programs=frozenset({"bootstrap"})),
    "big": CodeFolder(problem="big, which was not read (it has too much)"),
}


def test_a_program_is_copied_as_one() -> None:
    found = porting.ported(PROGRAM, read_folder=FOLDERS.__getitem__)
    assert "handlers/F/bootstrap" in found.programs
    assert "handlers/F/provider.sh" in found.programs
    assert found.programs <= {*found.files, *found.copied}
    assert "handlers/F/notes" not in found.programs
    assert "Runtime" not in {finding.construct for finding in found.report}


def test_a_program_that_is_not_beside_the_template_is_asked_for() -> None:
    found = porting.ported(PROGRAM, read_folder=lambda _path: NO_CODE)
    assert "bootstrap" in next(
        finding.remedy + finding.reason for finding in found.report if finding.construct == "Runtime"
    )


def test_code_that_was_not_read_blocks_its_own_handler_alone() -> None:
    found = porting.ported(PROGRAM, read_folder=FOLDERS.__getitem__)
    (finding,) = [finding for finding in found.report if finding.construct == "Lambda Code"]
    assert (finding.resource, finding.blocks) == ("G", True)
    assert finding.reason == "its code is in big, which was not read (it has too much)"
    assert finding.remedy == "unpack it into handlers/G"
    assert set(porting.hot(found)["resources"]) == {"T", "U"}
