"""What OS::Heat::CustomResource's template says, as the rest of the plugin reads it."""

from typing import Any
from unittest.mock import Mock

import pytest

from customresource_bridge.plugin.lifecycle.spec import CleanUpOrder, Delivery, PhaseWorkflow, ReplacePolicy, Spec
from customresource_bridge.plugin.resources import hot
from customresource_bridge.plugin.resources.hot import HotCustomResource

DEFAULTS = {name: schema.default for name, schema in HotCustomResource.properties_schema.items()}


def spec(**given: Any) -> Spec:
    return HotCustomResource.spec(Mock(), None, {**DEFAULTS, **given})


def test_a_template_that_says_nothing_has_the_defaults() -> None:
    assert spec() == Spec(resource_type="AWS::CloudFormation::CustomResource")


def test_a_handler_gets_properties_and_token_and_no_nulls() -> None:
    made = spec(service_token="mistral:w", properties={"Port": 5432, "Null": None})
    assert made.properties == {"Port": 5432, "ServiceToken": "mistral:w"}
    assert spec(properties={"Port": 5432}, value_types="string").properties == {"Port": "5432"}


def test_choices_and_workflows_are_read() -> None:
    made = spec(
        workflows={"create": {"workflow": "w", "namespace": None, "params": {"env": {}}}, "delete": None},
        delivery="direct",
        update_replace_policy="Retain",
        clean_up_order="stack",
    )
    assert made.workflows == {"create": PhaseWorkflow(workflow="w", params={"env": {}})}
    assert (made.delivery, made.update_replace_policy) == (Delivery.DIRECT, ReplacePolicy.RETAIN)
    assert made.clean_up_order is CleanUpOrder.STACK


def test_a_check_is_wanted_by_a_flag_or_by_its_workflow() -> None:
    assert not spec(service_token="mistral:w").wants_checks
    assert spec(service_token="mistral:w", check_requests=True).wants_checks
    assert spec(workflows={"check": {"workflow": "w", "namespace": None, "params": {}}}).wants_checks


def test_what_changed_is_named_within_properties_and_input() -> None:
    before = {hot.PROPERTIES: {"a": 1, "b": 1}, hot.INPUT: None}
    after = {hot.PROPERTIES: {"a": 1, "b": 2, "c": 3}, hot.INPUT: {"d": 4}}
    changed = {hot.PROPERTIES, hot.INPUT, hot.DESCRIPTION}
    assert HotCustomResource.changed_names(Mock(), changed, after, before) == {"b", "c", "d"}
    assert HotCustomResource.changed_names(Mock(), {hot.DESCRIPTION}, after, before) == set()


@pytest.mark.parametrize("name", [name for name in HotCustomResource.properties_schema if name != "service_token"])
def test_every_property_may_be_updated(name: str) -> None:
    assert HotCustomResource.properties_schema[name].update_allowed
