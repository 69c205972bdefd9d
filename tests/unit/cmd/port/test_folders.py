"""A template is found in its folder, and the code beside it is read; nothing outside of that is."""

import zipfile
from pathlib import Path

import pytest

from customresource_bridge.cmd.port import folders
from customresource_bridge.cmd.port.folders import reader_beside, template_in
from customresource_bridge.errors import ConfigurationError


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["Mine.template.json", "manifest.json"], "Mine.template.json"),
        (["template.yaml", ".aws-sam/build/template.yaml"], ".aws-sam/build/template.yaml"),
        (["template.yml"], "template.yml"),
    ],
)
def test_a_folder_has_its_template(files: list[str], found: str, tmp_path: Path) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert template_in(tmp_path) == tmp_path / found
    assert template_in(tmp_path / found) == tmp_path / found


def test_several_templates_or_none_are_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no template"):
        template_in(tmp_path)
    for name in ("A.template.json", "B.template.json"):
        (tmp_path / name).touch()
    with pytest.raises(ConfigurationError, match=r"name one of A\.template\.json, B\.template\.json"):
        template_in(tmp_path)


def test_what_can_be_no_path_is_said() -> None:
    with pytest.raises(ConfigurationError):
        template_in(Path("y" * 70_000))
    assert reader_beside(Path("y" * 70_000))("src") is None


@pytest.fixture
def project(tmp_path: Path) -> Path:
    home = tmp_path / "project"
    (home / "src" / "lib").mkdir(parents=True)
    (home / "src" / "index.py").write_text("x")
    (home / "src" / "lib" / "y.bin").write_bytes(b"\xff")
    (tmp_path / "secret").write_text("secret")
    (home / "src" / "link").symlink_to(tmp_path / "secret")
    (home / "out").symlink_to(tmp_path)
    with zipfile.ZipFile(home / "code.zip", "w") as archive:
        archive.writestr("index.py", "z")
        archive.writestr("../evil.py", "e")
        archive.writestr("/evil.py", "e")
    return home


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("src/", {"index.py": b"x", "lib/y.bin": b"\xff"}),
        ("code.zip", {"index.py": b"z"}),
        ("nowhere", None),
        ("template.yaml", None),
        (".", None),
        ("..", None),
        ("out", None),
        ("/etc", None),
        ("x" * 70_000, None),
        ("a\0b", None),
    ],
)
def test_code_is_read_beside_the_template_alone(path: str, found: dict[str, bytes] | None, project: Path) -> None:
    (project / "template.yaml").write_text("{}")
    assert reader_beside(project / "template.yaml")(path) == found


@pytest.mark.parametrize("limit", ["MOST_FILES", "MOST_BYTES"])
@pytest.mark.parametrize("path", ["src", "code.zip"])
def test_too_much_is_refused(limit: str, path: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, limit, 0)
    with pytest.raises(ConfigurationError, match="no function's code"):
        reader_beside(project / "template.yaml")(path)
