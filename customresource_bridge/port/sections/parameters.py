"""Translates the section Parameters, with every constraint that Heat can check; the others are reported."""

from collections.abc import Callable, Mapping
from typing import Any

from customresource_bridge.port.context import Context
from customresource_bridge.port.handlers.cdk_handlers import is_bootstrap
from customresource_bridge.port.handlers.find import OURS
from customresource_bridge.port.handlers.service_tokens import token_parameters
from customresource_bridge.port.report import SourceLocation
from customresource_bridge.port.sections.patterns import python_pattern
from customresource_bridge.port.template.tree import Map, key_line
from customresource_bridge.protocol.values import stringified

_TYPES = {
    "String": "string",
    "Number": "number",
    "CommaDelimitedList": "comma_delimited_list",
    "List<Number>": "comma_delimited_list",
    "List<String>": "comma_delimited_list",
}
_LIMITS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("length", "string", {"min": "MinLength", "max": "MaxLength"}),
    ("range", "number", {"min": "MinValue", "max": "MaxValue"}),
)
_KNOWN = frozenset(
    [
        "Type",
        "Default",
        "Description",
        "NoEcho",
        "AllowedValues",
        "AllowedPattern",
        "ConstraintDescription",
        "MinLength",
        "MaxLength",
        "MinValue",
        "MaxValue",
    ]
)
_OWN = tuple(scheme.rstrip(":") for scheme in OURS)
_ANYTHING = frozenset({".*", ".+", "^.*$", "^.+$", r"\S+", r"^\S+$"})
_SHORTEST, _LONGEST = len("zaqar:q"), len("mistral:w")
_REFUSES: Mapping[str, Callable[[Any], bool]] = {
    "AllowedPattern": lambda pattern: pattern not in _ANYTHING and not any(own in str(pattern) for own in _OWN),
    "AllowedValues": lambda values: (
        isinstance(values, list) and not any(str(value).startswith(OURS) for value in values)
    ),
    "MinLength": lambda limit: str(limit).isdecimal() and int(limit) > _SHORTEST,
    "MaxLength": lambda limit: str(limit).isdecimal() and int(limit) < _LONGEST,
}
"""Which constraints refuse the tokens of this cloud, by their value. A pattern is not tried: it could take for ever."""


def parameters(ctx: Context) -> Map:
    """Return the section in HOT, and the parameters that the port adds."""
    source = ctx.template.parameters
    result = Map(line=source.line)
    tokens = token_parameters(ctx.template)
    for name, declared in source.items():
        line = key_line(source, name)
        location = SourceLocation(f"Parameters.{name}", line)
        if is_bootstrap(name, ctx.template):
            ctx.report.note("Parameters", location, "taken out: by it the CDK checks that AWS was made ready for it")
            continue
        kept = _for_tokens(declared, ctx, location) if name in tokens else declared
        result.put(name, _parameter(kept, ctx, location), line=line)
    for name, definition in ctx.added.items():
        result[name] = definition
    return result


def _for_tokens(declared: Map, ctx: Context, location: SourceLocation) -> Map:
    """Return the declaration of a parameter that is a ServiceToken without what would refuse those of this cloud."""
    kept = Map(line=declared.line)
    for key, value in declared.items():
        line = key_line(declared, key)
        if key in _REFUSES and _REFUSES[key](value):
            reason = "it is made for the ARN of a function or topic, and would refuse mistral:... and zaqar:..."
            ctx.report.lost(f"ServiceToken {key}", location.at(line), reason, "write one for the tokens that you allow")
        else:
            kept.put(key, value, line=line)
    return kept


def _parameter(declared: Map, ctx: Context, location: SourceLocation) -> Map:
    kind = _type(declared, ctx, location.at(key_line(declared, "Type")))
    result = Map(line=declared.line)
    result.put("type", kind, line=key_line(declared, "Type"))
    if declared.get("Description") is not None:
        text = str(stringified(declared["Description"]))
        result.put("description", text, line=key_line(declared, "Description"))
    default = _default(declared, kind, ctx, location)
    if default is not None:
        result.put("default", default, line=key_line(declared, "Default"))
    if str(declared.get("NoEcho", "")).lower() == "true":
        result.put("hidden", True, line=key_line(declared, "NoEcho"))
    constraints = _constraints(declared, kind, ctx, location)
    if constraints:
        result["constraints"] = constraints
    for key in declared:
        if key not in _KNOWN:
            where = location.at(key_line(declared, key))
            ctx.report.lost(f"Parameters {key}", where, "CloudFormation's parameters have no such key", "remove it")
    return result


def _type(declared: Map, ctx: Context, location: SourceLocation) -> str:
    declared_type = str(declared.get("Type", ""))
    if declared_type in _TYPES:
        return _TYPES[declared_type]
    listed = declared_type.startswith("List<") or "<List<" in declared_type
    if "AWS::SSM::" in declared_type:
        reason, remedy = "Heat cannot read the Parameter Store", "give the value itself"
    elif "AWS::" in declared_type:
        reason, remedy = "AWS's own kind of id is a plain text here", "give the id of the thing in OpenStack"
    else:
        reason, remedy = "Heat knows no such type: it is a text", "check its values in the handler"
    ctx.report.todo(declared_type or "Parameters Type", location, reason, remedy)
    return "comma_delimited_list" if listed else "string"


def _default(declared: Map, kind: str, ctx: Context, location: SourceLocation) -> Any:
    value = declared.get("Default")
    if value is None:
        return None
    where = location.at(key_line(declared, "Default"))
    if "{{resolve:" in str(value):
        ctx.report.todo("dynamic reference", where, "Heat does not resolve it", "give the value itself")
    if "AWS::SSM::" in str(declared.get("Type")):
        ctx.report.todo("Default", where, "it names an entry of AWS's Parameter Store", "give the value itself")
    if kind == "number":
        return _number(value)
    text = ",".join(str(item) for item in stringified(value)) if isinstance(value, list) else str(stringified(value))
    return _items(text, ctx, where) if kind == "comma_delimited_list" else text


def _items(text: str, ctx: Context, location: SourceLocation) -> str:
    trimmed = ",".join(item.strip() for item in text.split(","))
    if trimmed != text:
        reason = "CloudFormation trims a list's items, and Heat does not: the default goes without the blanks"
        ctx.report.note("Default", location, reason, "give other values without them too")
    return trimmed


def _number(value: Any) -> Any:
    try:
        text = str(value)
        return float(text) if "." in text else int(text)
    except ValueError:
        return value


def _constraints(declared: Map, kind: str, ctx: Context, location: SourceLocation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if isinstance(declared.get("AllowedValues"), list):
        values = declared["AllowedValues"]
        found.append({"allowed_values": [_number(v) if kind == "number" else str(stringified(v)) for v in values]})
    if declared.get("AllowedPattern") is not None:
        found += _pattern(declared, kind, ctx, location.at(key_line(declared, "AllowedPattern")))
    found += _limits(declared, kind, ctx, location)
    description = declared.get("ConstraintDescription")
    if description is not None:
        found = [{**constraint, "description": str(stringified(description))} for constraint in found]
    return found


def _limits(declared: Map, kind: str, ctx: Context, location: SourceLocation) -> list[dict[str, Any]]:
    found = []
    for name, only, keys in _LIMITS:
        given = {limit: key for limit, key in keys.items() if declared.get(key) is not None}
        if not given:
            continue
        if kind == only:
            found.append({name: {limit: _number(declared[key]) for limit, key in given.items()}})
            continue
        key = next(iter(given.values()))
        where = location.at(key_line(declared, key))
        ctx.report.lost(f"Parameters {key}", where, f"Heat checks it of a {only} only", "check it in the handler")
    return found


def _pattern(declared: Map, kind: str, ctx: Context, location: SourceLocation) -> list[dict[str, Any]]:
    pattern = str(declared["AllowedPattern"])
    if kind != "string":
        ctx.report.lost(
            "AllowedPattern", location, "Heat checks the pattern of a string only", "check it in the handler"
        )
        return []
    translated = python_pattern(pattern)
    if translated is None:
        ctx.report.lost(
            "AllowedPattern", location, "the pattern is Java's, and no Python one", "write it for Python's re"
        )
        return []
    return [{"allowed_pattern": translated}]
