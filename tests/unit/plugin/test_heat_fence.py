"""Only plugin/heat/ and the rooms in it import Heat's database, RPC and engine internals.

An import-linter contract cannot say so: it knows an external package as a whole, and every resource class imports
``heat.engine.resource``.
"""

import ast
from pathlib import Path

PLUGIN = Path(__file__).parents[3] / "customresource_bridge" / "plugin"
INNER = (
    "heat.db",
    "heat.rpc",
    "heat.objects",
    "heat.engine.check_resource",
    "heat.engine.stack",
    "heat.engine.sync_point",
    "heat.engine.worker",
)


def imports_of(source: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def inner(names: set[str]) -> set[str]:
    return {name for name in names if any(name == room or name.startswith(f"{room}.") for room in INNER)}


def test_an_inner_import_is_seen_however_it_is_written() -> None:
    source = "import heat.db.api\nfrom heat.engine import stack as s, resource\nfrom heat.rpc import worker_client"
    assert inner(imports_of(source)) == {"heat.db.api", "heat.engine.stack", "heat.rpc.worker_client"}


def test_only_the_fence_s_folder_imports_what_is_inside_of_heat() -> None:
    modules = [path for path in PLUGIN.rglob("*.py") if PLUGIN / "heat" not in path.parents]
    assert len(modules) > 30
    crossing = {str(path.relative_to(PLUGIN)): inner(imports_of(path.read_text())) for path in modules}
    assert {path: names for path, names in crossing.items() if names} == {}
