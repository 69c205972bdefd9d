import porting
import pytest

from customresource_bridge.port.sections.heat_types import is_offered


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        ("AWS::EC2::VPC", "--resource-types"),
        ("AWS::EC2::VPCEndpoint", "provide it otherwise"),
        ("AWS::EC2::SecurityGroupIngress", "OS::Neutron::SecurityGroupRule"),
        ("AWS::ElasticLoadBalancingV2::TargetGroup", "OS::Octavia::LoadBalancer"),
        ("AWS::Serverless::Function", "OS::Mistral::Workflow"),
        ("AWS::IAM::Policy", "leave it out"),
        ("AWS::IAM::User", "--resource-types"),
        ("AWS::DynamoDB::Table", "a database"),
    ],
)
def test_a_type_without_counterpart_has_a_remedy_that_fits_it(kind: str, remedy: str) -> None:
    (finding,) = porting.ported(porting.template(f"  R: {{Type: '{kind}'}}\n")).report
    assert finding.construct == kind
    assert remedy in finding.remedy


@pytest.mark.parametrize(
    ("kind", "offered", "taken"),
    [
        ("Custom::Any", frozenset(), True),
        ("AWS::CloudFormation::CustomResource", frozenset(), True),
        ("AWS::CloudFormation::WaitCondition", frozenset({"OS::Nova::Server"}), True),
        ("OS::Nova::Server", frozenset(), True),
        ("OS::Nova::Server", frozenset({"AWS::S3::Bucket"}), False),
        ("AWS::S3::Bucket", frozenset(), False),
        ("AWS::S3::Bucket", frozenset({"AWS::S3::Bucket"}), True),
    ],
)
def test_a_type_stays_where_the_target_is_known_to_take_it(kind: str, offered: frozenset[str], taken: bool) -> None:
    assert is_offered(kind, offered) is taken
