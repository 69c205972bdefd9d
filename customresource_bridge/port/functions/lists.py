"""Translates the functions about lists and maps: Fn::Select, FindInMap, GetAZs, Cidr, Length."""

import ipaddress
from itertools import islice
from typing import Any

from customresource_bridge.port.context import NOTHING, Context, Scope
from customresource_bridge.port.functions import compose
from customresource_bridge.port.functions.dispatch import MalformedError, translate
from customresource_bridge.port.template.tree import key_line
from customresource_bridge.protocol.values import stringified

_PAIR = 2
_KEYS = 3
_MOST_CIDRS = 256
_NONE = object()
_LOOKED_UP = "$.data.map.get(str($.data.first), dict()).get(str($.data.second), $.data.default)"


def select(argument: Any, ctx: Context, scope: Scope) -> Any:
    """Translate Fn::Select."""
    if not isinstance(argument, list) or len(argument) != _PAIR:
        raise MalformedError("it takes an index and a list")
    index = translate(argument[0], ctx, scope.inside(0))
    items = translate(argument[1], ctx, scope.list())
    if index is NOTHING or not isinstance(items, list | dict):
        raise MalformedError("it takes an index and a list")
    constant = compose.scalar_text(index)
    known = constant is not None and isinstance(items, list) and compose.is_constant(items)
    if known and not (str(constant).isdecimal() and int(str(constant)) < len(items)):
        raise MalformedError("the list has no such item")
    return compose.selected(index, items, ctx, scope)


def find_in_map(argument: Any, ctx: Context, scope: Scope) -> Any:
    """Translate Fn::FindInMap: with constant keys the value itself, else a path into the mapping's parameter."""
    if not isinstance(argument, list) or len(argument) not in {_KEYS, _KEYS + 1}:
        raise MalformedError("it takes a mapping and two keys")
    name = argument[0]
    if not isinstance(name, str) or name not in ctx.template.mappings:
        raise MalformedError("it names no mapping of this template")
    mapping = ctx.template.mappings[name]
    default = _default_value(argument[_KEYS:], ctx, scope)
    keys = [compose.text_of(translate(key, ctx, scope.inside(0)), ctx, scope) for key in argument[1:_KEYS]]
    first, second = (compose.scalar_text(key) for key in keys)
    if first is not None and second is not None:
        return _mapped(mapping, first, second, default)
    reference = _mapping_parameter(name, ctx)
    if default is NOTHING:
        reason = "Heat cannot leave a value out for a missing key: it yields an empty text"
        ctx.report.lost("Fn::FindInMap DefaultValue", scope.location, reason, "give another default")
    elif default is not _NONE:
        default = compose.text_of(default, ctx, scope)
        return compose.yaql(_LOOKED_UP, map=reference, first=keys[0], second=keys[1], default=default)
    _check_region(keys[0], name, mapping, ctx, scope)
    return {"get_param": [reference["get_param"], *keys]}


def _default_value(options: list[Any], ctx: Context, scope: Scope) -> Any:
    """Return what a missing key yields, or _NONE where it may not miss."""
    if not options or not isinstance(options[0], dict) or "DefaultValue" not in options[0]:
        return _NONE
    return translate(options[0]["DefaultValue"], ctx, scope.inside(key_line(options[0], "DefaultValue")))


def _mapped(mapping: Any, first: str, second: str, default: Any) -> Any:
    try:
        return stringified(mapping[first][second])
    except (KeyError, TypeError):
        if default is _NONE:
            raise MalformedError("the mapping has no such keys") from None
        return default


def _mapping_parameter(name: str, ctx: Context) -> dict[str, Any]:
    key = f"mapping {name}"
    if key in ctx.names:
        return {"get_param": ctx.names[key]}
    mapping = stringified(ctx.template.mappings[name])
    definition = {"type": "json", "description": f"The mapping {name} of the template", "default": mapping}
    return ctx.parameter(key, name=name, definition=definition)


def _check_region(key: Any, name: str, mapping: Any, ctx: Context, scope: Scope) -> None:
    by_region = isinstance(key, dict) and key.get("get_param") == ctx.names.get("AWS::Region", ())
    if by_region and ctx.options.region not in mapping:
        ctx.report.todo(
            "Fn::FindInMap",
            scope.location,
            f"the mapping {name} has no key {ctx.options.region}: Heat yields an empty text",
            f"add it to the parameter {name}, or choose another default with --region",
        )


def get_azs(_argument: Any, ctx: Context, scope: Scope) -> Any:
    """Translate Fn::GetAZs: HOT has no such function, so it becomes a parameter."""
    reference = ctx.parameter(
        "Fn::GetAZs",
        name="AvailabilityZones",
        definition={
            "type": "comma_delimited_list",
            "description": "The availability zones of the cloud",
            "default": "nova",
        },
    )
    ctx.report.todo(
        "Fn::GetAZs",
        scope.location,
        "HOT cannot ask for the zones",
        f"list them in the parameter {reference['get_param']} (its default is Nova's own, nova)",
    )
    return reference


def cidr(argument: Any, ctx: Context, scope: Scope) -> Any:
    """Translate Fn::Cidr where everything is constant; Heat cannot compute it."""
    if not isinstance(argument, list) or len(argument) not in {_PAIR, _KEYS}:
        raise MalformedError("it takes a block, a count, and how many bits each gets")
    parts = [compose.scalar_text(translate(part, ctx, scope.inside(0))) for part in argument]
    if any(part is None for part in parts):
        return _cidrs(argument, parts[1], ctx, scope)
    return _blocks([part for part in parts if part is not None])


def _cidrs(argument: list[Any], count: str | None, ctx: Context, scope: Scope) -> dict[str, Any]:
    many = min(int(count), _MOST_CIDRS) if count and count.isdecimal() else 1
    reference = ctx.parameter(
        f"Fn::Cidr {argument}",
        name="Cidrs",
        definition={
            "type": "comma_delimited_list",
            "description": f"{count or 'The'} CIDR blocks that the template computed",
            "default": ",".join(["192.0.2.0/24"] * many),
        },
    )
    remedy = f"list them in the parameter {reference['get_param']} (its default is of the block for documentation)"
    ctx.report.todo("Fn::Cidr", scope.location, "Heat cannot compute subnets", remedy)
    return reference


def _blocks(parts: list[str]) -> list[str]:
    try:
        network = ipaddress.ip_network(parts[0])
        bits = int(parts[2]) if len(parts) > _PAIR else 8
        if not 0 < int(parts[1]) <= _MOST_CIDRS:
            raise MalformedError(f"it yields 1 to {_MOST_CIDRS} blocks")
        blocks = network.subnets(new_prefix=network.max_prefixlen - bits)
        found = [str(block) for block in islice(blocks, int(parts[1]))]
    except ValueError as cause:
        raise MalformedError(f"{cause}") from None
    if len(found) < int(parts[1]):
        raise MalformedError("the block is too small for that many")
    return found


def length(argument: Any, ctx: Context, scope: Scope) -> Any:
    """Translate Fn::Length."""
    items = translate(argument, ctx, scope.list())
    if isinstance(items, list) and compose.is_constant(items):
        return len(items)
    return compose.length(items)
