"""One event, one handler, no cloud: what Heat would be told is shown, and the debugger and the watch work."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from customresource_bridge.cmd.main import main

HANDLER = """
import json
from urllib.request import Request, urlopen

def returns(event, context):
    print("making", event["ResourceProperties"]["Name"])
    return {"PhysicalResourceId": event["ResourceProperties"]["Name"]}

def puts(event, context):
    body = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    body.update(Status="SUCCESS", PhysicalResourceId="put")
    urlopen(Request(event["ResponseURL"], data=json.dumps(body).encode(), method="PUT"))

def raises(event, context):
    zone = event["ResourceProperties"]["Name"] + ".example"
    raise ValueError("no such zone")
"""
INVOKE = [sys.executable, "-m", "customresource_bridge.cmd.main", "invoke", "--event", "create.json", "--handler"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return a folder with a handler and a Create, as the command before writes it."""
    (tmp_path / "mine.py").write_text(HANDLER)
    (tmp_path / "properties.json").write_text('{"Name": "zone-1"}')
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(Path.cwd()), os.environ.get("PYTHONPATH")])))
    monkeypatch.chdir(tmp_path)
    assert main(["event", "create", "--properties", "properties.json"]) == 0
    (tmp_path / "create.json").write_text(capsys.readouterr().out)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("handler", "code", "named", "said"),
    [
        ("returns", 0, "zone-1", "    | making zone-1"),
        ("puts", 0, "put", "told 200"),
        ("raises", 1, None, "    | ValueError: no such zone"),
    ],
)
def test_what_heat_would_be_told_is_shown(
    handler: str, code: int, named: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["invoke", "--handler", f"mine:{handler}", "--event", "create.json"]) == code
    shown = capsys.readouterr()
    answer = json.loads(shown.out)
    assert (answer["Status"], answer.get("PhysicalResourceId")) == ("FAILED" if code else "SUCCESS", named)
    assert said in shown.err


def test_the_debugger_stops_at_the_handler_s_first_line_and_where_it_raises(folder: Path) -> None:
    typed = "p event['RequestType']\ncontinue\np zone\nquit\n"
    done = subprocess.run(  # noqa: S603 - our program
        [*INVOKE, "mine:raises", "--pdb"],
        cwd=folder,
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "'Create'" in done.stdout
    assert "'zone-1.example'" in done.stdout
    assert "The handler raised ValueError: no such zone (mine.py, line 16)" in done.stdout


def test_it_runs_again_when_the_handler_changes_even_from_a_mistake(folder: Path) -> None:
    (folder / "mine.py").write_text("def returns(event, context")
    with (folder / "log").open("w") as log:
        # A shell's background job ignores SIGINT, and so would what it starts.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        process = subprocess.Popen([*INVOKE, "mine:returns", "--watch"], cwd=folder, stdout=log, stderr=log)  # noqa: S603
        signal.signal(signal.SIGINT, before)
    try:
        wait_for(folder / "log", "waiting for a change")
        assert "could not be loaded: SyntaxError" in (folder / "log").read_text()
        (folder / "mine.py").write_text(HANDLER)
        wait_for(folder / "log", '"PhysicalResourceId": "zone-1"')
        wait_for(folder / "log", "waiting for a change", times=2)
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(30)
    assert code == 0
    assert "mine.py changed" in (folder / "log").read_text()


def wait_for(log: Path, text: str, *, times: int = 1) -> None:
    end = time.monotonic() + 60
    while log.read_text().count(text) < times:
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)


@pytest.mark.parametrize("words", [["--event", "nowhere.json"], ["--event", "-", "--watch"], ["--event", "mine.py"]])
def test_a_wrong_call_is_explained(folder: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert folder.exists()
    assert main(["invoke", "--handler", "mine:returns", *words]) == 2
    assert "--event" in capsys.readouterr().err
