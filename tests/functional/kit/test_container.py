"""The Containerfile's steps are carried out without an image: in a folder that stands for the image's root.

What is made is run as the image would run it. That the base image has a Python and useradd, and the USER step, are the
builder's own.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pages
import pytest
from functional.kit.steps import carry_out, stages

FILE = pages.ROOT / "customresource_bridge" / "kit" / "container" / "Containerfile"
IMAGES = {"bridge": "operator", "gateway": "gateway", "provider": "provider"}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder that stands for the base image's root, with what its own steps make."""
    root = tmp_path_factory.mktemp("image")
    for name in ("etc", "wheels", "var/lib"):
        (root / name).mkdir(parents=True)
    for name in ("passwd", "group"):
        (root / "etc" / name).write_text("")
    if os.geteuid() == 0:  # as a builder is
        carry_out(stages(FILE.read_text())["base"], root)
        assert "42420" in (root / "etc" / "passwd").read_text()
    yield root
    shutil.rmtree(root)


@pytest.mark.parametrize(("name", "command"), IMAGES.items())
def test_the_steps_make_an_image_that_runs_its_command(name: str, command: str, wheels: Path, image: Path) -> None:
    steps = stages(FILE.read_text())
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
