import json
import time
from typing import Any

import porting
import pytest


def resource(lines: str) -> dict[str, Any]:
    text = (
        f"Conditions: {{C: !Equals [a, a]}}\nResources:\n  U: {{Type: Custom::U}}\n  T:\n    Type: Custom::T\n{lines}"
    )
    found = porting.hot(porting.ported(text))["resources"]["T"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("lines", "key", "translated"),
    [
        ("    DependsOn: U\n", "depends_on", "U"),
        ("    DependsOn: [U]\n", "depends_on", ["U"]),
        ("    DependsOn: [Gone]\n", "depends_on", None),
        ("    DeletionPolicy: Retain\n", "deletion_policy", "Retain"),
        ("    DeletionPolicy: RetainExceptOnCreate\n", "deletion_policy", "Retain"),
        ("    UpdateReplacePolicy: Retain\n", "update_policy", {"UpdateReplacePolicy": "Retain"}),
        ("    UpdateReplacePolicy: Delete\n", "update_policy", None),
        (
            "    UpdateReplacePolicy: Retain\n    UpdatePolicy: {AlwaysUpdate: true}\n",
            "update_policy",
            {"AlwaysUpdate": True, "UpdateReplacePolicy": "Retain"},
        ),
        ("    Condition: C\n", "condition", "C"),
        ("    Metadata: {A: !Ref U}\n", "metadata", {"A": {"get_resource": "U"}}),
        ("    Version: '1.0'\n", "version", None),
        ("    Description: d\n", "description", "d"),
    ],
)
def test_a_resources_attributes(lines: str, key: str, translated: Any) -> None:
    assert resource(lines).get(key) == translated


@pytest.mark.parametrize("kind", ["Custom::Thing", "Custom::a_b@c-d", "AWS::CloudFormation::CustomResource"])
def test_a_custom_resource_keeps_name_type_and_properties(kind: str) -> None:
    text = f"Resources: {{My1: {{Type: '{kind}', Properties: {{ServiceToken: 'mistral:w', A: [1, {{B: true}}]}}}}}}"
    assert porting.hot(porting.ported(text))["resources"] == {
        "My1": {"type": kind, "properties": {"ServiceToken": "mistral:w", "A": [1, {"B": True}]}}
    }


def test_types_that_the_target_offers_stay_with_the_properties_that_heat_knows() -> None:
    text = "Resources: {B: {Type: 'AWS::S3::Bucket', Properties: {AccessControl: Private, BucketEncryption: {}}}}"
    result = porting.ported(text, resource_types=frozenset({"AWS::S3::Bucket"}))
    assert porting.hot(result)["resources"]["B"]["properties"] == {"AccessControl": "Private"}
    assert porting.lost(result) == {"AWS::S3::Bucket BucketEncryption"}


RESOURCES = {
    "AWS::S3::Bucket": ("R: {Type: AWS::S3::Bucket}", "lost"),
    "AWS::Lambda::Function": ("R: {Type: AWS::Lambda::Function}", "lost"),
    "AWS::IAM::Role": ("R: {Type: AWS::IAM::Role}", "lost"),
    "AWS::CloudFormation::Stack": ("R: {Type: AWS::CloudFormation::Stack}", "lost"),
    "CreationPolicy": ("R: {Type: Custom::C, CreationPolicy: {}}", "lost"),
    "Frobnicate": ("R: {Type: Custom::C, Frobnicate: 1}", "lost"),
    "Condition": ("R: {Type: Custom::C, Condition: Nope}", "lost"),
    "DeletionPolicy": ("R: {Type: Custom::C, DeletionPolicy: Snapshot}", "lost"),
    "UpdateReplacePolicy": ("R: {Type: AWS::CloudFormation::WaitConditionHandle, UpdateReplacePolicy: Retain}", "lost"),
    "AWS::CloudFormation::WaitCondition Surprise": (
        "R: {Type: AWS::CloudFormation::WaitCondition, Properties: {Surprise: 1}}",
        "lost",
    ),
    "ServiceToken": ("R: {Type: Custom::C}", "todo"),
    "Custom::AWS": ("R: {Type: Custom::AWS, Properties: {ServiceToken: mistral:w}}", "todo"),
    "Version": ("R: {Type: Custom::C, Version: '1.0'}", "note"),
    "DependsOn": ("R: {Type: Custom::C, DependsOn: Gone}", "note"),
    "AWS::CDK::Metadata": ("R: {Type: AWS::CDK::Metadata, Properties: {Analytics: x}}", "note"),
}


@pytest.mark.parametrize("construct", RESOURCES)
def test_what_a_resource_had_and_heat_has_not_is_reported(construct: str) -> None:
    lines, level = RESOURCES[construct]
    assert porting.about(porting.template(f"  {lines}\n"), construct) == [(level, "R", 3)]


def test_a_policy_that_heat_has_not_quite_is_noted() -> None:
    text = porting.template("  R: {Type: Custom::C, DeletionPolicy: RetainExceptOnCreate}\n")
    assert porting.about(text, "DeletionPolicy") == [("note", "R", 3)]


THROUGH = """\
Resources:
  First: {Type: Custom::First, Properties: {ServiceToken: mistral:w}}
  Flag: {Type: AWS::SSM::Parameter, Properties: {Value: !GetAtt First.Answer}}
  Copy: {Type: AWS::SSM::Parameter, DependsOn: Flag}
  Second: {Type: Custom::Second, Properties: {ServiceToken: mistral:w, Flag: !Ref Flag}}
  Third: {Type: Custom::Third, DependsOn: Copy, Properties: {ServiceToken: mistral:w}}
  Fourth: {Type: Custom::Fourth, DependsOn: [Flag, Second], Properties: {ServiceToken: mistral:w}}
  Fifth: {Type: Custom::Fifth, DependsOn: Second, Properties: {ServiceToken: mistral:w, A: !GetAtt First.Answer}}
"""


def test_what_waited_by_way_of_what_is_left_out_still_waits() -> None:
    result = porting.ported(THROUGH)
    waits_for = {name: made.get("depends_on") for name, made in porting.hot(result)["resources"].items()}
    assert waits_for == {
        "First": None,
        "Second": ["First"],
        "Third": ["First"],
        "Fourth": ["Second", "First"],
        "Fifth": "Second",
    }
    noted = {(f.resource, f.reason) for f in result.report if f.construct == "DependsOn"}
    assert ("Second", "it waits for First, as it did by way of what is left out") in noted


def test_resources_in_a_ring_are_ported_in_a_time_that_grows_with_their_number() -> None:
    def seconds(number: int) -> float:
        ring = {
            f"R{index}": {
                "Type": "Custom::R",
                "Properties": {
                    "ServiceToken": f"arn:x:{index}",
                    "Next": {"Fn::GetAtt": [f"R{(index + 1) % number}", "A"]},
                },
            }
            for index in range(number)
        }
        text = json.dumps({"Resources": ring})
        began = time.process_time()
        assert len(porting.ported(text).proposals) == number
        return time.process_time() - began

    seconds(10)
    # Four times as many; by the square it would be sixteen times as long. A busy machine spoils a single look.
    assert min(seconds(400), seconds(400)) < 8 * max(seconds(100), seconds(100))
