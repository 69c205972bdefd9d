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
