"""What the target Heat says of a port is in its report; what it does not say is an error that names the option."""

import argparse
from collections.abc import Mapping
from pathlib import Path

import porting
import pytest

from customresource_bridge import errors
from customresource_bridge.cmd.port import add_arguments, files
from customresource_bridge.cmd.port.cloud import judge, offered_by, target_heat
from customresource_bridge.port.verdict import PortVerdict

CUSTOM = "AWS::CloudFormation::CustomResource"
ALONE = porting.template()
NESTED = "Resources: {N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a.yaml}}}"


class Heat:
    """A Heat that has some types, and refuses each template as it is told."""

    def __init__(self, *types: str, refuses: errors.ServiceError | None = None) -> None:
        self.types = frozenset(types or (CUSTOM,))
        self.refuses = refuses
        self.asked: list[tuple[str, dict[str, str], str | None]] = []

    def resource_types(self) -> frozenset[str]:
        if self.refuses is not None:
            raise self.refuses
        return self.types

    def preview(self, name: str, template: str, *, files: Mapping[str, str], environment: str | None) -> int:
        self.asked.append((template, dict(files), environment))
        assert name.startswith("port-preview-")
        if self.refuses is not None:
            raise self.refuses
        return 3


def refusing(kind: type[errors.ServiceError] = errors.Rejected, status: int = 400) -> Heat:
    return Heat(refuses=kind("Heat", "preview a stack", "Property error: no such flavor", status=status))


def test_what_heat_takes_is_a_note() -> None:
    ported, heat = porting.ported(ALONE), Heat()
    judge(ported, heat, heat.types, environment=None)
    (finding,) = ported.report
    assert str(finding.level) == "note"
    assert finding.reason == "the target Heat takes it with the defaults of its parameters, and would make 3 resources"
    assert heat.asked == [(ported.template, {}, None)]


@pytest.mark.parametrize(
    ("kind", "status"),
    [(errors.Rejected, 400), (errors.NotFound, 404), (errors.Conflict, 409), (errors.Forbidden, 403)],
)
def test_what_heat_refuses_blocks_the_create(kind: type[errors.ServiceError], status: int) -> None:
    ported, heat = porting.ported(ALONE), refusing(kind, status)
    judge(ported, heat, frozenset({CUSTOM}), environment=None)
    verdict = PortVerdict.of(ported.report)
    assert verdict.to_dict()["blocks"] == ["Resources (stack preview)"]
    assert verdict.blocks[0].reason.endswith("Property error: no such flavor")
    assert "port again" in verdict.blocks[0].remedy


def test_a_heat_without_custom_resources_blocks_and_is_not_asked_more() -> None:
    ported, heat = porting.ported(ALONE), Heat("OS::Heat::Value")
    judge(ported, heat, heat.types, environment=None)
    assert PortVerdict.of(ported.report).to_dict()["blocks"] == [f"Resources ({CUSTOM})"]
    assert heat.asked == []


def test_a_template_without_custom_resources_needs_none() -> None:
    ported, heat = porting.ported("Resources: {V: {Type: OS::Heat::Value}}"), Heat("OS::Heat::Value")
    judge(ported, heat, heat.types, environment=None)
    assert len(heat.asked) == 1


def test_heat_is_not_asked_where_it_would_fetch_a_template_that_is_elsewhere() -> None:
    needs = "T: {Type: Custom::T, Properties: {ServiceToken: mistral:w, A: !GetAtt N.Outputs.X}}"
    elsewhere = NESTED.replace("a.yaml", "'http://10.0.0.1/a.yaml'").replace("{N:", f"{{{needs}, N:")
    heat = Heat(CUSTOM, "AWS::CloudFormation::Stack")
    ported = porting.ported(elsewhere, resource_types=heat.types)
    assert "http://10.0.0.1/a.yaml" in ported.template
    judge(ported, heat, heat.types, environment=None)
    assert heat.asked == []
    assert any("was not asked" in finding.reason for finding in ported.report)


@pytest.mark.parametrize("kind", ["ResourceGroup", "ResourceChain", "AutoScalingGroup", "Stack"])
def test_heat_is_not_asked_where_a_property_may_name_a_template_s_url(kind: str) -> None:
    hidden = "{resource_def: {type: !Join ['', [ht, 'tp://10.0.0.1/a.yaml']]}}"
    heat = Heat(CUSTOM, f"OS::Heat::{kind}")
    ported = porting.ported(
        f"Resources: {{G: {{Type: 'OS::Heat::{kind}', Properties: {hidden}}}}}", resource_types=heat.types
    )
    judge(ported, heat, heat.types, environment=None)
    assert heat.asked == []
    assert any(f"for OS::Heat::{kind} it may fetch" in finding.reason for finding in ported.report)


def test_a_type_that_is_a_url_is_not_in_what_heat_is_asked() -> None:
    ported = porting.ported(porting.template("  N: {Type: 'https://10.0.0.1/a.yaml'}\n"), resource_types=Heat().types)
    heat = Heat()
    judge(ported, heat, heat.types, environment=None)
    assert ["10.0.0.1" in asked for asked, _, _ in heat.asked] == [False]
    assert "https://10.0.0.1/a.yaml" in porting.lost(ported)


def test_templates_of_nested_stacks_go_along() -> None:
    ported = porting.ported(NESTED, read_template=porting.templates({"a.yaml": ALONE}))
    heat = Heat()
    judge(ported, heat, heat.types, environment=None)
    assert heat.asked == [(ported.template, {"a.yaml": ported.nested["a.yaml"]}, None)]


def test_values_are_examples_or_those_of_a_file(tmp_path: Path) -> None:
    text = porting.template(top="Parameters: {P: {Type: String}}\n")
    ported, heat = porting.ported(text), Heat()
    judge(ported, heat, heat.types, environment=None)
    own = tmp_path / "environment.yaml"
    own.write_text("parameters: {P: mine}")
    judge(ported, heat, heat.types, environment=own)
    assert [environment for _, _, environment in heat.asked] == [ported.environment, "parameters: {P: mine}"]
    reasons = " ".join(finding.reason for finding in ported.report if finding.construct == "stack preview")
    assert "with example values for what has no default" in reasons
    assert f"with the values of {own}" in reasons


def test_an_environment_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(errors.ConfigurationError, match=r"--environment .*/none: "):
        judge(porting.ported(ALONE), Heat(), frozenset({CUSTOM}), environment=tmp_path / "none")


@pytest.mark.parametrize("kind", [errors.ServiceUnavailable, errors.Unauthorized])
def test_a_heat_that_does_not_answer_is_an_error_with_a_remedy(kind: type[errors.ServiceError]) -> None:
    said = "^--cloud: Heat did not .* port without --cloud$"
    with pytest.raises(errors.ConfigurationError, match=said):
        offered_by(refusing(kind, 503))
    with pytest.raises(errors.ConfigurationError, match=said):
        judge(porting.ported(ALONE), refusing(kind, 503), frozenset({CUSTOM}), environment=None)


def test_no_credentials_are_an_error_that_names_the_option(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(errors.ConfigurationError, match=r"^--cloud: "):
        target_heat(argparse.Namespace(os_cloud="no-such-cloud"))


def arguments(*words: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def test_types_of_the_target_heat_stay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "t.yaml"
    source.write_text("Resources: {B: {Type: AWS::S3::Bucket}, C: {Type: OS::Nova::Server}}")
    heat = Heat("AWS::S3::Bucket")
    assert files.run(arguments(source, "--check", "--cloud"), heat_of=lambda _: heat) == 1
    (asked,) = heat.asked
    assert "AWS::S3::Bucket" in asked[0]
    assert "OS::Nova::Server" not in asked[0]
    assert "would make 3 resources" in capsys.readouterr().out


@pytest.mark.parametrize("words", [(), ("--strict",), ("--json",)])
def test_without_the_option_no_cloud_is_contacted(words: tuple[str, ...], tmp_path: Path) -> None:
    def heat_of(_arguments: argparse.Namespace) -> Heat:
        raise AssertionError

    (tmp_path / "t.yaml").write_text(ALONE)
    assert files.run(arguments(tmp_path / "t.yaml", "--output-dir", tmp_path, *words, "--force"), heat_of=heat_of) == 0


@pytest.mark.parametrize("words", [("--os-cloud", "mine"), ("--environment", "e.yaml")])
def test_what_is_for_the_cloud_needs_the_option(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(ALONE)
    with pytest.raises(errors.ConfigurationError, match=f"{words[0]} is for --cloud, which is not given"):
        files.run(arguments(tmp_path / "t.yaml", "--check", *words))
