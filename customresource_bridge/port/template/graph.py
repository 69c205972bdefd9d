"""Reads off the template which resource refers to which."""

from typing import Any

from customresource_bridge.port.template.constants import pieces
from customresource_bridge.port.template.tree import function_of, walk

_ATTRIBUTES_WITHOUT_REFERENCES = frozenset({"Type", "DependsOn", "Condition"})


def references(value: Any) -> set[str]:
    """Return every name that ``value`` refers to: resources, parameters and pseudo parameters alike."""
    found: set[str] = set()
    for part in walk(value):
        name, argument = function_of(part) or ("", None)
        if name == "Ref" and isinstance(argument, str):
            found.add(argument)
        elif name == "Fn::GetAtt":
            found |= _get_att(argument)
        elif name == "Fn::Sub":
            found |= _sub(argument)
    return found


def _get_att(argument: Any) -> set[str]:
    if isinstance(argument, str):
        return {argument.split(".", 1)[0]}
    return {argument[0]} if isinstance(argument, list) and argument and isinstance(argument[0], str) else set()


def _sub(argument: Any) -> set[str]:
    text = argument[0] if isinstance(argument, list) and argument else argument
    own = argument[1] if isinstance(argument, list) and len(argument) > 1 and isinstance(argument[1], dict) else {}
    if not isinstance(text, str):
        return set()
    names = {piece[0] for piece in pieces(text) if isinstance(piece, tuple)}
    return {name.split(".", 1)[0] for name in names if name not in own}


def resource_references(resource: dict[str, Any]) -> set[str]:
    """Return the names that a resource refers to, leaving out what it merely waits for."""
    return references({key: value for key, value in resource.items() if key not in _ATTRIBUTES_WITHOUT_REFERENCES})
