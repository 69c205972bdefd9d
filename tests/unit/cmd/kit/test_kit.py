"""The command writes every file of the kit, whole, and none in another's place."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pages
import pytest
from pyproject import PYPROJECT

from customresource_bridge.cmd.kit import kit
from customresource_bridge.cmd.main import main

ROOT = Path(__file__).parents[4]
KIT = ROOT / "customresource_bridge" / "kit"
PAGES = {
    "docs/how-to/use-the-kit.md": "customresource-bridge kit ",
    "docs/how-to/run-a-provider.md": "/opt/customresource-bridge/bin/customresource-bridge kit ",
    "docs/how-to/run-for-a-cloud.md": "/opt/customresource-bridge/bin/customresource-bridge kit ",
    "docs/how-to/run-the-gateway.md": "/opt/customresource-bridge/bin/customresource-bridge kit ",
}
"""The pages whose commands of the kit are run here, and how these begin."""


FULL_DISK = """
import resource, signal, sys
from customresource_bridge.cmd.main import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
sys.exit(main(sys.argv[1:]))
"""
"""The program where no file may be longer than 1,000 bytes."""


def written(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_writes_each_file_and_names_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kit", "--output-dir", str(tmp_path / "a" / "kit")]) == 0
    assert written(tmp_path / "a" / "kit") == written(KIT)
    assert capsys.readouterr().out.splitlines() == [str(tmp_path / "a" / "kit" / name) for name in kit()]


def test_the_wheel_has_each_file() -> None:
    package = KIT.parent
    patterns = PYPROJECT["tool"]["setuptools"]["package-data"][package.name]
    packed = {path for pattern in patterns for path in package.glob(pattern)}
    assert {path for path in KIT.rglob("*") if path.is_file()} - packed == set()


def test_written_again_it_changes_nothing(tmp_path: Path) -> None:
    assert main(["kit", "--output-dir", str(tmp_path)]) == 0
    assert main(["kit", "--output-dir", str(tmp_path)]) == 0
    assert written(tmp_path) == written(KIT)


def test_another_file_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "gateway.conf").write_text("[gateway]\n")
    assert main(["kit", "--output-dir", str(tmp_path)]) == 2
    assert (tmp_path / "samples" / "gateway.conf").read_text() == "[gateway]\n"
    assert "gateway.conf is there already" in capsys.readouterr().err


def test_what_cannot_be_written_whole_is_not_written_and_the_next_time_it_is(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL_DISK, "kit", "--output-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert (done.returncode, "File too large" in done.stderr) == (2, True)
    assert written(tmp_path).items() <= written(KIT).items()
    assert main(["kit", "--output-dir", str(tmp_path)]) == 0
    assert written(tmp_path) == written(KIT)


def test_a_link_is_not_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kit" / "samples").mkdir(parents=True)
    (tmp_path / "kit" / "samples" / "gateway.conf").symlink_to(tmp_path / "elsewhere")
    assert main(["kit", "--output-dir", str(tmp_path / "kit")]) == 2
    assert not (tmp_path / "elsewhere").exists()
    assert "gateway.conf" in capsys.readouterr().err


def test_a_folder_that_cannot_be_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["kit", "--output-dir", str(tmp_path / "file")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert str(tmp_path / "file") in line


def test_the_runbooks_are_where_the_pages_are_served() -> None:
    rules = kit(docs_url="https://docs.example.com/")["prometheus/alerts.yaml"].decode()
    assert rules.count("runbook_url: https://docs.example.com/how-to/alerts.html#") == rules.count("runbook_url: ")
    assert rules.count("runbook_url: ")


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_commands(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = [command for command in pages.commands(page) if command.startswith(PAGES[page])]
    assert commands
    for number, command in enumerate(commands):
        (tmp_path / str(number)).mkdir()
        monkeypatch.chdir(tmp_path / str(number))
        assert main(shlex.split(command, comments=True)[1:]) == 0
        # What the page copies from there is there.
        copied = [word for line in pages.commands(page) for word in line.split() if word.startswith("kit/")]
        assert [name for name in copied if not Path(name).exists()] == []


def test_the_page_has_a_row_for_each_folder_and_names_no_other_file() -> None:
    named = set(re.findall(r"^\| `([^`]+)` \|", pages.read("docs/how-to/use-the-kit.md"), re.MULTILINE))
    assert {name.partition("/")[0] for name in named} == {path.name for path in KIT.iterdir()}
    assert [name for name in named if not (KIT / name).exists()] == []
