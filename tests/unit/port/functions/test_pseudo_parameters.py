from typing import Any

import porting
import pytest


@pytest.mark.parametrize(
    ("name", "translated"),
    [
        ("AWS::StackName", {"get_param": "OS::stack_name"}),
        ("AWS::AccountId", {"get_param": "OS::project_id"}),
        ("AWS::Region", {"get_param": "AWSRegion"}),
        ("AWS::Partition", {"get_param": "AWSPartition"}),
        ("AWS::URLSuffix", {"get_param": "AWSURLSuffix"}),
        ("AWS::NotificationARNs", []),
        ("AWS::NoValue", None),
    ],
)
def test_each_pseudo_parameter_is_heats_own_or_a_parameter(name: str, translated: Any) -> None:
    assert porting.value(f"!Ref {name}") == translated


def test_the_region_is_the_one_that_was_asked_for() -> None:
    hot = porting.hot(porting.ported(porting.template(outputs="  O: {Value: !Ref AWS::Region}\n"), region="north"))
    assert hot["parameters"]["AWSRegion"]["default"] == "north"


def test_the_stacks_id_has_three_parts_between_slashes_as_at_aws() -> None:
    assert porting.value("!Ref AWS::StackId")["str_replace"]["template"].count("/") == 2


def test_one_that_heat_does_not_know_is_to_be_given() -> None:
    text = porting.template(outputs="  O: {Value: !Ref AWS::Frobnicate}\n")
    assert porting.about(text, "AWS::Frobnicate") == [("todo", "Outputs.O", 4)]


@pytest.mark.parametrize("name", ["AWS::AccountId", "AWS::Region", "AWS::Partition", "AWS::NotificationARNs"])
def test_what_means_nearly_the_same_is_noted(name: str) -> None:
    text = porting.template(f"  C: {{Type: Custom::C, Properties: {{ServiceToken: mistral:w, A: !Ref {name}}}}}\n")
    assert porting.about(text, name) == [("note", "C", 3)]
