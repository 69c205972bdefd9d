"""Translates values: a tree of CloudFormation's intrinsic functions into one of HOT's.

Called for every property, output, metadata and condition operand. Which function becomes what is the context's table
(``functions``); what nobody knows is reported and left out.
"""

from typing import Any

from customresource_bridge.port.context import NOTHING, Context, Scope
from customresource_bridge.port.tree import Map, Seq, function_of, key_line, line_of


class MalformedError(ValueError):
    """A function's argument is not of its form; the text says what it takes."""


def translate(value: Any, ctx: Context, scope: Scope) -> Any:
    """Return ``value`` in HOT, or NOTHING where it is AWS::NoValue."""
    function = function_of(value)
    if function is not None:
        name, argument = function
        return _call(name, argument, ctx, scope.at(key_line(value, name)))
    if isinstance(value, dict):
        return _map(value, ctx, scope)
    if isinstance(value, list):
        return _list(value, ctx, scope)
    if isinstance(value, str) and "{{resolve:" in value:
        ctx.report.todo(
            "dynamic reference",
            scope.place,
            "Heat does not resolve {{resolve:...}}: the handler gets the text itself",
            "make it a hidden parameter, or a secret of Barbican that the handler reads",
        )
    return value


def _map(value: dict[str, Any], ctx: Context, scope: Scope) -> Map:
    result = Map(line=line_of(value))
    for key, item in value.items():
        line = key_line(value, key)
        if key.startswith("Fn::"):
            unknown(key, ctx, scope.inside(line))
            continue
        translated = translate(item, ctx, scope.inside(line))
        if translated is not NOTHING:
            result.put(key, translated, line=line)
    return result


def _list(value: list[Any], ctx: Context, scope: Scope) -> Seq:
    result = Seq(line=line_of(value))
    lines = getattr(value, "lines", None) or [0] * len(value)
    for item, line in zip(value, lines, strict=True):
        translated = translate(item, ctx, scope.inside(line))
        if translated is not NOTHING:
            result.put(translated, line=line)
    return result


def _call(name: str, argument: Any, ctx: Context, scope: Scope) -> Any:
    translator = ctx.functions.get(name)
    if translator is None:
        return unknown(name, ctx, scope)
    try:
        return translator(argument, ctx, scope)
    except MalformedError as error:
        ctx.report.lost(name, scope.place, f"its argument is malformed: {error}", "correct it")
        return NOTHING


_UNSUPPORTED = {
    "Fn::Transform": ("Heat has no macros", "process the template at AWS first, and port the result"),
    "Fn::ForEach": ("Heat has no loop over a template's entries", "write the entries out"),
    "Fn::GetStackOutput": ("Heat cannot read another stack's outputs", "make it a parameter"),
}


def unknown(name: str, ctx: Context, scope: Scope) -> Any:
    """Report a function that has no counterpart, and return NOTHING."""
    family = "::".join(name.split("::")[:2])
    reason, remedy = _UNSUPPORTED.get(family, ("Heat has no such function", "write its value out"))
    ctx.report.lost(family, scope.place, reason, remedy)
    return NOTHING
