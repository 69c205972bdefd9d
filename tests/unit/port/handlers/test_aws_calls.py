"""The calls of AWS that can be seen in a handler's code are named, and what OpenStack has instead."""

import porting
import pytest

from customresource_bridge.port.handlers.aws_calls import calls_in, counterparts, in_words


@pytest.mark.parametrize(
    ("code", "calls"),
    [
        ('c = boto3.client("s3")\nc.put_object(Key="x")', [("s3", "put_object")]),
        ('boto3.resource("ec2").create_tags()', [("ec2", "create_tags")]),
        ('import boto3\nc = boto3.client(service_name="ssm")', [("ssm", "")]),
        ('self.c = session.client("sqs")\nself.c.send_message()\nself.c.send_message()', [("sqs", "send_message")]),
        ("c = boto3.client(name)\nc.call()", []),
        ("def broken(:", []),
    ],
)
def test_python(code: str, calls: list[tuple[str, str]]) -> None:
    assert calls_in(code, "python") == calls


@pytest.mark.parametrize(
    ("code", "calls"),
    [
        (
            'const {S3Client, PutObjectCommand} = require("@aws-sdk/client-s3");\nc.send(new PutObjectCommand({}))',
            [("s3", "putObject")],
        ),
        ('import {SSM} from "@aws-sdk/client-ssm"', [("ssm", "")]),
        ("const r = new AWS.Route53();\nr.changeResourceRecordSets({})", [("route53", "changeResourceRecordSets")]),
        (
            'require("@aws-sdk/client-s3"); require("@aws-sdk/client-ec2"); new GetObjectCommand()',
            [("s3", ""), ("ec2", "")],
        ),
    ],
)
def test_node(code: str, calls: list[tuple[str, str]]) -> None:
    assert calls_in(code, "nodejs") == calls


def test_they_are_said_with_what_openstack_has() -> None:
    calls = [("s3", "put_object"), ("s3", "get_object"), ("polly", "")]
    assert in_words(calls) == "s3.put_object, s3.get_object, polly"
    assert counterparts(calls) == "for s3: Swift, or as it is by the cloud's S3 API (provider --aws-endpoint s3=URL)"
    assert in_words([("s3", f"call{number}") for number in range(10)]).endswith("call7 and 2 more")


def test_the_report_names_them() -> None:
    text = """\
Resources:
  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn}}
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Code: {ZipFile: "import boto3\\nboto3.client('route53').list_hosted_zones()\\n"}
"""
    (finding,) = [found for found in porting.ported(text).report if found.construct == "AWS SDK"]
    assert finding.reason == "its code calls AWS: route53.list_hosted_zones"
    assert finding.remedy.endswith("; for route53: Designate")
