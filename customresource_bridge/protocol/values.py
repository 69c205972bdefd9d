"""CloudFormation's view of property values: every scalar a string.

"Custom resource properties: ... all values are strings" is what unmodified handlers rely on.
"""

from collections.abc import Mapping
from typing import Any


def stringified(value: Any) -> Any:
    """Return ``value`` with each scalar as CloudFormation writes it; maps and lists keep their shape, nulls vanish."""
    if isinstance(value, Mapping):
        return {str(key): stringified(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [stringified(item) for item in value if item is not None]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
