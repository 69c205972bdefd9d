"""The resource types as Heat registers them. Loaded once per process, before heat-engine forks its workers."""

from collections.abc import Callable
from typing import Any

from customresource_bridge.plugin.answering import bus_server
from customresource_bridge.plugin.heat.hooks import compat
from customresource_bridge.plugin.options import settings
from customresource_bridge.plugin.resources.cfn import CfnCustomResource
from customresource_bridge.plugin.resources.hot import HotCustomResource
from customresource_bridge.plugin.waiting import process

CFN_TYPE = "AWS::CloudFormation::CustomResource"
WILDCARD = "Custom::*"


def start_in_engines() -> None:
    """Have each of heat-engine's workers look after what waits, and take answers."""
    process.start_in_engines()
    bus_server.start_in_engines()


def resource_mapping(
    *,
    wildcard: bool | None = None,
    start: Callable[[], None] = start_in_engines,
    repair: Callable[[], None] = compat.repair_wildcards,
) -> dict[str, Any]:
    """Return our types; a text as value makes Heat treat the name as a pattern.

    :param wildcard: whether ``Custom::*`` is among them; None: as the operator chose.
    """
    start()
    mapping: dict[str, Any] = {"OS::Heat::CustomResource": HotCustomResource, CFN_TYPE: CfnCustomResource}
    if settings().wildcard if wildcard is None else wildcard:
        repair()
        mapping[WILDCARD] = CFN_TYPE
    return mapping
