"""Translates values: a tree of CloudFormation's intrinsic functions into one of HOT's.

Which function becomes what is the context's table (``functions``); a function that the table does not know is reported
and left out.
"""

from typing import Any

from customresource_bridge.port.context import NOTHING, Context, Scope
from customresource_bridge.port.template.tree import Map, Seq, function_of, key_line, line_of, walk

HOT_FUNCTIONS = frozenset(
    [
        "contains",
        "digest",
        "filter",
        "get_attr",
        "get_file",
        "get_param",
        "get_resource",
        "if",
        "list_concat",
        "list_concat_unique",
        "list_join",
        "make_url",
        "map_merge",
        "map_replace",
        "repeat",
        "resource_facade",
        "str_replace",
        "str_replace_strict",
        "str_replace_vstrict",
        "str_split",
        "yaql",
    ]
)
"""What Heat takes for a function wherever it is the one key of a map."""


class MalformedError(ValueError):
    """A function's argument is not of its form; the text says what it takes."""


def translate(value: Any, ctx: Context, scope: Scope) -> Any:
    """Return ``value`` in HOT, or NOTHING where it is AWS::NoValue."""
    function = function_of(value)
    if function is not None and (scope.in_condition or function[0] != "Condition"):
        name, argument = function
        return _call(name, argument, ctx, scope.at(key_line(value, name)))
    if isinstance(value, dict):
        return _map(value, ctx, scope)
    if isinstance(value, list):
        return _list(value, ctx, scope)
    if isinstance(value, str):
        report_dynamic(value, ctx, scope)
    return value


def report_dynamic(text: str, ctx: Context, scope: Scope) -> None:
    """Report a dynamic reference in a text."""
    if "{{resolve:" in text:
        ctx.report.todo(
            "dynamic reference",
            scope.location,
            "Heat does not resolve {{resolve:...}}: the handler gets the text itself",
            "make it a hidden parameter, or a secret of Barbican that the handler reads",
        )


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
    return _protected(result, ctx, scope) if len(result) == 1 and next(iter(result)) in HOT_FUNCTIONS else result


def _protected(value: Map, ctx: Context, scope: Scope) -> Any:
    """Keep Heat from taking data for a function: in a parameter's default it does not look for any."""
    name = next(iter(value))
    if any(key in HOT_FUNCTIONS for part in walk(value[name]) if isinstance(part, dict) for key in part):
        ctx.report.lost(
            name, scope.location, f"Heat takes a map with the one key {name} for a function", "rename the key"
        )
        return NOTHING
    reference = ctx.parameter(
        f"data {value!r}",
        name=f"Data{len(ctx.added) + 1}",
        definition={"type": "json", "description": "Data that Heat would take for a function", "default": value},
    )
    ctx.report.note(name, scope.location, f"Heat takes it for a function: it is the parameter {reference['get_param']}")
    return reference


def _list(value: list[Any], ctx: Context, scope: Scope) -> Seq:
    result = Seq(line=line_of(value))
    lines = getattr(value, "lines", None) or [0] * len(value)
    for item, line in zip(value, lines, strict=True):
        translated = translate(item, ctx, scope.item(line))
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
        ctx.report.lost(name, scope.location, f"its argument is malformed: {error}", "correct it")
        return NOTHING


_UNSUPPORTED = {
    "Fn::Transform": ("Heat has no macros", "process the template at AWS first, and port the result"),
    "Fn::ForEach": ("Heat has no loop over entries, and its list is not in the template", "write the entries out"),
    "Fn::GetStackOutput": ("Heat cannot read another stack's outputs", "make it a parameter"),
}


def unknown(name: str, ctx: Context, scope: Scope) -> Any:
    """Report a function that has no counterpart, and return NOTHING."""
    family = "::".join(name.split("::")[:2])
    reason, remedy = _UNSUPPORTED.get(family, ("Heat has no such function", "write its value out"))
    ctx.report.lost(family, scope.location, reason, remedy)
    return NOTHING
