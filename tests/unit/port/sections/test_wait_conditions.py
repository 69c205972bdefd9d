import porting
import pytest

TEXT = """\
Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Ready: {Type: AWS::CloudFormation::WaitCondition, DependsOn: D, Properties: {Handle: !Ref Handle, Timeout: '60'}}
  D: {Type: Custom::D, Properties: {ServiceToken: mistral:w}}
"""
SERVER = "  S: {Type: AWS::EC2::Instance, Properties: {UserData: !Sub 'curl ${Handle}'}}\n"
GROUP = "  G: {Type: AWS::EC2::SecurityGroup, DependsOn: Handle}\n"
CUSTOM = "  C: {Type: Custom::C, Properties: {ServiceToken: mistral:w, Url: !Ref Handle}}\n"
KIND = "AWS::CloudFormation::WaitCondition"


def test_one_whose_signaller_is_left_out_is_reported_by_name() -> None:
    assert porting.about(TEXT + SERVER, KIND) == [("todo", "Ready", 3)]
    (finding,) = [f for f in porting.ported(TEXT + SERVER).report if f.construct == KIND]
    assert finding.reason.startswith("S, which signalled it, is left out")


@pytest.mark.parametrize("more", ["", CUSTOM, SERVER + CUSTOM, GROUP])
def test_one_that_something_else_may_signal_is_not(more: str) -> None:
    assert porting.about(TEXT + more, KIND) == []


def test_one_whose_signaller_the_target_offers_is_not() -> None:
    report = porting.ported(TEXT + SERVER, resource_types=frozenset({"AWS::EC2::Instance"})).report
    assert KIND not in {finding.construct for finding in report}


@pytest.mark.parametrize("properties", ["", ", Properties: {}", ", Properties: {Handle: !Ref Handle, Count: 0}"])
def test_one_that_waits_for_nothing_is_heats_none(properties: str) -> None:
    text = f"{TEXT}  W: {{Type: {KIND}{properties}}}\n" + SERVER
    assert porting.about(text, KIND) == [("todo", "Ready", 3), ("note", "W", 5)]
    assert porting.hot(porting.ported(text))["resources"]["W"] == {"type": "OS::Heat::None"}


@pytest.mark.parametrize("count", ["1", "!Ref AWS::StackName"])
def test_one_that_may_wait_stays(count: str) -> None:
    text = f"{TEXT}  W: {{Type: {KIND}, Properties: {{Handle: !Ref Handle, Timeout: 1, Count: {count}}}}}\n"
    assert porting.hot(porting.ported(text))["resources"]["W"]["type"] == KIND
