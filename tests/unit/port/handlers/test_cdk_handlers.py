"""The CDK's own custom resources are known by their types: each has a line that says what takes its place."""

import porting
import pytest

from customresource_bridge.port.handlers.cdk_handlers import _KNOWN


@pytest.mark.parametrize("kind", _KNOWN)
def test_each_has_a_line(kind: str) -> None:
    text = porting.template(f"  C: {{Type: '{kind}', Properties: {{ServiceToken: arn:x}}}}\n")
    assert porting.about(text, kind) == [("todo", "C", 3)]
    assert [found.blocks for found in porting.ported(text).report if found.construct == kind] == [True]


@pytest.mark.parametrize(
    ("create", "reason"),
    [
        ('\'{"service":"S3","action":"putObject"}\'', "its handler calls AWS for it: S3.putObject"),
        (
            '!Join ["", [\'{"service":"ec2","action":"describeImages","x":{"Id":"\', !Ref "AWS::Region", \'"}}\']]',
            "its handler calls AWS for it: ec2.describeImages",
        ),
        ("no json", "its handler calls AWS for it"),
    ],
)
def test_the_calls_of_an_aws_custom_resource_are_named(create: str, reason: str) -> None:
    text = porting.template(f"  C: {{Type: Custom::AWS, Properties: {{ServiceToken: arn:x, Create: {create}}}}}\n")
    (finding,) = [found for found in porting.ported(text).report if found.construct == "Custom::AWS"]
    assert finding.reason == reason


CHECKED = """\
Parameters:
  BootstrapVersion: {Type: AWS::SSM::Parameter::Value<String>, Default: /cdk-bootstrap/hnb659fds/version}
Rules: {CheckBootstrapVersion: {Assertions: []}}
"""


def test_the_cdk_s_check_of_aws_is_taken_out() -> None:
    result = porting.ported(porting.template(top=CHECKED))
    assert "parameters" not in porting.hot(result)
    assert [(str(finding.level), finding.construct) for finding in result.report] == [
        ("note", "Parameters"),
        ("note", "Rules"),
    ]


def test_a_parameter_of_the_cdk_s_that_something_reads_stays() -> None:
    reader = "  U: {Type: Custom::U, Properties: {ServiceToken: mistral:w, V: !Ref BootstrapVersion}}\n"
    result = porting.ported(porting.template(reader, top=CHECKED))
    assert "BootstrapVersion" in porting.hot(result)["parameters"]


def test_other_rules_beside_the_cdk_s_are_lost() -> None:
    top = CHECKED.replace("{CheckBootstrapVersion:", "{Mine: {}, CheckBootstrapVersion:")
    assert porting.about(porting.template(top=top), "Rules") == [("lost", "Rules", 3)]


METADATA = """\
  CDKMetadata: {Type: AWS::CDK::Metadata, Condition: CDKMetadataAvailable}
"""
AVAILABLE = "Conditions: {CDKMetadataAvailable: !Or [!Equals [!Ref AWS::Region, a], !Equals [!Ref AWS::Region, b]]}\n"


def test_what_only_tells_aws_of_the_cdk_is_taken_out_with_its_condition() -> None:
    result = porting.ported(porting.template(METADATA, top=AVAILABLE))
    assert {"conditions", "parameters"} & porting.hot(result).keys() == set()
    assert {finding.construct for finding in result.report} == {"Conditions", "AWS::CDK::Metadata"}


@pytest.mark.parametrize("reader", ["Condition: CDKMetadataAvailable", "V: !If [CDKMetadataAvailable, a, b]"])
def test_a_condition_of_the_cdk_s_that_something_else_reads_stays(reader: str) -> None:
    more = f"  U: {{Type: Custom::U, {reader if reader[0] == 'C' else 'Properties: {' + reader + '}'}}}\n"
    result = porting.ported(porting.template(METADATA + more, top=AVAILABLE))
    assert set(porting.hot(result)["conditions"]) == {"CDKMetadataAvailable"}
