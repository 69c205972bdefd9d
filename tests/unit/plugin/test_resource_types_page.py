"""The reference of the resource types holds their properties as Heat shows them."""

from pathlib import Path
from typing import Any

import pytest
import value_rules

from customresource_bridge.plugin.resources.cfn import CfnCustomResource
from customresource_bridge.plugin.resources.hot import PHASES, WORKFLOWS, HotCustomResource

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "resource-types.md"
TYPES = {"String": "string", "Integer": "number", "Map": "map", "List": "list", "Boolean": "boolean"}
SCHEMAS = {
    "properties of the CloudFormation-named types": CfnCustomResource.properties_schema,
    "their UpdatePolicy": CfnCustomResource.update_policy_schema,
    "properties of OS::Heat::CustomResource": HotCustomResource.properties_schema,
    "a phase's workflow": HotCustomResource.properties_schema[WORKFLOWS].schema[PHASES[0]].schema,
}


def table(schema: dict[str, Any]) -> str:
    rows = [f"| `{name}` | {_type(found)} | {_default(found)} | {_meaning(found)} |" for name, found in schema.items()]
    return "\n".join(["| name | type | default | meaning |", "|---|---|---|---|", *rows])


def _type(found: Any) -> str:
    allowed = [constraint.allowed for constraint in found.constraints if hasattr(constraint, "allowed")]
    return " or ".join(f"`{value}`" for value in allowed[0]) if allowed else TYPES[found.type]


def _default(found: Any) -> str:
    if found.required:
        return "required"
    return "" if found.default in (None, "", [], {}) else f"`{found.default}`"


def _meaning(found: Any) -> str:
    return str(found.description).replace("<", "&lt;")


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_page_holds_the_table(name: str) -> None:
    assert table(SCHEMAS[name]) in PAGE.read_text(), f"{name}:\n{table(SCHEMAS[name])}"


def test_the_page_holds_the_rules_of_values() -> None:
    assert value_rules.table() in PAGE.read_text(), value_rules.table()


def test_the_page_names_each_phase() -> None:
    page = PAGE.read_text()
    assert all(f"`{phase}`" in page for phase in PHASES)
