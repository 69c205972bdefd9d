"""The resource types as Heat registers them. Loaded once per process, before heat-engine forks its workers."""

from typing import Any

from customresource_bridge.plugin import compat, sweeper
from customresource_bridge.plugin.cfn import CfnCustomResource
from customresource_bridge.plugin.hot import HotCustomResource
from customresource_bridge.plugin.options import settings

CFN_TYPE = "AWS::CloudFormation::CustomResource"
WILDCARD = "Custom::*"


def resource_mapping() -> dict[str, Any]:
    """Return our types; a text as value makes Heat treat the name as a pattern."""
    sweeper.start_in_engines()
    mapping: dict[str, Any] = {"OS::Heat::CustomResource": HotCustomResource, CFN_TYPE: CfnCustomResource}
    if settings().wildcard:
        compat.repair_wildcards()
        mapping[WILDCARD] = CFN_TYPE
    return mapping
