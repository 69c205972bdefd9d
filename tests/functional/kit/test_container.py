"""The Containerfile's steps are carried out without an image: in a folder that stands for the image's root.

Each image's RUN steps are run as they are written, with the folder before their absolute paths; pip's are uv's, which
asks the same index and is quicker. What is made is run as the image would run it. That the base image has a Python and
useradd, and the USER step, are the builder's own.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pages
import pytest

FILE = pages.ROOT / "customresource_bridge" / "kit" / "container" / "Containerfile"
IMAGES = {"bridge": "operator", "gateway": "gateway", "provider": "provider"}
UV = str(Path(sys.executable).with_name("uv"))


def stages() -> dict[str, list[tuple[str, str]]]:
    """Return each stage's steps: an instruction and its text."""
    lines = "\n".join(line for line in FILE.read_text().splitlines() if not line.startswith("#"))
    found: dict[str, list[tuple[str, str]]] = {}
    for line in filter(None, map(str.strip, lines.replace("\\\n", " ").splitlines())):
        instruction, text = line.split(maxsplit=1)
        if instruction == "FROM":
            steps = found.setdefault(text.split()[-1], [])
        elif instruction != "ARG":
            steps.append((instruction, text))
    return found


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with this package's wheel."""
    source, made = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheels")
    for name in ("pyproject.toml", "docs/package.md", "LICENSE"):
        (source / name).parent.mkdir(exist_ok=True)
        shutil.copy(pages.ROOT / name, source / name)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(pages.ROOT / "customresource_bridge", source / "customresource_bridge", ignore=ignored)
    run([UV, "build", "--quiet", "--wheel", "--python", sys.executable, "-o", str(made), str(source)])
    return made


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder that stands for the base image's root, with what its own steps make."""
    root = tmp_path_factory.mktemp("image")
    for name in ("etc", "wheels", "var/lib"):
        (root / name).mkdir(parents=True)
    for name in ("passwd", "group"):
        (root / "etc" / name).write_text("")
    if os.geteuid() == 0:  # as a builder is
        carry_out(stages()["base"], root)
        assert "42420" in (root / "etc" / "passwd").read_text()
    yield root
    shutil.rmtree(root)


@pytest.mark.parametrize(("name", "command"), IMAGES.items())
def test_the_steps_make_an_image_that_runs_its_command(name: str, command: str, wheels: Path, image: Path) -> None:
    steps = stages()
    assert ("COPY", ". /wheels/") in steps[f"build-{name}"]
    shutil.copytree(wheels, image / "wheels", dirs_exist_ok=True)
    shutil.rmtree(image / "opt", ignore_errors=True)
    carry_out(steps[f"build-{name}"], image)
    if os.geteuid() == 0:
        carry_out(steps[name], image)
    program, *_ = json.loads(dict(steps[name])["ENTRYPOINT"])
    started = image / "opt" / "customresource-bridge" / "bin" / program
    assert json.loads(dict(steps[name])["CMD"])[0] == command
    conf = image / "etc" / "empty.conf"
    conf.write_text("")
    words = [] if command == "provider" else ["--config-file", str(conf)]
    said = subprocess.run([str(started), command, *words], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert said.returncode == 2, said.stderr  # it is there, with all that it imports, and asks for its options
    assert "pip install" not in said.stderr, "an extra is missing"


def carry_out(steps: list[tuple[str, str]], root: Path) -> None:
    """Run a stage's RUN steps in the folder that stands for its root."""
    for instruction, text in steps:
        if instruction == "RUN":
            for command in text.split("&&"):
                run(here(shlex.split(command), root))


def here(words: list[str], root: Path) -> list[str]:
    """Return a step's command as it is run here."""
    program, *rest = [f"{root}{word}" if word.startswith("/") and word != "/nonexistent" else word for word in words]
    if program in {"groupadd", "useradd"}:
        return [program, "--prefix", str(root), *(word.removeprefix(str(root)) for word in rest)]
    if program == "python":
        return [sys.executable, *rest, "--without-pip"]
    if program.endswith("/bin/pip"):
        return [UV, "pip", "install", "--quiet", "--python", str(Path(program).with_name("python")), *rest[1:]]
    return [program, *rest]


def run(words: list[str]) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, stdin=subprocess.DEVNULL)  # noqa: S603
    assert done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}"
    return done.stdout
