"""Translates a nested stack whose template is ported too: its type is that template's file, and it is given parameters.

What its template gained in the port and an owner may want to set is a parameter of the parent's as well.
"""

from collections.abc import Mapping
from typing import Any

from customresource_bridge.port.context import NOTHING, Context, NestedStack, Scope
from customresource_bridge.port.errors import TemplateError
from customresource_bridge.port.functions.dispatch import translate
from customresource_bridge.port.handlers.find import PortedHandler
from customresource_bridge.port.handlers.service_tokens import service_token
from customresource_bridge.port.report import SourceLocation
from customresource_bridge.port.template.tree import Map, key_line
from customresource_bridge.protocol.values import stringified

MOST_HANDED_ON = 10_000
"""Parameters that all nested stacks of one template are given for what their templates gained: two seconds' work."""
_READ = frozenset({"Parameters", "TemplateURL", "Location"})
_SHARED = ("AWS::", "import ", "handler ", "Fn::GetAZs")
"""What an added parameter stands for that is the same in each template; anything else is one template's own."""


def report_not_ported(name: str, ctx: Context, location: SourceLocation) -> bool:
    """Report a nested stack whose template is not ported; return whether it is one."""
    found = ctx.refused.get(name)
    if found is not None:
        kind = ctx.template.type_of(name)
        if name in ctx.outside:
            ctx.report.lost(kind, location, f"it is left out: {found.reason}", found.remedy, blocks=True)
        else:
            ctx.report.blocking(
                kind, location, f"the template that it names is not ported: {found.reason}", found.remedy
            )
    return found is not None


def nested_properties(
    name: str, handlers: Mapping[str, PortedHandler], ctx: Context, location: SourceLocation
) -> dict[str, Any]:
    """Return the properties of a nested stack in HOT: its parameters."""
    _check_size(ctx, location)
    source, stack, kind = ctx.template.properties(name), ctx.nested[name], ctx.template.type_of(name)
    for key in source:
        if key not in _READ:
            where = location.at(key_line(source, key))
            ctx.report.lost(f"{kind} {key}", where, "Heat's nested stacks have no such property", "do without it")
    given = source.get("Parameters")
    given = given if isinstance(given, Map) else Map(line=location.line)
    result = _given(name, given, handlers, ctx)
    for parameter, has_default in stack.declared.items():
        if parameter not in given and not has_default:
            reason = f"its template's parameter {parameter} has no default, and is given nothing"
            ctx.report.blocking("Parameters", location, reason, "give it among its Parameters")
    return {**result, **_handed_on(stack, ctx, location)}


def _check_size(ctx: Context, location: SourceLocation) -> None:
    """Refuse what grows with the square of the input: each stack of one template is handed all that this gained."""
    handed_on = sum(len(stack.added) for stack in ctx.nested.values())
    if handed_on > MOST_HANDED_ON:
        problem = f"Its nested stacks would be given {handed_on} parameters that their templates gain by being ported"
        raise TemplateError(f"{problem}, more than {MOST_HANDED_ON}", "port it in parts", line=location.line)


def _given(name: str, given: Map, handlers: Mapping[str, PortedHandler], ctx: Context) -> dict[str, Any]:
    tokens = ctx.template.passed_tokens.get(name, frozenset())
    result = Map(line=given.line)
    for key, value in given.items():
        where = SourceLocation(name, key_line(given, key))
        if key not in ctx.nested[name].declared:
            ctx.report.lost(f"Parameters {key[:80]}", where, "its template has no such parameter", "remove it")
            continue
        made = service_token(value, handlers, ctx, where) if key in tokens else translate(value, ctx, Scope(where))
        if made is not NOTHING:
            result.put(key, made if isinstance(made, dict | list) else stringified(made), line=where.line)
    return result


def _handed_on(stack: NestedStack, ctx: Context, location: SourceLocation) -> dict[str, Any]:
    """Return what is given for the parameters that the nested template gained, but for those that hold constants."""
    result: dict[str, Any] = {}
    for key, (name, definition) in stack.added.items():
        if definition["type"] == "json":
            continue
        is_shared = key.startswith(_SHARED)
        own = name if is_shared else f"{stack.file.removesuffix('.yaml')}-{name}"
        result[name] = ctx.parameter(key if is_shared else f"{stack.file} {key}", name=own, definition=definition)
        if result[name] != {"get_param": own}:
            ctx.report.note("Parameters", location, f"its {name} is the parameter {result[name]['get_param']} here")
    return result
