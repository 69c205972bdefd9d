"""Translates the functions that make text: Fn::Sub, Fn::Join, Fn::Split, Fn::Base64, Fn::ToJsonString."""

import base64 as base64_
import re
from typing import Any

from customresource_bridge.port.context import NOTHING, Context, Scope
from customresource_bridge.port.functions import compose, references
from customresource_bridge.port.functions.dispatch import MalformedError, report_dynamic, translate
from customresource_bridge.port.template.constants import pieces

_PAIR = 2


def sub(argument: Any, ctx: Context, scope: Scope) -> Any:
    """Translate Fn::Sub: its text alone, or the text and a map of its own variables."""
    template, own = _sub_arguments(argument)
    report_dynamic(template, ctx, scope)
    parts = [_part(piece, own, ctx, scope) for piece in pieces(template)]
    parts = [part for part in parts if part is not NOTHING and part != ""]
    constants = [compose.scalar_text(part) for part in parts]
    if all(text is not None for text in constants):
        return "".join(text for text in constants if text is not None)
    if len(parts) == 1:
        return compose.text_of(parts[0], ctx, scope)
    if scope.in_condition:
        return compose.joined("", parts, ctx, scope)
    return _str_replace([compose.text_of(part, ctx, scope) if compose.is_choice(part) else part for part in parts])


def _sub_arguments(argument: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(argument, str):
        return argument, {}
    if (
        isinstance(argument, list)
        and len(argument) == _PAIR
        and isinstance(argument[0], str)
        and isinstance(argument[1], dict)
    ):
        return argument[0], argument[1]
    raise MalformedError("it takes a text, or a list of a text and a map")


def _part(piece: str | tuple[str], own: dict[str, Any], ctx: Context, scope: Scope) -> Any:
    if isinstance(piece, str):
        return piece
    name = piece[0]
    if name in own:
        return translate(own[name], ctx, scope.inside(0))
    if not name:
        raise MalformedError("${} names nothing")
    resource, dot, attribute = name.partition(".")
    if dot:
        return references.attribute(resource, attribute, ctx, scope.inside(0))
    return references.reference(name, ctx, scope.inside(0))


def _str_replace(parts: list[Any]) -> dict[str, Any]:
    """Say it with str_replace, whose placeholders must occur nowhere else in the text, whole or in part."""
    literal = "".join(part for part in parts if isinstance(part, str))
    opening = "${"
    while opening in literal:
        opening = "%" + opening
    names: dict[str, str] = {}
    params: dict[str, Any] = {}
    template = ""
    for part in parts:
        constant = compose.scalar_text(part)
        if constant is not None:
            template += constant
            continue
        label = _label(part)
        key = names.setdefault(repr(part), f"{opening}{label}" + "}")
        if params.setdefault(key, part) != part:
            key = names[repr(part)] = f"{opening}{label}.{len(names)}" + "}"
            params[key] = part
        template += key
    return compose.replaced(template, params)


def _label(part: Any) -> str:
    """Return what a reader recognises a placeholder by."""
    name, argument = next(iter(part.items())) if isinstance(part, dict) and part else ("value", None)
    words = argument if isinstance(argument, list) else [argument]
    if name in {"get_param", "get_resource", "get_attr"} and all(isinstance(word, str | int) for word in words):
        return ".".join(re.sub(r"[^A-Za-z0-9_]", "_", str(word)) for word in words)
    return str(name)


def join(argument: Any, ctx: Context, scope: Scope) -> Any:
    """Translate Fn::Join."""
    separator, items = _pair(argument, "a separator and a list")
    if not isinstance(separator, str):
        raise MalformedError("its separator is a constant text")
    translated = translate(items, ctx, scope.list())
    if translated is NOTHING:
        return ""
    if not isinstance(translated, list | dict):
        raise MalformedError("its second argument is a list")
    return compose.joined(separator, translated, ctx, scope)


def split(argument: Any, ctx: Context, scope: Scope) -> Any:
    """Translate Fn::Split."""
    separator, value = _pair(argument, "a separator and a text")
    if not isinstance(separator, str) or not separator:
        raise MalformedError("its separator is a constant text, and not empty")
    translated = translate(value, ctx, scope.inside(0))
    return compose.split(separator, "" if translated is NOTHING else translated, ctx, scope)


def _pair(argument: Any, form: str) -> tuple[Any, Any]:
    if not isinstance(argument, list) or len(argument) != _PAIR:
        raise MalformedError(f"it takes {form}")
    return argument[0], argument[1]


def base64(argument: Any, ctx: Context, scope: Scope) -> Any:
    """Translate Fn::Base64: what is constant is encoded now; Heat itself cannot encode."""
    value = translate(argument, ctx, scope.inside(0))
    constant = compose.scalar_text(value)
    if constant is not None:
        return base64_.b64encode(constant.encode()).decode()
    ctx.report.todo(
        "Fn::Base64",
        scope.location,
        "Heat cannot encode: the handler gets the text as it is",
        "encode it in the handler (Nova's user data needs no encoding)",
    )
    return value


def to_json_string(argument: Any, ctx: Context, scope: Scope) -> Any:
    """Translate Fn::ToJsonString: str_replace writes a map or list as JSON."""
    value = translate(argument, ctx, scope.inside(0))
    if scope.in_condition or not isinstance(value, dict | list):
        raise MalformedError("it takes a map or a list, and cannot stand in a condition")
    return compose.replaced("%json%", {"%json%": value})
