"""Values that are known now, without any stack.

Called where a translation needs a constant: a Lambda's inline code, an export's name.
"""

from typing import Any

from customresource_bridge.port.tree import function_of
from customresource_bridge.protocol.values import stringified


def plain(value: Any) -> str | None:
    """Return the text that ``value`` always has, or None where it depends on a stack."""
    if value is None:
        return None
    if not isinstance(value, dict | list):
        return str(stringified(value))
    function = function_of(value)
    if function is None:
        return None
    name, argument = function
    if name == "Fn::Join":
        return _join(argument)
    if name == "Fn::Sub" and isinstance(argument, str) and "${" not in argument.replace("${!", ""):
        return argument.replace("${!", "${")
    return None


def _join(argument: Any) -> str | None:
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[1], list):  # noqa: PLR2004 - separator, items
        return None
    parts = [plain(item) for item in argument[1]]
    known = [part for part in parts if part is not None]
    return str(argument[0]).join(known) if len(known) == len(parts) else None
