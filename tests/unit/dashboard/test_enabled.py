"""What Horizon is told to load is there."""

import ast
import runpy
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[3]
ENABLED = sorted((PACKAGE / "customresource_bridge" / "dashboard" / "enabled").glob("_[0-9]*.py"))


def test_there_is_a_file_for_each_panel() -> None:
    assert len(ENABLED) == 2


@pytest.mark.parametrize("path", ENABLED, ids=lambda path: path.stem)
def test_a_file_names_a_panel_that_is_there(path: Path) -> None:
    said = runpy.run_path(str(path))
    module, _, name = said["ADD_PANEL"].rpartition(".")
    tree = ast.parse((PACKAGE / f"{module.replace('.', '/')}.py").read_text())
    (panel,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    slug = {ast.unparse(node) for node in panel.body}
    assert f"slug = '{said['PANEL']}'" in slug
    assert said["PANEL_DASHBOARD"] in module


def test_the_application_is_added_once() -> None:
    """Horizon adds what each file names, and Django refuses an application that is there twice."""
    added = [app for path in ENABLED for app in runpy.run_path(str(path)).get("ADD_INSTALLED_APPS", [])]
    assert added == ["customresource_bridge.dashboard"]
