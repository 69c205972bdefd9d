"""What the tests of the kit share."""

import shutil
import sys
from pathlib import Path

import pages
import pytest
from functional.kit.steps import UV, run


@pytest.fixture(scope="package")
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
