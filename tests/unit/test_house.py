"""The house's measures: rooms and modules of a size that one can hold in one's head, each class name for one thing."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "customresource_bridge"
OURS = [PACKAGE, ROOT / "tests", ROOT / "devstack", ROOT / "docs"]
FILES = sorted(path for folder in OURS for path in folder.rglob("*.py") if "_build" not in path.parts)
MODULES = [path for path in FILES if PACKAGE in path.parents]
TREES = {path: ast.parse(path.read_text()) for path in FILES}

LONGEST_MODULE = 400
LONGEST_FUNCTION = 50
# An __init__.py counts, as in `find -name "*.py"`.
LARGEST_FOLDER = 18
LARGEST_ROOM = 12
ROOMS = {"plugin", "bridge", "port"}

LATE_IMPORTS = {
    "cmd/daemon/gmr.py": "the extra observe: without it the commands run all the same, and say so when they are asked",
    "cmd/daemon/observability.py": "the extra observe, needed where [observability] listen is set",
    "cmd/operator/__init__.py": "oslo.messaging, which would load eventlet unless a backend is chosen first",
    "gateway/conf.py": "the extra bus, needed where [gateway] heat_bus_url is set",
    "gateway/body.py": "uwsgi exists only in a process that uWSGI has started",
}
"""Modules that import inside a function, and what is optional there."""


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_module_is_too_long() -> None:
    lengths = {_shown(path): len(path.read_text().splitlines()) for path in FILES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_function_is_too_long() -> None:
    lengths = {
        f"{_shown(path)}: {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in FILES
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_no_folder_has_too_many_modules() -> None:
    sizes = Counter(path.parent.relative_to(PACKAGE) for path in MODULES)
    limits = {folder: LARGEST_ROOM if ROOMS & set(folder.parts) else LARGEST_FOLDER for folder in sizes}
    assert {str(folder): size for folder, size in sizes.items() if size > limits[folder]} == {}


def test_a_class_name_means_one_thing() -> None:
    names = Counter(
        node.name
        for path in MODULES
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, times in names.items() if times > 1] == []


def test_what_tests_share_is_imported_by_its_path_below_tests() -> None:
    """``from bridge_parts import entry``, ``from functional.tenant import Tenant``; no test is imported."""
    wrong = [
        f"{_shown(path)}: {ast.unparse(node)}"
        for path in FILES
        if ROOT / "tests" in path.parents
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.ImportFrom) and (node.level or _is_no_helper(node.module or ""))
    ]
    assert wrong == []


def test_the_plugin_s_tests_hand_in_what_they_stand_in_for() -> None:
    """No test of the plugin replaces a name inside of a module, nor does a helper beside the tests do it for one."""
    beside = (ROOT / "tests", ROOT / "tests" / "unit" / "plugin")
    files = [path for path in FILES if path.parent == beside[0] or beside[1] in path.parents]
    patches = re.compile(r"monkeypatch|mock\.patch|import .*\bpatch\b", re.IGNORECASE)
    lines = [(path, line.strip()) for path in files for line in path.read_text().splitlines()]
    assert len(files) > 50
    assert [f"{_shown(path)}: {line}" for path, line in lines if patches.search(line)] == []


def _is_no_helper(module: str) -> bool:
    first, last = module.split(".", maxsplit=1)[0], module.rsplit(".", 1)[-1]
    return first in {"tests", "unit"} or last == "conftest" or last.startswith("test_")


def _imports_late(path: Path) -> Iterator[str]:
    for function in ast.walk(TREES[path]):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield f"{function.name}: {ast.unparse(node)}"


def test_only_what_is_optional_is_imported_inside_a_function() -> None:
    found = {str(path.relative_to(PACKAGE)) for path in MODULES if any(_imports_late(path))}
    assert found == set(LATE_IMPORTS)
