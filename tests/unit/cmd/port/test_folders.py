"""A template is found in its folder, and the code beside it is read; nothing outside of that is."""

import os
import zipfile
from pathlib import Path

import pytest

from customresource_bridge.cmd.port import folders
from customresource_bridge.cmd.port.folders import (
    name_of_folder,
    reader_beside,
    stack_name,
    template_in,
    templates_beside,
)
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.port.beside import NO_CODE, CodeFolder, TemplateFile


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["Mine.template.json", "manifest.json"], "Mine.template.json"),
        (["Mine.template.json", "MineA1.nested.template.json"], "Mine.template.json"),
        (["template.yaml", ".aws-sam/build/template.yaml"], ".aws-sam/build/template.yaml"),
        (["template.yml"], "template.yml"),
        (
            ["assembly-A/manifest.json", "assembly-A/assembly-A-B/Mine.template.json"],
            "assembly-A/assembly-A-B/Mine.template.json",
        ),
    ],
)
def test_a_folder_has_its_template(files: list[str], found: str, tmp_path: Path) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert template_in(tmp_path) == tmp_path / found
    assert template_in(tmp_path / found) == tmp_path / found


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("orders.yaml", "orders"),
        ("cdk.out/Orders.template.json", "Orders"),
        ("orders/template.yaml", "orders"),
        ("orders/.aws-sam/build/template.yaml", "orders"),
        ("orders/build/template.yml", "build"),
    ],
)
def test_a_stack_is_called_by_its_template_or_its_folder(
    file: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stack_name(tmp_path / file) == name
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir((tmp_path / file).parent)
    assert stack_name(Path(Path(file).name)) == name
    (tmp_path / file).parent.joinpath("deeper").mkdir()
    monkeypatch.chdir((tmp_path / file).parent / "deeper")
    assert stack_name(Path("..", Path(file).name)) == name
    assert name_of_folder(Path("..", "..")) == (tmp_path / file).parent.parent.name


def test_several_templates_or_none_are_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no template"):
        template_in(tmp_path)
    for name in ("A.template.json", "B.template.json"):
        (tmp_path / name).touch()
    with pytest.raises(ConfigurationError, match=r"name one of A\.template\.json, B\.template\.json"):
        template_in(tmp_path)


def test_the_stacks_of_stages_are_named_with_the_others(tmp_path: Path) -> None:
    (tmp_path / "assembly-Live").mkdir()
    for name in ("Pipeline.template.json", "assembly-Live/Jobs.template.json"):
        (tmp_path / name).touch()
    with pytest.raises(ConfigurationError, match=r"name one of Pipeline\.template\.json, assembly-Live/Jobs\."):
        template_in(tmp_path)


def test_what_can_be_no_path_is_said() -> None:
    with pytest.raises(ConfigurationError):
        template_in(Path("y" * 70_000))
    assert reader_beside(Path("y" * 70_000))("src") is NO_CODE


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
        ("nowhere", {}),
        ("template.yaml", {}),
        (".", {}),
        ("..", {}),
        ("out", {}),
        ("/etc", {}),
        ("x" * 70_000, {}),
        ("a\0b", {}),
    ],
)
def test_code_is_read_beside_the_template_alone(path: str, found: dict[str, bytes], project: Path) -> None:
    (project / "template.yaml").write_text("{}")
    assert reader_beside(project / "template.yaml")(path) == CodeFolder(files=found)


@pytest.mark.parametrize(("limit", "said"), [("MOST_FILES", "more than 0 files"), ("MOST_BYTES", "more than 0 bytes")])
@pytest.mark.parametrize("path", ["src", "code.zip"])
def test_too_much_of_one_function_is_a_problem_of_its_own(
    limit: str, said: str, path: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, limit, 0)
    found = reader_beside(project / "template.yaml")(path)
    assert found.files == {}
    assert found.problem.startswith(f"{path}, which was not read (it has {said}, ")


def test_all_code_together_is_bounded(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MOST_BYTES_IN_ALL", 2)
    read = reader_beside(project / "template.yaml")
    first = read("src")
    assert len(first.files) == 2
    assert "with it, the code would be more than 2 bytes" in read("code.zip").problem
    assert read("src/") is first  # read once, whatever it is called


def test_a_broken_zip_file_is_a_problem_of_its_own(project: Path) -> None:
    whole = (project / "code.zip").read_bytes()
    (project / "code.zip").write_bytes(whole.replace(b"index.py", b"index.js", 1))
    assert reader_beside(project / "template.yaml")("code.zip").problem.startswith("code.zip, which was not read (")


@pytest.mark.parametrize("names", [("lib", "lib/x.py"), ("index.py", ".")])
def test_an_archive_with_a_file_that_is_a_folder_is_a_problem_of_its_own(names: tuple[str, ...], project: Path) -> None:
    with zipfile.ZipFile(project / "odd.zip", "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    problem = reader_beside(project / "template.yaml")("odd.zip").problem
    assert problem is not None
    assert "is a file and a folder in it" in problem


def test_what_has_no_end_is_no_code(project: Path) -> None:
    os.mkfifo(project / "pipe")
    assert reader_beside(project / "template.yaml")("pipe") == NO_CODE


def test_programs_stay_programs(project: Path) -> None:
    (project / "src" / "bootstrap").write_text("#!/bin/sh")
    (project / "src" / "bootstrap").chmod(0o755)
    with zipfile.ZipFile(project / "go.zip", "w") as archive:
        archive.write(project / "src" / "bootstrap", "bootstrap")
        archive.write(project / "src" / "index.py", "index.py")
    read = reader_beside(project / "template.yaml")
    assert read("src").programs == read("go.zip").programs == {"bootstrap"}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("inner/t.yaml", TemplateFile("inner/t.yaml", b"t")),
        ("inner/../inner/t.yaml", TemplateFile("inner/t.yaml", b"t")),
        ("0a.json", TemplateFile("inner/t.yaml", b"t")),
        ("some/0a.json", TemplateFile("inner/t.yaml", b"t")),
        ("0b.json", None),
        ("inner", None),
        ("out/secret", None),
        ("../secret", None),
        ("/etc/passwd", None),
        ("x" * 70_000, None),
        ("a\0b", None),
    ],
)
def test_nested_templates_are_read_beside_the_template_alone(
    path: str, found: TemplateFile | None, project: Path
) -> None:
    (project / "inner").mkdir()
    (project / "inner" / "t.yaml").write_text("t")
    assets = "".join(
        f'"{name}": {{"source": {{"path": "{source}"}}, "destinations": {{"d": {{"objectKey": "{name}.json"}}}}}},'
        for name, source in (("0a", "inner/t.yaml"), ("0b", "../secret"))
    )
    (project / "My.assets.json").write_text(f'{{"files": {{{assets.rstrip(",")}}}}}')
    (project / "other.assets.json").write_text("[1]")
    (project / "zero.assets.json").symlink_to("/dev/zero")
    os.mkfifo(project / "pipe.assets.json")
    assert templates_beside(project / "template.yaml")(path) == found


@pytest.mark.parametrize("path", ["../asset.1", "../../asset.1", "asset.1"])
def test_a_stage_s_code_lies_in_the_assembly_around_it(path: str, tmp_path: Path) -> None:
    inner = tmp_path / "cdk.out" / "assembly-A" / "assembly-A-B"
    inner.mkdir(parents=True)
    asset = tmp_path / "cdk.out" / "asset.1"
    asset.mkdir()
    (asset / "index.py").write_text("x")
    (asset.parent / "assembly-A" / "asset.1").symlink_to(asset)
    template = inner / "Mine.template.json"
    assert reader_beside(template)(path) == NO_CODE
    for folder in (asset.parent, asset.parent / "assembly-A"):
        (folder / "manifest.json").touch()
    assert reader_beside(template)(path) == CodeFolder(files={"index.py": b"x"})
    assert reader_beside(template)("../../../cdk.out") == NO_CODE
