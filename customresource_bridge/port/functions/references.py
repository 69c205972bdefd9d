"""Translates what refers to something: Ref, Fn::GetAtt, Fn::If, Fn::ImportValue."""

from typing import Any

from customresource_bridge.port.context import NOTHING, PLACEHOLDER, Context, Scope
from customresource_bridge.port.functions import pseudo_parameters
from customresource_bridge.port.functions.dispatch import MalformedError, translate
from customresource_bridge.port.functions.estimate import text_with_gaps
from customresource_bridge.port.template.constants import constant_text


def ref(argument: Any, ctx: Context, scope: Scope) -> Any:
    """Translate Ref."""
    if not isinstance(argument, str) or not argument:
        raise MalformedError("it takes one name")
    return reference(argument, ctx, scope)


def reference(name: str, ctx: Context, scope: Scope) -> Any:
    """Return what stands for a Ref to ``name``."""
    if pseudo_parameters.is_pseudo(name):
        return pseudo_parameters.translate(name, ctx, scope)
    if name in ctx.template.parameters:
        return {"get_param": name}
    if name in ctx.template.resources and name not in ctx.left_out:
        return {"get_resource": name}
    return ctx.stand_in(name, "", scope.location, is_list=scope.wants_list)


def get_att(argument: Any, ctx: Context, scope: Scope) -> Any:
    """Translate Fn::GetAtt."""
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(parts, list) or len(parts) < 2 or not isinstance(parts[0], str):  # noqa: PLR2004 - two parts
        raise MalformedError("it takes a resource and an attribute")
    constant = [part for part in parts[1:] if isinstance(part, str)]
    if len(constant) == len(parts) - 1:
        return attribute(parts[0], ".".join(constant), ctx, scope)
    name = translate(parts[1], ctx, scope)
    if parts[0] in ctx.left_out or parts[0] in ctx.nested or name is NOTHING:
        return ctx.stand_in(parts[0], "attribute", scope.location, is_list=scope.wants_list, computed=parts[1:])
    return {"get_attr": [parts[0], name]}


def attribute(resource: str, name: str, ctx: Context, scope: Scope) -> Any:
    """Return what stands for ``resource.name``."""
    if not name:
        raise MalformedError("it names no attribute")
    if resource in ctx.nested:
        output = name.removeprefix("Outputs.")
        if output in ctx.nested[resource].outputs:
            return {"get_attr": [resource, output]}
    elif resource in ctx.template.resources and resource not in ctx.left_out:
        return {"get_attr": [resource, name]}
    return ctx.stand_in(resource, name, scope.location, is_list=scope.wants_list)


def if_(argument: Any, ctx: Context, scope: Scope) -> Any:
    """Translate Fn::If."""
    if not isinstance(argument, list) or len(argument) != 3 or not isinstance(argument[0], str):  # noqa: PLR2004 - condition, then, else
        raise MalformedError("it takes a condition's name and two values")
    condition = argument[0]
    if condition not in ctx.template.conditions:
        raise MalformedError(f"there is no condition {condition[:80]}")
    yes, no = (translate(value, ctx, scope) for value in argument[1:])
    if yes is NOTHING and no is NOTHING:
        return NOTHING
    if no is NOTHING:
        return {"if": [condition, yes]}
    if yes is NOTHING:
        return {"if": [{"not": condition}, no]}
    return {"if": [condition, yes, no]}


def import_value(argument: Any, ctx: Context, scope: Scope) -> Any:
    """Translate Fn::ImportValue: Heat has no exports, so it becomes a parameter."""
    label = text_with_gaps(argument)
    # What is computed is one template's own, and its label leaves parts of it out.
    is_constant = constant_text(argument) is not None
    reference_ = ctx.parameter(
        f"import {label}" if is_constant else f"computed import {argument!r}",
        name="Imported" + "".join(letter for letter in label if letter.isalnum()),
        definition={
            "type": "comma_delimited_list" if scope.wants_list else "string",
            "description": f"The value that another stack exports as {label}",
            "default": PLACEHOLDER + label,
        },
    )
    ctx.report.todo(
        "Fn::ImportValue",
        scope.location,
        "Heat has no exports between stacks",
        f"give the other stack's output in the parameter {reference_['get_param']}",
    )
    return reference_
