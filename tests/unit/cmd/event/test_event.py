"""The command writes one event to stdout."""

import json
from pathlib import Path

import pytest

from customresource_bridge.cmd.main import main


def test_it_writes_the_event(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "new.json").write_text('{"Name": "new"}')
    (tmp_path / "old.json").write_text('{"Name": "old"}')
    files = ["--properties", str(tmp_path / "new.json"), "--old-properties", str(tmp_path / "old.json")]
    assert main(["event", "update", *files, "--physical-resource-id", "zone-1"]) == 0
    event = json.loads(capsys.readouterr().out)
    assert (event["RequestType"], event["PhysicalResourceId"]) == ("Update", "zone-1")
    assert (event["ResourceProperties"]["Name"], event["OldResourceProperties"]["Name"]) == ("new", "old")


def test_what_a_terminal_obeys_is_escaped_and_read_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    name = "a\x1b[31m\u202eb"
    assert main(["event", "create", "--service-token", name]) == 0
    written = capsys.readouterr().out
    assert all(line.isprintable() for line in written.split("\n"))
    assert json.loads(written)["ServiceToken"] == name


def test_each_event_has_a_request_id_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    seen = set()
    for _ in range(2):
        main(["event", "create"])
        seen.add(json.loads(capsys.readouterr().out)["RequestId"])
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("words", "named"),
    [(["--properties", "/nowhere"], "/nowhere"), (["--resource", ""], "LogicalResourceId")],
)
def test_what_cannot_be_is_named(words: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["event", "create", *words]) == 2
    assert named in capsys.readouterr().err
