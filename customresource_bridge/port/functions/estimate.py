"""Estimates a value before there is a stack: its text with gaps, and the text it most likely has.

For what is written out instead of translated: a Lambda function's code, settings and environment.
"""

from collections.abc import Iterator
from typing import Any

from customresource_bridge.port.context import Context
from customresource_bridge.port.template.constants import constant_text, sub_parts
from customresource_bridge.port.template.tree import function_of

_PAIR = 2
_KEYS = 3
_LIMIT = 80


def text_with_gaps(value: Any) -> str:
    """Return the text of ``value`` with ``${...}`` for what depends on a stack."""
    known = constant_text(value)
    if known is not None:
        return known
    name, argument = function_of(value) or ("", None)
    separator, items = _parts(name, argument)
    if items is not None:
        return separator.join(text_with_gaps(item) for item in items)
    return "${" + _named(name, argument) + "}"


def gaps(value: Any) -> list[str]:
    """Return what ``sketched`` leaves open, each once, in order."""
    return list(dict.fromkeys(_gaps(value)))


def _gaps(value: Any) -> Iterator[str]:
    name, argument = function_of(value) or ("", None)
    _separator, items = _parts(name, argument)
    if items is not None:
        for item in items:
            yield from _gaps(item)
    elif constant_text(value) is None:
        yield _named(name, argument)


def likely_text(value: Any, ctx: Context) -> str | None:
    """Return the text that ``value`` has with the parameters' defaults, or None where only a stack knows."""
    known = constant_text(value)
    name, argument = function_of(value) or ("", None)
    if known is not None or not name:
        return known
    if name == "Ref":
        return _parameter(str(argument), ctx)
    if name == "Fn::FindInMap":
        return _mapped(argument, ctx)
    separator, items = _parts(name, argument)
    if items is None:
        return None
    parts = [likely_text(item, ctx) for item in items]
    return separator.join(part for part in parts if part is not None) if None not in parts else None


def _parameter(name: str, ctx: Context) -> str | None:
    if name == "AWS::Region":
        return ctx.options.region
    declared = ctx.template.parameters.get(name)
    if not isinstance(declared, dict) or "AWS::SSM::" in str(declared.get("Type")) or "NoEcho" in declared:
        return None
    return constant_text(declared.get("Default"))


def _mapped(argument: Any, ctx: Context) -> str | None:
    if not isinstance(argument, list) or len(argument) not in {_KEYS, _KEYS + 1}:
        return None
    found: Any = ctx.template.mappings
    for key in (likely_text(part, ctx) for part in argument[:_KEYS]):
        found = found.get(key) if isinstance(found, dict) else None
    options = argument[_KEYS] if len(argument) > _KEYS else None
    default = options.get("DefaultValue") if isinstance(options, dict) else None
    return constant_text(found) if found is not None else likely_text(default, ctx)


def _parts(name: str, argument: Any) -> tuple[str, list[Any] | None]:
    """Return what a Join or a Sub puts together, and what it puts in between; no parts for anything else."""
    if name == "Fn::Join" and isinstance(argument, list) and len(argument) == _PAIR and isinstance(argument[1], list):
        return str(argument[0]), argument[1]
    found = sub_parts(argument) if name == "Fn::Sub" else None
    if found is None:
        return "", None
    pieces, own = found
    return "", [piece if isinstance(piece, str) else own.get(piece[0], {"Ref": piece[0]}) for piece in pieces]


def _named(name: str, argument: Any) -> str:
    words = argument if isinstance(argument, list) else [argument]
    text = ("." if name == "Fn::GetAtt" else " ").join(constant_text(word) or "..." for word in words)
    prefix = "" if name in {"Ref", "Fn::GetAtt", ""} else name.removeprefix("Fn::") + " "
    return " ".join(f"{prefix}{text}".split())[:_LIMIT]
