"""The resource types as Heat registers them. Loaded once per process, before heat-engine forks its workers."""

from typing import Any

from customresource_bridge.plugin.heat import compat
from customresource_bridge.plugin.options import settings
from customresource_bridge.plugin.resources.cfn import CfnCustomResource
from customresource_bridge.plugin.resources.hot import HotCustomResource
from customresource_bridge.plugin.waiting import process

CFN_TYPE = "AWS::CloudFormation::CustomResource"
WILDCARD = "Custom::*"


def resource_mapping() -> dict[str, Any]:
    """Return our types; a text as value makes Heat treat the name as a pattern."""
    process.start_in_engines()
    mapping: dict[str, Any] = {"OS::Heat::CustomResource": HotCustomResource, CFN_TYPE: CfnCustomResource}
    if settings().wildcard:
        compat.repair_wildcards()
        mapping[WILDCARD] = CFN_TYPE
    return mapping
