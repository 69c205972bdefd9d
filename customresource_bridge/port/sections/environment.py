"""Lists the parameters that the stack's owner has to give, as an environment file to fill in.

Heat wants the values to validate a template, too, as soon as a condition reads one of them.
"""

from collections.abc import Mapping
from typing import Any

from customresource_bridge.port.context import PLACEHOLDER
from customresource_bridge.port.template.write import write


def environment(parameters: Mapping[str, Any]) -> str | None:
    """Return the text of an environment for the HOT parameters without default, or None where all have one."""
    wanted = {name: _example(name, declared) for name, declared in parameters.items() if "default" not in declared}
    return write({"parameters": wanted}, {}) if wanted else None


def _example(name: str, declared: Mapping[str, Any]) -> Any:
    limits: dict[str, Any] = {}
    for constraint in declared.get("constraints", []):
        limits.update(constraint)
    if limits.get("allowed_values"):
        return limits["allowed_values"][0]
    if declared["type"] == "number":
        return limits.get("range", {}).get("min", 0)
    return PLACEHOLDER + name
