import json
import os
import subprocess
from pathlib import Path

import porting
import pytest
import yaml

from customresource_bridge.cmd.main import main
from customresource_bridge.port.template.load import MAX_BYTES

CLEAN = "Resources: {T: {Type: Custom::T, Properties: {ServiceToken: 'mistral:w'}}}\n"
TODO = "Resources: {T: {Type: Custom::T, Properties: {ServiceToken: 'arn:x'}}}\n"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "t.yaml"
    path.write_text(TODO)
    return path


def port(*arguments: object) -> int:
    return main(["port", *(str(argument) for argument in arguments)])


def test_it_writes_template_handlers_and_report(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert port(template, "--output-dir", tmp_path / "out") == 0
    written = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()}
    check = {f"workflows/T/{name}" for name in ("conformance.sh", "properties.json")}
    assert written == {"template.yaml", "report.json", "workflows/T.yaml", *check}
    assert f"{template}:1: todo: T: ServiceToken: " in capsys.readouterr().out
    assert json.loads((tmp_path / "out" / "report.json").read_text())["counts"] == {"note": 0, "todo": 1, "lost": 0}


@pytest.mark.parametrize(
    ("text", "option", "code"),
    [
        (CLEAN, "--check", 0),
        (TODO, "--check", 1),
        (CLEAN, "--strict", 0),
        (TODO, "--strict", 1),
        ("a: [", "--check", 2),
    ],
)
def test_exit_codes(text: str, option: str, code: int, template: Path, tmp_path: Path) -> None:
    template.write_text(text)
    assert port(template, option, "--output-dir", tmp_path / "out") == code
    assert (tmp_path / "out").exists() == (option == "--strict")


def test_the_report_as_json(template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port(template, "--check", "--json")
    report = json.loads(capsys.readouterr().out)
    assert report["needs_attention"] is True
    (finding,) = report["findings"]
    assert set(finding) == {"level", "construct", "resource", "line", "reason", "remedy", "blocks", "template"}
    assert report["verdict"] == {"blocks": [], "fill_in": ["T (ServiceToken)"], "missing": []}
    (handler,) = report["handlers"]
    assert handler["service_token"] == "mistral:t-T"


def test_what_cannot_be_read_is_one_line_that_an_editor_understands(
    template: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template.write_text("Resources:\n  A: {}\n")
    assert port(template, "--json") == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"{template}:2: error: The resource 'A' has no Type: ")
    assert captured.err.count("\n") == 1
    assert json.loads(captured.out)["line"] == 2


def test_a_template_of_five_megabytes_is_refused(template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    template.write_bytes(b"x" * 5_000_000)
    assert port(template) == 2
    assert str(MAX_BYTES) in capsys.readouterr().err


def test_what_somebody_changed_is_not_written_over(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert port(template, "--output-dir", out) == 0
    assert port(template, "--output-dir", out) == 0
    (out / "workflows" / "T.yaml").write_text("mine")
    assert port(template, "--output-dir", out) == 2
    assert "differs" in capsys.readouterr().err
    assert (out / "workflows" / "T.yaml").read_text() == "mine"
    assert port(template, "--output-dir", out, "--force") == 0
    assert (out / "workflows" / "T.yaml").read_text() != "mine"


def test_resource_types_come_from_a_file(template: Path, tmp_path: Path) -> None:
    template.write_text("Resources: {B: {Type: 'AWS::S3::Bucket'}}")
    types = tmp_path / "types"
    types.write_text('[{"Resource Type": "AWS::S3::Bucket"}]')
    assert port(template, "--output-dir", tmp_path / "out", "--resource-types", types) == 0
    assert yaml.safe_load((tmp_path / "out" / "template.yaml").read_text())["resources"] == {
        "B": {"type": "AWS::S3::Bucket"}
    }


@pytest.mark.parametrize("arguments", [["/no/such/file"], ["--resource-types", "/no/such/file"]])
def test_a_file_that_is_not_there(arguments: list[str], template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert port(*([template] if arguments[0].startswith("--") else []), *arguments) == 2
    assert "/no/such/file" in capsys.readouterr().err


@pytest.mark.parametrize("source", porting.CORPUS, ids=lambda path: path.stem)
def test_the_corpus_ports(source: Path, tmp_path: Path) -> None:
    assert port(source, "--output-dir", tmp_path) == 0
    hot = yaml.safe_load((tmp_path / "template.yaml").read_text())
    assert any(r["type"].startswith(("Custom::", "AWS::CloudFormation::Custom")) for r in hot["resources"].values())
    for script in tmp_path.rglob("*.sh"):
        assert os.access(script, os.X_OK)
        subprocess.run(["/bin/sh", "-n", str(script)], check=True)  # noqa: S603 - ours


def test_the_corpus_has_the_shapes_that_were_asked_for() -> None:
    assert len(porting.CORPUS) >= 40


THEIRS = '{"mine": true}'


def test_a_report_that_port_did_not_write_is_not_written_over(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    report.write_text(THEIRS)
    assert port(template, "--output-dir", tmp_path) == 2
    assert "report.json is there already and differs" in capsys.readouterr().err
    assert report.read_text() == THEIRS
    assert {path.name for path in tmp_path.iterdir()} == {"t.yaml", "report.json"}
    assert port(template, "--output-dir", tmp_path, "--force") == 0
    assert "findings" in json.loads(report.read_text())


def test_a_report_of_its_own_is_written_anew(template: Path, tmp_path: Path) -> None:
    assert port(template, "--output-dir", tmp_path) == 0
    template.write_text(TODO + "# longer\nOutputs: {O: {Value: x, Export: {Name: n}}}\n")
    (tmp_path / "template.yaml").unlink()
    assert port(template, "--output-dir", tmp_path) == 0
    assert json.loads((tmp_path / "report.json").read_text())["counts"]["lost"] == 1


def test_what_an_earlier_port_wrote_and_this_one_does_not_is_named(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, outside = tmp_path / "out", tmp_path / "x"
    outside.touch()
    assert port(template, "--output-dir", out) == 0
    assert "earlier port" not in capsys.readouterr().out
    report = json.loads((out / "report.json").read_text())
    (out / "report.json").write_text(json.dumps({**report, "files": [*report["files"], "../x", str(outside), "\0", 1]}))
    template.write_text(TODO.replace("Custom::T", "Custom::Another"))
    left = ["workflows/T.yaml", "workflows/T/conformance.sh", "workflows/T/properties.json"]
    for _ in range(2):
        assert port(template, "--output-dir", out, "--force") == 0
        told = [line for line in capsys.readouterr().out.splitlines() if "earlier port" in line]
        assert [line.split()[0] for line in told] == [f"{out}/{name}" for name in left]
        assert json.loads((out / "report.json").read_text())["left_over"] == left
    (out / left[0]).unlink()
    assert port(template, "--output-dir", out) == 0
    assert left[0] not in capsys.readouterr().out


@pytest.mark.parametrize("aim", ["nothing", "theirs"])
def test_a_link_is_not_written_through(
    aim: str, template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "theirs").write_text(THEIRS)
    out = tmp_path / "out"
    out.mkdir()
    (out / "template.yaml").symlink_to(tmp_path / aim)
    assert port(template, "--output-dir", out) == 2
    assert "template.yaml is there already, and is a link" in capsys.readouterr().err
    assert port(template, "--output-dir", out, "--force") == 0
    assert not (out / "template.yaml").is_symlink()
    assert not (tmp_path / "nothing").exists()
    assert (tmp_path / "theirs").read_text() == THEIRS


def test_a_folder_that_is_a_link_is_never_written_into(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "theirs").mkdir()
    out = tmp_path / "out"
    out.mkdir()
    (out / "workflows").symlink_to(tmp_path / "theirs")
    assert port(template, "--output-dir", out, "--force") == 2
    assert "leads elsewhere" in capsys.readouterr().err
    assert list((tmp_path / "theirs").iterdir()) == []


@pytest.mark.parametrize("options", [["--check"], ["--check", "--json"], []])
@pytest.mark.parametrize(
    "text", ['Resources: {"T\\e[31m\\u202e\\x9b": {Type: "A::\\e[2J"}}', 'Resources: {"\\e[31m": 1}']
)
def test_a_terminal_sees_no_control_character_of_a_template(
    text: str, options: list[str], template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template.write_text(text)
    port(template, "--output-dir", tmp_path / "out", *options)
    shown = "".join(capsys.readouterr())
    assert "31m" in shown
    assert all(line.isprintable() for line in shown.splitlines())
    for report in tmp_path.rglob("report.json"):
        assert all(line.isprintable() for line in report.read_text().split("\n"))


def test_a_folder_with_its_code_is_ported_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "cdk.out"
    (home / "asset.1").mkdir(parents=True)
    (home / "asset.1" / "index.py").write_bytes(b"def handler(event, context): ...  # \xff")
    resources = {
        "T": {"Type": "Custom::T", "Properties": {"ServiceToken": {"Fn::GetAtt": ["F", "Arn"]}}},
        "F": {
            "Type": "AWS::Lambda::Function",
            "Metadata": {"aws:asset:path": "asset.1"},
            "Properties": {"Runtime": "python3.12", "Handler": "index.handler", "Code": {"S3Key": "k"}},
        },
    }
    (home / "Mine.template.json").write_text(json.dumps({"Resources": resources}))
    monkeypatch.chdir(tmp_path)
    assert port("cdk.out") == 0
    copied = tmp_path / "Mine-heat" / "handlers" / "F" / "index.py"
    assert copied.read_bytes() == (home / "asset.1" / "index.py").read_bytes()
    assert "handlers/F/index.py" in json.loads((tmp_path / "Mine-heat" / "report.json").read_text())["files"]
    assert port("cdk.out") == 0
    copied.write_text("changed")
    assert port("cdk.out") == 2


def test_a_custom_runtime_s_program_can_be_run_where_it_was_copied_to(tmp_path: Path) -> None:
    (tmp_path / "go").mkdir()
    (tmp_path / "go" / "bootstrap").write_text("#!/bin/sh")
    (tmp_path / "go" / "bootstrap").chmod(0o755)
    (tmp_path / "go" / "notes").write_text("x")
    function = "{Type: AWS::Serverless::Function, Properties: {Runtime: provided.al2023, Handler: b, CodeUri: go}}"
    source = tmp_path / "t.yaml"
    source.write_text(TODO.replace("'arn:x'", "!GetAtt F.Arn").rstrip()[:-1] + f", F: {function}}}\n")
    assert port(source, "--output-dir", tmp_path / "out") == 0
    copied = tmp_path / "out" / "handlers" / "F"
    assert os.access(copied / "bootstrap", os.X_OK)
    assert not (copied / "notes").stat().st_mode & 0o111


def test_nested_stacks_are_written_beside_their_parent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "cdk.out"
    home.mkdir()
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": f"https://s3/b/{'0' * 64}.json"}}
    (home / "Outer.template.json").write_text(json.dumps({"Resources": {"Inner": nested}}))
    (home / "Inner.nested.template.json").write_text(json.dumps({"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}))
    asset = {"source": {"path": "Inner.nested.template.json"}, "destinations": {"d": {"objectKey": f"{'0' * 64}.json"}}}
    (home / "Outer.assets.json").write_text(json.dumps({"files": {"x": asset}}))
    assert port(home, "--output-dir", tmp_path / "out") == 0
    assert f"{home}/Inner.nested.template.json:1: lost: B: AWS::S3::Bucket: " in capsys.readouterr().out
    top = yaml.safe_load((tmp_path / "out" / "template.yaml").read_text())
    assert (tmp_path / "out" / top["resources"]["Inner"]["type"]).is_file()
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [finding["template"] for finding in report["findings"]] == ["Inner.nested.template.json"]
