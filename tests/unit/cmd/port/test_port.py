import argparse
from pathlib import Path

import pytest

from customresource_bridge.cmd import port


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    port.add_arguments(parser)
    return parser.parse_args(words)


def test_a_template_alone_is_enough() -> None:
    args = parsed("t.yaml")
    assert (args.template, args.output_dir, args.region, args.service_token) == ("t.yaml", None, "RegionOne", None)
    assert [args.force, args.check, args.strict, args.json] == [False] * 4


def test_folders_and_files_are_paths() -> None:
    args = parsed("-", "--output-dir", "out", "--resource-types", "types")
    assert (args.template, args.output_dir, args.resource_types) == ("-", Path("out"), Path("types"))


def test_help_says_what_the_exit_codes_mean(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed("--help")
    said = " ".join(capsys.readouterr().out.split())
    assert "exit codes: 0 ported; 1 ported, but a finding needs attention" in said


def test_it_ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.yaml").write_text("Resources: {T: {Type: Custom::T, Properties: {ServiceToken: 'mistral:w'}}}\n")
    assert port.run(parsed("t.yaml", "--strict")) == 0
    assert (tmp_path / "t-heat" / "template.yaml").exists()
