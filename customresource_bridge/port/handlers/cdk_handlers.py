"""What the CDK's own custom resources do at AWS, and what takes their place here. Pure.

Their handlers come with the CDK and call AWS; none of them runs here. They are known by their types. What each of its
templates has to check that AWS was made ready for it is known, too.
"""

import json
from collections.abc import Mapping
from typing import Any

from customresource_bridge.port.functions.estimate import text_with_gaps
from customresource_bridge.port.report import Report, SourceLocation
from customresource_bridge.port.template.graph import references
from customresource_bridge.port.template.template import Template
from customresource_bridge.port.template.tree import walk

_EKS = ("it talks to a cluster of EKS", "talk to one of Magnum's, in a handler or a workflow of your own")
_EXPORT = ("it hands values to a stack in another region", "give them to the other stack as parameters")
_AWS = "Custom::AWS"
_BOOTSTRAP = "/cdk-bootstrap/"
"""Under which the CDK says in AWS's Parameter Store how it has made an account ready."""
METADATA = "AWS::CDK::Metadata"
_ABOUT_METADATA = "CDKMetadataAvailable"
"""A condition that names all regions of AWS's."""
BOOTSTRAP_RULES = frozenset({"CheckBootstrapVersion"})
_KNOWN: Mapping[str, tuple[str, str]] = {
    "Custom::AWSCDK-EKS-Cluster": _EKS,
    "Custom::AWSCDK-EKS-HelmChart": _EKS,
    "Custom::AWSCDK-EKS-KubernetesObjectValue": _EKS,
    "Custom::AWSCDK-EKS-KubernetesPatch": _EKS,
    "Custom::AWSCDK-EKS-KubernetesResource": _EKS,
    "Custom::AWSCDKOpenIdConnectProvider": ("it makes a provider of identities in IAM", "use Keystone's federation"),
    "Custom::CDKBucketDeployment": (
        "it copies the CDK's assets into a bucket",
        "upload them by openstack object create, or in a handler of your own",
    ),
    "Custom::CrossAccountZoneDelegation": (
        "it delegates a zone of Route 53",
        "write the NS record by OS::Designate::RecordSet",
    ),
    "Custom::CrossRegionExportReader": _EXPORT,
    "Custom::CrossRegionExportWriter": _EXPORT,
    "Custom::DynamoDBReplica": ("it copies a table of DynamoDB to other regions", "nothing here does: leave it out"),
    "Custom::ECRAutoDeleteImages": (
        "it empties a registry of ECR before that is deleted",
        "leave it out, or delete the images of your registry in a handler of your own",
    ),
    "Custom::LogRetention": (
        "it says how long CloudWatch keeps a log",
        "leave it out: the provider's log is kept by its host's rules",
    ),
    "Custom::S3AutoDeleteObjects": (
        "it empties a bucket before that is deleted",
        "leave it out; for a container of Swift, openstack container delete --recursive does it",
    ),
    "Custom::S3BucketNotifications": (
        "it has a bucket tell of its changes",
        "nothing here does: Swift tells of none; ask for them from time to time by OS::Mistral::CronTrigger",
    ),
    "Custom::Trigger": (
        "it calls another function of the application once",
        "have the handler's own code do it, or a workflow",
    ),
    "Custom::VpcRestrictDefaultSG": (
        "it takes the rules out of a VPC's default security group",
        "leave it out; openstack default security group rule delete does it for a project",
    ),
}


def report_known(resource: str, template: Template, report: Report, location: SourceLocation) -> None:
    """Report a custom resource whose handler is one of the CDK's own."""
    kind = template.type_of(resource)
    if kind == _AWS:
        calls = ", ".join(_sdk_calls(template.properties(resource)))
        reason = f"its handler calls AWS for it{': ' + calls if calls else ''}"
        report.blocking(_AWS, location, reason, "have one of your own call OpenStack")
    elif kind in _KNOWN:
        does, instead = _KNOWN[kind]
        report.blocking(kind, location, f"{does}, by a handler of the CDK's own that calls AWS", instead)


def is_bootstrap(parameter: str, template: Template) -> bool:
    """Return whether a parameter is the CDK's, which only the rule reads by which it checks AWS."""
    declared = template.parameters[parameter]
    if not str(declared.get("Default")).startswith(_BOOTSTRAP):
        return False
    sections = (template.resources, template.conditions, template.outputs)
    return all(parameter not in references(section) for section in sections)


def is_about_metadata(condition: str, template: Template) -> bool:
    """Return whether a condition is the CDK's, under which alone it tells AWS what made the template."""
    if condition != _ABOUT_METADATA:
        return False
    resources = (value for name, value in template.resources.items() if template.type_of(name) != METADATA)
    others = (value for name, value in template.conditions.items() if name != condition)
    return all(condition != part for value in (*resources, *others, template.outputs) for part in walk(value))


def _sdk_calls(properties: Mapping[str, Any]) -> list[str]:
    """Return the calls that an AwsCustomResource of the CDK is told to make."""
    found: dict[str, None] = {}
    for phase in ("Create", "Update", "Delete"):
        try:
            call = json.loads(text_with_gaps(properties.get(phase)))
        except (ValueError, RecursionError):
            continue
        if isinstance(call, dict) and call.get("action"):
            found[f"{call.get('service', '')}.{call['action']}".lstrip(".")] = None
    return list(found)
