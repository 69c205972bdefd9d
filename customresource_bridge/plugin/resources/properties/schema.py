"""Arbitrary properties in Heat, which wants a schema for each: the class shows the fixed ones, an instance all it has.

Heat asks the class for ``resource type show`` and the facade check, and an instance for everything else.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from heat.engine import properties


class AnyProperties:
    """A ``properties_schema`` that takes any name beside the fixed ones."""

    def __init__(self, fixed: Mapping[str, Any]) -> None:
        self._fixed = dict(fixed)

    def __get__(self, instance: Any, owner: type) -> dict[str, Any]:
        """Return the fixed properties for a class, and one schema per name in use for an instance."""
        if instance is None:
            return self._fixed
        free = {name: _free() for name in instance.property_names() if name not in self._fixed}
        return {**self._fixed, **free}


def _free() -> properties.Schema:
    return properties.Schema(properties.Schema.ANY, update_allowed=True)


def names_in(*sources: Any) -> Iterable[str]:
    """Return the names in property maps; what is no map yet (an unresolved function) has none."""
    for source in sources:
        if isinstance(source, Mapping):
            yield from source
