"""Which resource types a Heat has, and what its AWS types take.

The tables are Heat's own (heat/engine/resources/aws): a property that is not here fails the validation of the whole
template.
"""

from collections.abc import Mapping

from customresource_bridge.port.template.template import CUSTOM_TYPE

EVERYWHERE = frozenset({"AWS::CloudFormation::WaitCondition", "AWS::CloudFormation::WaitConditionHandle"})
"""What needs no service but Heat's own, so that every Heat offers it."""

AWS_PROPERTIES: Mapping[str, frozenset[str]] = {
    name: frozenset(properties.split())
    for name, properties in {
        "AWS::AutoScaling::AutoScalingGroup": "AvailabilityZones Cooldown DesiredCapacity InstanceId "
        "LaunchConfigurationName LoadBalancerNames MaxSize MinSize Tags VPCZoneIdentifier",
        "AWS::AutoScaling::LaunchConfiguration": "BlockDeviceMappings ImageId InstanceId InstanceType KeyName "
        "NovaSchedulerHints SecurityGroups UserData",
        "AWS::AutoScaling::ScalingPolicy": "AdjustmentType AutoScalingGroupName Cooldown MinAdjustmentStep "
        "ScalingAdjustment",
        "AWS::CloudFormation::Stack": "Parameters TemplateURL TimeoutInMinutes",
        "AWS::CloudFormation::WaitCondition": "Count Handle Timeout",
        "AWS::CloudFormation::WaitConditionHandle": "",
        "AWS::EC2::EIP": "Domain InstanceId",
        "AWS::EC2::EIPAssociation": "AllocationId EIP InstanceId NetworkInterfaceId",
        "AWS::EC2::Instance": "AvailabilityZone BlockDeviceMappings ImageId InstanceType KeyName NetworkInterfaces "
        "NovaSchedulerHints SecurityGroupIds SecurityGroups SubnetId Tags UserData Volumes",
        "AWS::EC2::InternetGateway": "Tags",
        "AWS::EC2::NetworkInterface": "Description GroupSet PrivateIpAddress SubnetId Tags",
        "AWS::EC2::RouteTable": "Tags VpcId",
        "AWS::EC2::SecurityGroup": "GroupDescription SecurityGroupEgress SecurityGroupIngress VpcId",
        "AWS::EC2::Subnet": "AvailabilityZone CidrBlock Tags VpcId",
        "AWS::EC2::SubnetRouteTableAssociation": "RouteTableId SubnetId",
        "AWS::EC2::VPC": "CidrBlock Tags",
        "AWS::EC2::VPCGatewayAttachment": "InternetGatewayId VpcId",
        "AWS::EC2::Volume": "AvailabilityZone Size SnapshotId Tags",
        "AWS::EC2::VolumeAttachment": "Device InstanceId VolumeId",
        "AWS::ElasticLoadBalancing::LoadBalancer": "AvailabilityZones HealthCheck Instances Listeners SecurityGroups",
        "AWS::IAM::AccessKey": "UserName",
        "AWS::IAM::User": "Groups LoginProfile Path Policies",
        "AWS::S3::Bucket": "AccessControl Tags WebsiteConfiguration",
    }.items()
}

_COUNTERPARTS = {
    "AWS::CloudWatch::Alarm": "OS::Aodh::GnocchiResourcesAlarm",
    "AWS::DynamoDB::": "a database of your own, or Trove's",
    "AWS::EC2::Instance": "OS::Nova::Server",
    "AWS::EC2::KeyPair": "OS::Nova::KeyPair",
    "AWS::EC2::NatGateway": "OS::Neutron::Router",
    "AWS::EC2::Route": "OS::Neutron::ExtraRouteSet",
    "AWS::EC2::SecurityGroup": "OS::Neutron::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress": "OS::Neutron::SecurityGroupRule",
    "AWS::EC2::SecurityGroupIngress": "OS::Neutron::SecurityGroupRule",
    "AWS::EC2::Subnet": "OS::Neutron::Subnet",
    "AWS::EC2::VPC": "OS::Neutron::Net and OS::Neutron::Router",
    "AWS::ECS::": "OS::Magnum::Cluster",
    "AWS::EFS::": "OS::Manila::Share",
    "AWS::EKS::": "OS::Magnum::Cluster",
    "AWS::ElasticLoadBalancing::": "OS::Octavia::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::": "OS::Octavia::LoadBalancer, its Listener and its Pool",
    "AWS::Events::": "OS::Mistral::CronTrigger, or a subscription of Zaqar's",
    "AWS::KMS::": "OS::Barbican::Secret",
    "AWS::Lambda::": "OS::Mistral::Workflow",
    "AWS::RDS::": "OS::Trove::Instance",
    "AWS::Route53::": "OS::Designate::Zone and OS::Designate::RecordSet",
    "AWS::S3::": "OS::Swift::Container",
    "AWS::SNS::": "OS::Zaqar::Queue and OS::Zaqar::Subscription",
    "AWS::SQS::": "OS::Zaqar::Queue",
    "AWS::SSM::Parameter": "OS::Heat::Value",
    "AWS::SecretsManager::": "OS::Heat::RandomString, or OS::Barbican::Secret",
    "AWS::Serverless::Function": "OS::Mistral::Workflow",
    "AWS::Serverless::SimpleTable": "a database of your own, or Trove's",
    "AWS::StepFunctions::": "OS::Mistral::Workflow",
}
"""What OpenStack has instead, by a type, or by what a family's types begin with."""


def is_offered(kind: str, offered: frozenset[str]) -> bool:
    """Return whether the target Heat takes resources of this type.

    :param offered: what it is known to offer; empty where that is unknown.
    """
    if kind == CUSTOM_TYPE or kind.startswith("Custom::") or kind in EVERYWHERE or kind in offered:
        return True
    return kind.startswith("OS::") and not offered


def remedy_for(kind: str) -> str:
    """Return what to do about a type that does not stay."""
    if kind.startswith("AWS::IAM::") and kind not in AWS_PROPERTIES:
        return "leave it out: it allows things at AWS only; here Keystone's role assignments say who may do what"
    if kind in AWS_PROPERTIES:
        return "if the target Heat offers it, name it with --resource-types; else give what it yields as a parameter"
    for prefix, counterpart in sorted(_COUNTERPARTS.items(), key=lambda item: -len(item[0])):
        if kind == prefix or (prefix.endswith("::") and kind.startswith(prefix)):
            return f"consider {counterpart}, or a custom resource of your own"
    return "provide it otherwise, or by a custom resource of your own"
