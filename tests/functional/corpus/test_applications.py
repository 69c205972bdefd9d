"""Applications of the CDK (tests/corpus/app.js), synthesised by the CDK itself: each style of handler is ported."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from corpus.applications import ALONE, BLOCKED, RUNNING, Application
from corpus.synthesis import HANDLERS, synthesise

from customresource_bridge.cmd.main import main

JOBS = (HANDLERS / "jobs" / "jobs.py").read_bytes()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesise(tmp_path_factory.mktemp("cdk"))


def ported(application: Application, made: Path, out: Path) -> dict[str, Any]:
    assert main(["port", str(application.template_in(made)), "--output-dir", str(out)]) == 0
    report = json.loads((out / "report.json").read_text())
    assert isinstance(report, dict)
    return report


def scripts(report: dict[str, Any], out: Path) -> list[str]:
    return [" ".join((out / handler["command"]).read_text().split()) for handler in report["handlers"]]


def types(template: Path) -> set[str]:
    return {resource["type"] for resource in yaml.safe_load(template.read_text())["resources"].values()}


@pytest.mark.parametrize("application", RUNNING, ids=lambda application: application.name)
def test_each_way_to_write_a_custom_resource_is_ported(application: Application, made: Path, tmp_path: Path) -> None:
    report = ported(application, made, tmp_path)
    assert {**report["verdict"], "fill_in": []} == {"blocks": [], "fill_in": [], "missing": []}
    for script, runs, handler in zip(scripts(report, tmp_path), application.runs, report["handlers"], strict=True):
        assert runs in script
        assert handler["service_token"].startswith(f"zaqar:cr-{application.template_in(made).name.partition('.')[0]}-")
        copied = [file.read_bytes() for file in (tmp_path / "handlers" / handler["name"]).rglob("*.py")]
        assert ("jobs:" in runs) == (JOBS in copied)
    custom = {kind for kind in types(tmp_path / "template.yaml") if not kind.endswith(".yaml")}
    assert custom <= {"Custom::Job", "AWS::CloudFormation::CustomResource"}
    added = set(yaml.safe_load((tmp_path / "template.yaml").read_text())["parameters"]) - {"Size", "Stage"}
    assert added - {"AWSRegion"} == {handler["parameter"] for handler in report["handlers"]}


def test_no_two_applications_have_one_queue_though_their_functions_are_called_alike(made: Path, tmp_path: Path) -> None:
    handlers = [
        handler
        for application in (*RUNNING, *BLOCKED)
        for handler in ported(application, made, tmp_path / application.name)["handlers"]
    ]
    functions = Counter(handler["name"].rpartition("-")[2] for handler in handlers)
    assert functions["Handler886CB40B"] > 10
    assert [token for token, times in Counter(h["service_token"] for h in handlers).items() if times > 1] == []


@pytest.mark.parametrize("application", BLOCKED, ids=lambda application: application.name)
def test_what_needs_aws_is_in_the_way_with_what_takes_its_place(
    application: Application, made: Path, tmp_path: Path
) -> None:
    report = ported(application, made, tmp_path)
    blocking = [finding for finding in report["findings"] if finding["blocks"]]
    assert {finding["construct"] for finding in blocking} == application.blocks
    assert all(finding["remedy"] for finding in blocking)
    for script, runs in zip(scripts(report, tmp_path), application.runs, strict=True):
        assert runs in script


def test_nested_stacks_have_files_of_their_own_and_each_other_s_handlers(made: Path, tmp_path: Path) -> None:
    (nested,) = (application for application in RUNNING if application.name == "Nested")
    (first, second) = ported(nested, made, tmp_path)["handlers"]
    top = yaml.safe_load((tmp_path / "template.yaml").read_text())
    (inner,) = (resource for resource in top["resources"].values() if resource["type"].endswith(".yaml"))
    below = yaml.safe_load((tmp_path / inner["type"]).read_text())
    (deeper,) = (resource for resource in below["resources"].values() if resource["type"].endswith(".yaml"))
    assert types(tmp_path / deeper["type"]) == {"Custom::Job"}
    assert {"get_param": first["parameter"]} in inner["properties"].values()
    assert {"get_param": second["parameter"]} in deeper["properties"].values()


def test_a_stack_that_uses_another_s_provider_is_given_its_outputs(made: Path, tmp_path: Path) -> None:
    producer = ported(Application(name="Producer", runs=(ALONE,)), made, tmp_path / "Producer")
    consumer = ported(Application(name="Consumer", runs=()), made, tmp_path / "Consumer")
    assert producer["verdict"]["blocks"] == consumer["verdict"]["blocks"] == []
    outputs = yaml.safe_load((tmp_path / "Producer" / "template.yaml").read_text())["outputs"]
    (handler,) = producer["handlers"]
    shown = [output["value"] for name, output in outputs.items() if name != "Shown"]
    assert {"get_param": handler["parameter"]} in shown
    assert {"get_attr": ["Job", "Size"]} in shown
    assert len(shown) == 2
    asked = [finding for finding in consumer["findings"] if finding["level"] == "todo"]
    assert {finding["construct"] for finding in asked} == {"ServiceToken", "Fn::ImportValue"}
    assert all("Producer:ExportsOutput" in finding["reason"] or "exports" in finding["reason"] for finding in asked)
    parameters = yaml.safe_load((tmp_path / "Consumer" / "template.yaml").read_text())["parameters"]
    assert all(any(name in finding["remedy"] for finding in asked) for name in parameters)
