"""Translates the section Conditions: Heat knows and, or, not, equals and names of conditions.

CloudFormation compares texts; so do the translated conditions.
"""

from typing import Any

from customresource_bridge.port.context import NOTHING, Context, Scope
from customresource_bridge.port.functions import compose
from customresource_bridge.port.functions.dispatch import translate, unknown
from customresource_bridge.port.handlers.cdk_handlers import is_about_metadata
from customresource_bridge.port.report import SourceLocation
from customresource_bridge.port.template.graph import references
from customresource_bridge.port.template.tree import Map, function_of, key_line
from customresource_bridge.protocol.values import stringified

_NEVER = {"equals": ["no", "yes"]}
_SIDES = 2
_BOOLEANS = {"Fn::And": "and", "Fn::Or": "or"}


def conditions(ctx: Context) -> Map:
    """Return the section in HOT."""
    source = ctx.template.conditions
    result = Map(line=source.line)
    for name, definition in source.items():
        line = key_line(source, name)
        if is_about_metadata(name, ctx.template):
            reason = "taken out: by it the CDK tells AWS what made the template"
            ctx.report.note("Conditions", SourceLocation(f"Conditions.{name}", line), reason)
            continue
        scope = Scope(SourceLocation(f"Conditions.{name}", line), in_condition=True)
        translated = expression(definition, ctx, scope)
        if isinstance(translated, str):  # Heat takes another condition's name inside and, or and not only
            translated = {"and": [translated, translated]}
        result.put(name, translated, line=line)
    _note_what_validation_needs(ctx)
    return result


def _note_what_validation_needs(ctx: Context) -> None:
    for name in sorted(references(ctx.template.conditions) & ctx.template.parameters.keys()):
        if "Default" not in ctx.template.parameters[name]:
            location = SourceLocation(f"Parameters.{name}", key_line(ctx.template.parameters, name))
            reason = "a condition reads it, and it has no default: Heat wants its value to validate the template, too"
            ctx.report.note("Conditions", location, reason, "give it, as by -e environment.yaml")


def expression(value: Any, ctx: Context, scope: Scope) -> Any:
    """Return a condition: a name, or one of Heat's condition functions."""
    name, argument = function_of(value) or ("", None)
    if name == "Condition" and isinstance(argument, str) and argument in ctx.template.conditions:
        return argument
    if name == "Fn::Not" and isinstance(argument, list) and len(argument) == 1:
        return {"not": expression(argument[0], ctx, scope)}
    if name in _BOOLEANS and isinstance(argument, list) and argument:
        parts = [expression(part, ctx, scope) for part in argument]
        return {_BOOLEANS[name]: parts if len(parts) > 1 else parts * 2}
    if name == "Fn::Equals" and isinstance(argument, list) and len(argument) == _SIDES:
        return _equals(argument, ctx, scope)
    ctx.report.lost(
        name or "condition", scope.location, "it is no condition that Heat knows: it is false", "write it with Equals"
    )
    return dict(_NEVER)


def _equals(sides: list[Any], ctx: Context, scope: Scope) -> Any:
    left, right = (_operand(side, ctx, scope.at(key_line(side, ""))) for side in sides)
    return {"equals": [_like(left, right, ctx, scope), _like(right, left, ctx, scope)]}


def _operand(value: Any, ctx: Context, scope: Scope) -> Any:
    translated = translate(value, ctx, scope)
    if translated is NOTHING:
        return None if scope.is_item else ""  # null is what a list goes without
    return translated


def _like(value: Any, other: Any, ctx: Context, scope: Scope) -> Any:
    """Return ``value`` as it must be written to equal ``other``: numbers only beside a number parameter."""
    if isinstance(value, dict):
        as_number = compose.is_number(value, ctx) and compose.scalar_text(other) is not None
        return value if as_number else compose.text_of(value, ctx, scope)
    constant = compose.scalar_text(value)
    if constant is None:
        return stringified(value)
    if not compose.is_number(other, ctx):
        return constant
    try:
        return float(constant) if "." in constant else int(constant)
    except ValueError:
        return constant


def condition_if(argument: Any, ctx: Context, scope: Scope) -> Any:
    """Translate Fn::If inside a condition, which Heat's own ``if`` cannot stand in."""
    if not isinstance(argument, list) or len(argument) != 3 or str(argument[0]) not in ctx.template.conditions:  # noqa: PLR2004 - condition, then, else
        return unknown("Fn::If", ctx, scope)
    test = {"and": [argument[0], argument[0]]}  # by its name: written out, conditions upon conditions would double
    yes, no = (compose.text_of(_operand(value, ctx, scope), ctx, scope) for value in argument[1:])
    return compose.yaql("switch($.data.test => $.data.yes, true => $.data.no)", test=test, yes=yes, no=no)
