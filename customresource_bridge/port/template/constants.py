"""Evaluates what is known now, without any stack: constants, and the Joins and Subs of constants."""

import re
from typing import Any

from customresource_bridge.port.template.tree import function_of
from customresource_bridge.protocol.values import stringified

_PAIR = 2
_VARIABLE = re.compile(r"\$\{(!?)([^{}]*)\}")
"""``${Name}``, ``${Resource.Attribute}``, and the escaped ``${!Literal}``."""


def pieces(template: str) -> list[str | tuple[str]]:
    """Return a Sub's text in order: literal text as it is, each variable's name in a tuple of one."""
    found: list[str | tuple[str]] = []
    end = 0
    for match in _VARIABLE.finditer(template):
        literal, name = match.groups()
        found.append(template[end : match.start()])
        found.append("${" + name + "}" if literal else (name.strip(),))
        end = match.end()
    return [*found, template[end:]]


def sub_parts(argument: Any) -> tuple[list[str | tuple[str]], dict[str, Any]] | None:
    """Return the pieces of a Sub's text and the Sub's own variables, or None where it has not its form."""
    text, own = (argument[0], argument[1]) if isinstance(argument, list) and len(argument) == _PAIR else (argument, {})
    return (pieces(text), own) if isinstance(text, str) and isinstance(own, dict) else None


def constant_text(value: Any) -> str | None:
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
    return _sub(argument) if name == "Fn::Sub" else None


def _sub(argument: Any) -> str | None:
    found, own = sub_parts(argument) or ([("",)], {})
    texts = [piece if isinstance(piece, str) else constant_text(own.get(piece[0])) for piece in found]
    return "".join(text for text in texts if text is not None) if None not in texts else None


def _join(argument: Any) -> str | None:
    if not isinstance(argument, list) or len(argument) != _PAIR or not isinstance(argument[1], list):
        return None
    parts = [constant_text(item) for item in argument[1]]
    known = [part for part in parts if part is not None]
    return str(argument[0]).join(known) if len(known) == len(parts) else None
