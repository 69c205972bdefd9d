"""At the end of a report stands whether a stack can be created, and what has to be done before."""

import porting

from customresource_bridge.port.verdict import PortVerdict

CODE = """\
Resources:
  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn, Zone: !GetAtt Bucket.Arn}}
  Bucket: {Type: AWS::S3::Bucket}
  F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.12, Code: {ZipFile: import boto3}}}
"""


def verdict(text: str) -> PortVerdict:
    return PortVerdict.of(porting.ported(text).report)


def test_what_blocks_is_apart_from_what_is_to_be_filled_in_and_from_what_is_missing() -> None:
    assert verdict(CODE).to_dict() == {
        "blocks": ["F (AWS SDK)"],
        "fill_in": ["T (ServiceToken)", "T (AWS::S3::Bucket)"],
        "missing": ["Bucket (AWS::S3::Bucket)"],
    }


def test_it_is_said_in_three_lines_at_most() -> None:
    assert verdict(CODE).lines() == [
        "verdict: blocks the create: F (AWS SDK)",
        "verdict: to be filled in or run before: T (ServiceToken), T (AWS::S3::Bucket)",
        "verdict: not in the ported template: Bucket (AWS::S3::Bucket)",
    ]
    assert verdict(porting.template()).lines() == ["verdict: nothing blocks the create"]


def test_many_are_counted() -> None:
    buckets = "".join(f"  B{number}: {{Type: AWS::S3::Bucket}}\n" for number in range(9))
    assert verdict(porting.template(buckets)).lines()[-1].endswith("B5 (AWS::S3::Bucket) and 3 more")


def test_what_would_fail_blocks() -> None:
    nested = "  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: x}}\n"
    report = porting.ported(porting.template(nested), resource_types=frozenset({"AWS::CloudFormation::Stack"})).report
    assert PortVerdict.of(report).to_dict()["blocks"] == ["N (AWS::CloudFormation::Stack)"]
