"""The program: one clear line and an exit code for whatever is wrong before a cloud is asked."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from openstack.config import loader

from customresource_bridge.clients.http import service_errors
from customresource_bridge.cmd.main import COMMANDS, main, module_of

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("OS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(loader, "CONFIG_FILES", [])  # an older openstacksdk keeps here what another test has named
    monkeypatch.chdir(tmp_path)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    text = capsys.readouterr().err
    lines = [line for line in text.splitlines() if line.startswith("customresource-bridge:")]
    assert len(lines) == 1
    assert "Traceback" not in text
    return lines[0]


@pytest.mark.parametrize("command", [["check"], ["run"], ["dead-letters", "list"]])
def test_without_credentials_it_says_how_to_give_them(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 2
    assert "OS_CLOUD" in said(capsys)


def test_an_unknown_cloud_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--os-cloud", "nowhere"]) == 2
    assert "nowhere" in said(capsys)


def test_a_wrong_route_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AUTH_URL": "http://127.0.0.1:9",
        "USERNAME": "u",
        "PASSWORD": "p",
        "PROJECT_NAME": "p",
    }.items():
        monkeypatch.setenv(f"OS_{name}", value)
    config = tmp_path / "bridge.conf"
    config.write_text("[routes]\nroute = only two\n")
    assert main(["run", "--config-file", str(config)]) == 2
    assert "only two" in said(capsys)


def test_debug_tells_where_it_came_from_and_not_what_was_said_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "signature-of-" + "mine"

    def run(_arguments: object) -> int:
        with service_errors("Zaqar", "claim messages"):
            raise ConnectionError(secret)

    check = importlib.import_module("customresource_bridge.cmd.check")
    monkeypatch.setattr(check, "run", run)
    assert main(["check", "--debug"]) == 1
    text = capsys.readouterr().err
    assert "ServiceUnavailable in" in text
    assert "which came from ConnectionError in" in text
    assert Path(__file__).name in text
    assert secret not in text
    assert (
        text.splitlines()[-1] == "customresource-bridge: Zaqar did not claim messages: no connection (ConnectionError)"
    )


def test_a_missing_or_broken_configuration_file_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["check", "--config-file", str(tmp_path / "absent.conf")]) == 2
    assert "absent.conf" in said(capsys)
    broken = tmp_path / "broken.conf"
    broken.write_text("this is no configuration")
    assert main(["check", "--config-file", str(broken)]) == 2
    assert "broken.conf" in said(capsys)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    assert all(name in shown and purpose[:40] in shown for name, purpose in COMMANDS.items())


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_its_module(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert callable(module_of(name).run)
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])
    assert end.value.code == 0
    assert f"customresource-bridge {name}" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out.strip()


def test_only_the_command_that_is_called_is_imported() -> None:
    shown = (
        "import sys; print(*(n for n in sys.modules if n.startswith('customresource_bridge.cmd.')), file=sys.stderr)"
    )
    program = f"from customresource_bridge.cmd.main import main\ntry: main(['port', '--help'])\nfinally: {shown}"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    # What a library warns of stands before it.
    loaded = {name.split(".")[2] for name in ended.stderr.splitlines()[-1].split()}
    assert loaded == {"main", "arguments", "port", "terminal"}


@pytest.mark.parametrize(
    ("command", "module", "package"),
    [
        (["gateway", "--new-key"], "cryptography", "customresource-bridge[gateway]"),
        (["conformance", "--handler", "a:b"], "httptools", "customresource-bridge[gateway]"),
        (["operator"], "cotyledon", "customresource-bridge[operator]"),
        (["port", "t.yaml"], "ruamel", "customresource-bridge[port]"),
        (["run"], "tenacity", "customresource-bridge"),
        (["check"], "zaqarclient", "customresource-bridge"),
        (["dead-letters", "list"], "zaqarclient", "customresource-bridge"),
        (["provider", "--help"], "requests", "customresource-bridge"),
    ],
)
def test_a_missing_library_is_one_line_that_says_what_to_install(command: list[str], module: str, package: str) -> None:
    program = f"import sys; sys.modules[{module!r}] = None\nfrom customresource_bridge.cmd.main import main\n"
    program += f"sys.exit(main({command!r}))"
    command = [sys.executable, "-W", "ignore", "-c", program]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert line == f"customresource-bridge: {module} is missing: pip install '{package}'"
