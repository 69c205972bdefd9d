"""A module's tests are found under its name: customresource_bridge/a/b.py has tests/unit/a/test_b.py."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE, TESTS = ROOT / "customresource_bridge", ROOT / "tests" / "unit"
MODULES = sorted(
    str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if path.name not in {"__init__.py", "__main__.py"}
)

EXCEPTIONS = {
    "bridge/project.py": "a declaration: five clients in one value",
    "dashboard/admin/panel.py": "Horizon's; dashboard/test_enabled compares it, tests/dashboard clicks through it",
    "dashboard/admin/urls.py": "a declaration of addresses",
    "dashboard/apps.py": "a declaration; dashboard/test_views loads it",
    "dashboard/enabled/_1695_project_custom_resources.py": "a declaration: dashboard/test_enabled compares it",
    "dashboard/enabled/_2395_admin_custom_resources.py": "a declaration: dashboard/test_enabled compares it",
    "dashboard/project/panel.py": "Horizon's; dashboard/test_enabled compares it, tests/dashboard clicks through it",
    "dashboard/project/urls.py": "a declaration of addresses",
    "plugin/heat_plugins/custom_resource.py": "one name for Heat's loader; plugin/resources/types.py has the content",
    "protocol/messaging/hint.py": "constants",
    "protocol/limits.py": "constants",
}
"""Modules without a test module of their name, and why they need none."""


def _test_module(module: str) -> Path:
    path = TESTS / module
    return path.with_name(f"test_{path.name}")


def test_a_module_has_a_test_module_of_its_name_or_a_reason() -> None:
    without = {module for module in MODULES if not _test_module(module).is_file()}
    assert sorted(without - set(EXCEPTIONS)) == [], "write tests/unit/<its folder>/test_<its name>.py"
    assert sorted(set(EXCEPTIONS) - without) == [], "no exception any more: take it from the list"


def test_a_test_module_has_tests() -> None:
    """A file of its name is not enough."""
    found = [_test_module(module) for module in MODULES if module not in EXCEPTIONS]
    assert [path for path in found if path.is_file() and "\ndef test_" not in path.read_text()] == []
