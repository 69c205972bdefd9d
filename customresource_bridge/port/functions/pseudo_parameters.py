"""Translates CloudFormation's pseudo parameters.

What Heat has becomes its own; what it lacks becomes a parameter with a default, so that the stack's owner may say what
the handler sees.
"""

from typing import Any

from customresource_bridge.port.context import NOTHING, Context, Scope
from customresource_bridge.port.functions import compose

_STACK_ID = "arn:openstack:heat::{project}:stacks/{name}/{id}"
_PROJECT = {"get_param": "OS::project_id"}
_NAME = {"get_param": "OS::stack_name"}
_ID = {"get_param": "OS::stack_id"}


def is_pseudo(name: str) -> bool:
    """Return whether ``name`` is a pseudo parameter's."""
    return name.startswith("AWS::")


def translate(name: str, ctx: Context, scope: Scope) -> Any:
    """Return what stands for a pseudo parameter."""
    if name == "AWS::NoValue":
        return NOTHING
    if name == "AWS::NotificationARNs":
        ctx.report.note(name, scope.location, "a stack has none here: it is an empty list")
        return []
    if name == "AWS::StackName":
        return dict(_NAME)
    if name == "AWS::AccountId":
        ctx.report.note(name, scope.location, "it is the project's id, 32 letters and digits instead of 12 digits")
        return dict(_PROJECT)
    if name == "AWS::StackId":
        return _stack_id(ctx, scope)
    return _parameter(name, ctx, scope)


def _stack_id(ctx: Context, scope: Scope) -> Any:
    # The same three parts between slashes as at AWS: templates split it to get at the UUID.
    parts = ["arn:openstack:heat::", dict(_PROJECT), ":stacks/", dict(_NAME), "/", dict(_ID)]
    if scope.in_condition:
        return compose.joined("", parts, ctx, scope)
    return compose.replaced(_STACK_ID, {"{project}": dict(_PROJECT), "{name}": dict(_NAME), "{id}": dict(_ID)})


def _parameter(name: str, ctx: Context, scope: Scope) -> Any:
    defaults = {"AWS::Region": ctx.options.region, "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
    if name not in defaults:
        ctx.report.todo(name, scope.location, "Heat knows no such pseudo parameter", "give its value as a parameter")
        return ctx.stand_in(name, "", scope.location)
    reference = ctx.parameter(
        name,
        name=name.replace("::", ""),
        definition={"type": "string", "description": f"What {name} means to the handlers", "default": defaults[name]},
    )
    parameter = reference["get_param"]
    ctx.report.note(name, scope.location, f"it is the parameter {parameter}, by default {defaults[name]}")
    return reference
