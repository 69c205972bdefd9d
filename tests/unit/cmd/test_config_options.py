"""oslo-config-generator finds our options by the entry points of pyproject.toml."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pyproject import PROJECT

from customresource_bridge.cmd.config_options import list_opts

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "customresource_bridge" / "kit" / "samples"
REMEDY = "run: make venv && .venv/bin/python docs/reference/generate.py"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Return a folder in which the package is installed as pyproject.toml says now."""
    folder = tmp_path / f"customresource_bridge-{PROJECT['version']}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PROJECT['name']}\nVersion: {PROJECT['version']}\n")
    group = "oslo.config.opts"
    lines = [f"{name} = {target}" for name, target in PROJECT["entry-points"][group].items()]
    (folder / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines]))
    return tmp_path


def generated(installed: Path, namespace: str) -> str:
    """Run the program, and return what it prints."""
    done = subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-m", "oslo_config.generator", "--namespace", namespace],
        env={**os.environ, "PYTHONPATH": f"{installed}{os.pathsep}{ROOT}", "XDG_CACHE_HOME": str(installed)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_the_generator_prints_every_option_of_every_part(installed: Path) -> None:
    printed = generated(installed, "customresource_bridge")
    sections = dict(re.findall(r"^\[(\w+)\]\n(.*?)(?=^\[\w+\]\n|\Z)", printed, re.MULTILINE | re.DOTALL))
    for group, options in list_opts():
        for option in options:
            assert re.search(rf"^#{option.dest} =", sections[group], re.MULTILINE), f"[{group}] {option.dest}"


@pytest.mark.parametrize(
    ("sample", "namespace"),
    [
        ("customresource-bridge.conf", "customresource_bridge.bridge"),
        ("heat.conf", "customresource_bridge.plugin"),
        ("gateway.conf", "customresource_bridge.gateway"),
    ],
)
def test_a_sample_configuration_is_up_to_date(sample: str, namespace: str, installed: Path) -> None:
    assert (SAMPLES / sample).read_text() == generated(installed, namespace), REMEDY
