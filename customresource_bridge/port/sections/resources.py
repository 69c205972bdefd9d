"""Translates the section Resources: each resource that stays, attribute by attribute.

A resource that does not stay is in the report, with the reason.
"""

from collections.abc import Callable, Mapping
from typing import Any

from customresource_bridge.port.context import NOTHING, Context, Scope
from customresource_bridge.port.functions.dispatch import translate
from customresource_bridge.port.handlers.cdk_handlers import METADATA, report_known
from customresource_bridge.port.handlers.find import PortedHandler
from customresource_bridge.port.handlers.service_tokens import service_token
from customresource_bridge.port.report import SourceLocation
from customresource_bridge.port.sections import heat_types
from customresource_bridge.port.sections.nested_stacks import nested_properties, report_not_ported
from customresource_bridge.port.sections.wait_conditions import report_unsignalled, waits_for_nothing
from customresource_bridge.port.template.graph import MAX_STEPS, order_through
from customresource_bridge.port.template.template import CUSTOM_TYPE
from customresource_bridge.port.template.tree import Map, key_line

_MOST_NAMES = 6
_NONE = "OS::Heat::None"
"""Heat's type that takes any property, has any attribute, and does nothing."""
UPDATE_REPLACE_POLICY = "UpdateReplacePolicy"
"""The key of our update policy that does what CloudFormation's UpdateReplacePolicy does."""


def resources(ctx: Context, handlers: Mapping[str, PortedHandler]) -> Map:
    """Return the section in HOT."""
    source = ctx.template.resources
    result = Map(line=source.line)
    order = order_through(source, ctx.left_out)
    if not order.complete:
        _report_incomplete(ctx)
    for name in source:
        location = SourceLocation(name, key_line(source, name))
        kind = ctx.template.type_of(name)
        if kind == METADATA:
            ctx.report.note(kind, location, "taken out: it only tells AWS what made the template")
        elif name in ctx.support:
            ctx.report.note(kind, location, "taken out: it only serves custom resources")
        elif name in ctx.outside:
            if not report_not_ported(name, ctx, location):
                ctx.report.lost(kind, location, "it has no counterpart in the target Heat", heat_types.remedy_for(kind))
        else:
            report_not_ported(name, ctx, location)
            made = _resource(name, handlers, ctx, location)
            _wait_too(order.first.get(name, ()), made, ctx, location)
            result.put(name, made, line=location.line)
    report_unsignalled(ctx)
    return result


def _report_incomplete(ctx: Context) -> None:
    ctx.report.todo(
        "DependsOn",
        SourceLocation("Resources", ctx.template.resources.line),
        f"the order through what is left out is too large to be followed to its end ({MAX_STEPS} steps)",
        "say it by DependsOn among the resources that stay",
    )


def _wait_too(first: tuple[str, ...], result: Map, ctx: Context, location: SourceLocation) -> None:
    """Have a resource wait for those that it waited for by way of what is left out."""
    if not first:
        return
    own = result.get("depends_on", [])
    result["depends_on"] = [*(own if isinstance(own, list) else [own]), *first]
    names = ", ".join(first[:_MOST_NAMES]) + (" and more" if len(first) > _MOST_NAMES else "")
    ctx.report.note("DependsOn", location, f"it waits for {names}, as it did by way of what is left out")


def _resource(name: str, handlers: Mapping[str, PortedHandler], ctx: Context, location: SourceLocation) -> Map:
    source: Map = ctx.template.resources[name]
    result = Map(line=source.line)
    for key in source:
        where = location.at(key_line(source, key))
        if key == "Properties":
            of_kind = nested_properties if name in ctx.nested else _properties
            result.put("properties", of_kind(name, handlers, ctx, where), line=where.line)
        elif key in _ATTRIBUTES:
            _ATTRIBUTES[key](source[key], result, ctx, where)
        else:
            reason, remedy = _LOST.get(key, ("no resource has such an attribute here", "remove it"))
            ctx.report.lost(key, where, reason, remedy)
    if "UpdateReplacePolicy" in source:
        where = location.at(key_line(source, "UpdateReplacePolicy"))
        _update_replace_policy(source["UpdateReplacePolicy"], result, ctx, where, custom=ctx.template.is_custom(name))
    if name in ctx.nested:
        result["type"] = ctx.nested[name].file
    if waits_for_nothing(name, ctx):
        ctx.report.note(ctx.template.type_of(name), location, f"it waits for nothing: it is {_NONE} here")
        result.pop("properties", None)
        result["type"] = _NONE
    report_known(name, ctx.template, ctx.report, location)
    if ctx.template.is_custom(name) and "ServiceToken" not in ctx.template.properties(name):
        ctx.report.todo("ServiceToken", location, "there is none", "have the bridge's routes know the resource's type")
    return result


_LOST = {
    "CreationPolicy": ("Heat has none", "use a WaitCondition, or a custom resource that waits"),
}


def _properties(name: str, handlers: Mapping[str, PortedHandler], ctx: Context, location: SourceLocation) -> Any:
    source = ctx.template.properties(name)
    kind = ctx.template.type_of(name)
    known = heat_types.AWS_PROPERTIES.get(kind)
    kept = Map(line=location.line)
    token = None
    for key, value in source.items():
        where = location.at(key_line(source, key))
        if known is not None and key not in known:
            ctx.report.lost(f"{kind} {key}", where, "Heat's own type has no such property", "do without it")
            continue
        if key == "ServiceToken" and ctx.template.is_custom(name):
            token = service_token(value, handlers, ctx, where)
            value = None  # noqa: PLW2901 - keeps its position among the keys
        kept.put(key, value, line=where.line)
    translated = translate(kept, ctx, Scope(location))
    if token is not None:
        translated["ServiceToken"] = token
    return {} if translated is NOTHING else translated


def _type(value: Any, result: Map, _ctx: Context, location: SourceLocation) -> None:
    result.put("type", value, line=location.line)


def _metadata(value: Any, result: Map, ctx: Context, location: SourceLocation) -> None:
    translated = translate(value, ctx, Scope(location))
    if isinstance(translated, dict) and translated:
        result.put("metadata", translated, line=location.line)


def _depends_on(value: Any, result: Map, ctx: Context, location: SourceLocation) -> None:
    names = value if isinstance(value, list) else [value]
    there = ctx.template.resources.keys() - ctx.left_out
    stay = [name for name in names if isinstance(name, str) and name in there]
    gone = [str(name) for name in names if name not in stay]
    if gone:
        ctx.report.note("DependsOn", location, f"it no longer waits for what is not there: {', '.join(gone)}")
    if stay:
        result.put("depends_on", stay if isinstance(value, list) else stay[0], line=location.line)


def _deletion_policy(value: Any, result: Map, ctx: Context, location: SourceLocation) -> None:
    policy = str(value)
    if policy == "RetainExceptOnCreate":
        ctx.report.note(
            "DeletionPolicy", location, "RetainExceptOnCreate is Retain: it is kept after a failed create too"
        )
        policy = "Retain"
    if policy not in {"Delete", "Retain", "Snapshot"}:
        ctx.report.lost("DeletionPolicy", location, "Heat takes a constant here", "choose Delete or Retain")
        return
    custom = str(result.get("type", "")).startswith("Custom::") or result.get("type") == CUSTOM_TYPE
    if policy == "Snapshot" and custom:
        ctx.report.lost("DeletionPolicy", location, "a custom resource takes no snapshot", "choose Delete or Retain")
        return
    result.put("deletion_policy", policy, line=location.line)


def _update_policy(value: Any, result: Map, ctx: Context, location: SourceLocation) -> None:
    translated = translate(value, ctx, Scope(location))
    if isinstance(translated, dict) and translated:
        result.put("update_policy", translated, line=location.line)


def _update_replace_policy(value: Any, result: Map, ctx: Context, location: SourceLocation, *, custom: bool) -> None:
    if value == "Delete":
        return
    if value == "Retain" and custom:
        policy = Map(line=location.line)
        policy.update(result.get("update_policy", {}))
        policy.put(UPDATE_REPLACE_POLICY, "Retain", line=0)
        result["update_policy"] = policy
        return
    remedy = "choose Retain" if custom else "keep the old one by hand when it is to be replaced"
    ctx.report.lost("UpdateReplacePolicy", location, "Heat replaces it and deletes the old one", remedy)


def _condition(value: Any, result: Map, ctx: Context, location: SourceLocation) -> None:
    if not isinstance(value, str) or value not in ctx.template.conditions:
        ctx.report.lost("Condition", location, "there is no such condition: it is always made", "name one that exists")
        return
    result.put("condition", value, line=location.line)


def _version(_value: Any, _result: Map, ctx: Context, location: SourceLocation) -> None:
    ctx.report.note("Version", location, "taken out: CloudFormation ignores it, and Heat knows none")


def _description(value: Any, result: Map, _ctx: Context, location: SourceLocation) -> None:
    result.put("description", str(value), line=location.line)


def _nothing(_value: Any, _result: Map, _ctx: Context, _location: SourceLocation) -> None:
    """Leave it to the caller: UpdateReplacePolicy joins the update policy, whichever stands first."""


_ATTRIBUTES: dict[str, Callable[[Any, Map, Context, SourceLocation], None]] = {
    "Type": _type,
    "Metadata": _metadata,
    "DependsOn": _depends_on,
    "DeletionPolicy": _deletion_policy,
    "UpdatePolicy": _update_policy,
    "UpdateReplacePolicy": _nothing,
    "Condition": _condition,
    "Version": _version,
    "Description": _description,
}
