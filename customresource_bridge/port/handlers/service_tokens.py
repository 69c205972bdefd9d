"""Translates ServiceToken: each handler's becomes a parameter, whose default is the proposal for it.

A token that is a parameter, or one of our own forms, stays as it is.
"""

from collections.abc import Mapping
from typing import Any

from customresource_bridge.port.context import Context, Scope
from customresource_bridge.port.functions.dispatch import translate
from customresource_bridge.port.functions.estimate import text_with_gaps
from customresource_bridge.port.handlers.find import PortedHandler, is_own, key_of, leaves, parameter_named
from customresource_bridge.port.report import SourceLocation
from customresource_bridge.port.template.graph import references
from customresource_bridge.port.template.template import Template
from customresource_bridge.port.template.tree import function_of

_MOST_LETTERS = 100
_FORMS = "give mistral:<workflow> or zaqar:<queue>, or a name that the bridge's routes know"


def parameter_of(handler: PortedHandler, ctx: Context) -> dict[str, Any]:
    """Return a reference to the parameter that holds a handler's ServiceToken."""
    users = ", ".join(handler.resources)[:200] or "the custom resources of other stacks"
    return ctx.parameter(
        handler_key(handler.name),
        name=handler.parameter,
        definition={
            "type": "string",
            "description": f"Who handles {users}",
            "default": handler.token,
        },
    )


def parameter_name(handler: PortedHandler, ctx: Context) -> str:
    """Return the name of that parameter, or nothing where the ported template has no use for it."""
    return ctx.names.get(handler_key(handler.name), "")


def handler_key(name: str) -> str:
    """Return what the parameter of a handler's ServiceToken stands for."""
    return f"handler {name}"


def token_parameters(template: Template) -> frozenset[str]:
    """Return the template's own parameters that are a ServiceToken, or one of its alternatives."""
    found: set[str] = set()
    for _user, given in template.tokens():
        for token in leaves(given):
            name = parameter_named(token, template)
            found |= set() if name is None else {name}
    return frozenset(found)


def service_token(token: Any, handlers: Mapping[str, PortedHandler], ctx: Context, location: SourceLocation) -> Any:
    """Return a ServiceToken in HOT."""
    if ctx.options.service_token is not None:
        return ctx.options.service_token
    if token is None:
        ctx.report.todo("ServiceToken", location, "there is none", _FORMS)
        return None
    name, argument = function_of(token) or ("", None)
    if name == "Fn::If" and isinstance(argument, list) and len(argument) == 3:  # noqa: PLR2004 - condition, then, else
        return {"if": [argument[0], *(service_token(choice, handlers, ctx, location) for choice in argument[1:])]}
    if is_own(token, ctx.template):
        parameter = parameter_named(token, ctx.template)
        if parameter is not None and not ctx.template.is_nested:
            ctx.report.todo("ServiceToken", location, f"the parameter {parameter} names the handler", _FORMS)
        return translate(token, ctx, Scope(location))
    handler = handlers[key_of(token, ctx.template)]
    named = references(token) & ctx.template.resources.keys()
    if any(ctx.template.type_of(name) == "AWS::SNS::Topic" for name in named):
        ctx.report.blocking(
            "AWS::SNS::Topic",
            location,
            "the code expects the request inside an SNS event",
            "have it take the request itself",
        )
    reference = parameter_of(handler, ctx)
    answered, remedy = _in_words(handler, token, reference["get_param"])
    ctx.report.todo("ServiceToken", location, f"it is answered by {answered}", remedy)
    return reference


def _in_words(handler: PortedHandler, token: Any, parameter: str) -> tuple[str, str]:
    """Return who answers, and what is to be done for it."""
    other = f"or give another ServiceToken in the parameter {parameter}"
    if handler.function:
        return f"the code of {handler.function}", f"run the provider that was written out, {other}"
    name, argument = function_of(token) or ("", None)
    complete = "complete and create the workflow that was written out"
    if name == "Fn::ImportValue":
        exported = " ".join(text_with_gaps(argument).split())[:_MOST_LETTERS]
        given = (
            f"give that stack's output, which shows its ServiceToken once it is ported, in the parameter {parameter}"
        )
        return f"what another stack exports as {exported}", f"{given}, or {complete}"
    return "code that is not in this template", f"{complete}, {other}"
