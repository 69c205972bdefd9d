"""What the check of the loop makes is a workflow that does nothing, and a stack that can be deleted at once."""

import yaml

from customresource_bridge.cmd.check import loop_parts


def test_the_workflow_takes_the_request_and_gives_an_id() -> None:
    definition = yaml.safe_load(loop_parts.workflow("check_1"))
    assert definition["check_1"]["input"] == ["request"]
    assert definition["check_1"]["output"] == {"physical_resource_id": "check_1"}


def test_the_stack_has_one_resource_that_outlives_the_check_and_is_retained() -> None:
    (resource,) = loop_parts.template("check_1", patience=60)["resources"].values()
    assert resource["deletion_policy"] == "retain"
    assert resource["properties"] == {"service_token": "mistral:check_1", "service_timeout": 120}


def test_heat_gives_the_stack_up_after_the_request() -> None:
    assert loop_parts.minutes(60) == 3
    assert loop_parts.minutes(5) == 2
