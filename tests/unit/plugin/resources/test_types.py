"""The types that Heat registers; the wildcard is the operator's choice."""

from typing import Any
from unittest.mock import Mock

import pytest

from customresource_bridge.plugin.heat_plugins import custom_resource
from customresource_bridge.plugin.resources import types
from customresource_bridge.plugin.resources.cfn import CfnCustomResource
from customresource_bridge.plugin.resources.hot import HotCustomResource

OURS = {"OS::Heat::CustomResource": HotCustomResource, "AWS::CloudFormation::CustomResource": CfnCustomResource}


@pytest.mark.parametrize(
    ("wildcard", "more"), [(True, {"Custom::*": "AWS::CloudFormation::CustomResource"}), (False, {})]
)
def test_the_wildcard_is_a_pattern_and_may_be_left_out(wildcard: bool, more: dict[str, Any]) -> None:
    started, repaired = Mock(), Mock()
    assert types.resource_mapping(wildcard=wildcard, start=started, repair=repaired) == {**OURS, **more}
    assert repaired.called is wildcard
    assert started.call_count == 1


def test_heat_finds_the_same() -> None:
    assert custom_resource.resource_mapping is types.resource_mapping
