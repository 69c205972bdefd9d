"""Small applications of the CDK (tests/data/port/cdk/app.js), as its synthesis writes them: each style is ported."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import porting
import pytest
import yaml

from customresource_bridge.cmd.main import main

HOME = porting.DATA / "cdk"
OURS = "asset.56b4fd115196fdc583bb92e05a07c628afb2d52712108526f8e1e600175329d8"
"""What the CDK calls the folder handlers/jobs."""
CODE = (HOME / "handlers" / "jobs" / "jobs.py").read_bytes()


@dataclass(frozen=True)
class Application:
    """What becomes of one application.

    :ivar runs: what its provider's script says of its handler.
    :ivar blocks: the types of what blocks the create.
    :ivar resources: the types in its template.
    """

    runs: str
    resources: frozenset[str]
    blocks: frozenset[str] = field(default=frozenset())


JOB = frozenset({"Custom::Job"})
LAMBDA = "--handler jobs:handler --timeout 60"
CDK = "--handler jobs:on_event --timeout 60 --style cdk"
APPLICATIONS = {
    "OnEvent": Application(f"{CDK} --is-complete none", JOB),
    "IsComplete": Application(f"{CDK} --is-complete jobs:is_complete --query-interval 10 --total-timeout 3600", JOB),
    "Plain": Application(f"{LAMBDA} --environment environment.json", JOB),
    "Inline": Application("--handler index:handler --timeout 60", JOB),
    "Topic": Application(LAMBDA, JOB, frozenset({"AWS::SNS::Topic"})),
    "AwsCall": Application("--runtime node", frozenset({"Custom::AWS"}), frozenset({"Custom::AWS", "Lambda Code"})),
}


@pytest.fixture(scope="module")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the CDK's folder with our own code; the code of the CDK's own handlers is not in it."""
    home = tmp_path_factory.mktemp("cdk") / "cdk.out"
    shutil.copytree(HOME / "cdk.out", home)
    shutil.copytree(HOME / "handlers" / "jobs", home / OURS)
    return home


def ported(name: str, synthesised: Path, out: Path) -> dict[str, Any]:
    assert main(["port", str(synthesised / f"{name}.template.json"), "--output-dir", str(out)]) == 0
    report = json.loads((out / "report.json").read_text())
    assert isinstance(report, dict)
    return report


def types(template: Path) -> set[str]:
    return {resource["type"] for resource in yaml.safe_load(template.read_text())["resources"].values()}


@pytest.mark.parametrize("name", APPLICATIONS)
def test_each_way_to_write_a_custom_resource_is_ported(name: str, synthesised: Path, tmp_path: Path) -> None:
    expected = APPLICATIONS[name]
    report = ported(name, synthesised, tmp_path)
    assert types(tmp_path / "template.yaml") == expected.resources
    assert {finding["construct"] for finding in report["findings"] if finding["blocks"]} == expected.blocks
    assert not [finding for finding in report["findings"] if finding["level"] == "lost"]
    (handler,) = report["handlers"]
    script = (tmp_path / handler["command"]).read_text()
    assert expected.runs in " ".join(script.split())
    if "jobs:" in expected.runs:
        assert (tmp_path / "handlers" / handler["name"] / "jobs.py").read_bytes() == CODE
    parameters = yaml.safe_load((tmp_path / "template.yaml").read_text())["parameters"]
    assert list(parameters) == [handler["parameter"]]


def test_the_cdk_s_own_handlers_are_named_with_what_takes_their_place(synthesised: Path, tmp_path: Path) -> None:
    report = ported("Cdks", synthesised, tmp_path)
    blocks = {finding["construct"]: finding["remedy"] for finding in report["findings"] if finding["blocks"]}
    assert "openstack container delete" in blocks["Custom::S3AutoDeleteObjects"]
    assert "leave it out" in blocks["Custom::LogRetention"]


def test_nested_stacks_have_files_of_their_own_and_each_other_s_handlers(synthesised: Path, tmp_path: Path) -> None:
    report = ported("Nested", synthesised, tmp_path)
    assert report["verdict"] == {**report["verdict"], "blocks": [], "missing": []}
    (first, second) = report["handlers"]
    assert f"{CDK} --is-complete none" in (tmp_path / first["command"]).read_text()
    assert f"{CDK} --is-complete jobs:is_complete" in (tmp_path / second["command"]).read_text()
    top = yaml.safe_load((tmp_path / "template.yaml").read_text())
    assert set(top["parameters"]) == {"Size", first["parameter"], second["parameter"]}
    (inner,) = (resource for resource in top["resources"].values() if resource["type"].endswith(".yaml"))
    below = yaml.safe_load((tmp_path / inner["type"]).read_text())
    (deeper,) = (resource for resource in below["resources"].values() if resource["type"].endswith(".yaml"))
    assert types(tmp_path / deeper["type"]) == JOB
    assert {"get_param": first["parameter"]} in inner["properties"].values()
    assert {"get_param": second["parameter"]} in deeper["properties"].values()
    assert top["resources"]["Third"]["properties"]["ServiceToken"]["get_attr"][1] in below["outputs"]
