"""Builds HOT's text and list functions, in a resource or in a condition.

Heat's conditions know get_param, equals, not, and, or, contains and yaql only: there the same is said in yaql. What is
constant is computed now.
"""

import re
from typing import Any

from customresource_bridge.port.context import Context, Scope
from customresource_bridge.port.template.tree import walk
from customresource_bridge.protocol.values import stringified

_INDEX = re.compile(r"[0-9]+\Z")
_WITH_ELSE = 3
"""Condition, then, else."""


def is_constant(value: Any) -> bool:
    """Return whether ``value`` holds no HOT function."""
    if isinstance(value, dict):
        return not _is_function(value) and all(is_constant(item) for item in value.values())
    if isinstance(value, list):
        return all(is_constant(item) for item in value)
    return True


_HOT = frozenset(
    {"get_param", "get_attr", "get_resource", "list_join", "str_replace", "str_split", "yaql", "if", "list_concat"}
)


def _is_function(value: dict[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)) in _HOT


def scalar_text(value: Any) -> str | None:
    """Return a constant scalar as CloudFormation writes it, or None for anything else."""
    if value is None or isinstance(value, dict | list):
        return None
    return str(stringified(value))


def yaql(expression: str, **data: Any) -> dict[str, Any]:
    """Return a yaql call."""
    return {"yaql": {"expression": expression, "data": data}}


def length(items: Any) -> dict[str, Any]:
    """Return the number of a list's items, a number as CloudFormation has it in JSON."""
    return yaql(f"{_present(items)}.len()", items=items)


def joined(separator: str, items: Any, ctx: Context, scope: Scope) -> Any:
    """Return the items with the separator between them; ``items`` is a list, or a function that yields one."""
    if isinstance(items, list):
        texts = [scalar_text(item) for item in items]
        if all(text is not None for text in texts):
            return separator.join(text for text in texts if text is not None)
        items = [item if text is None else text for item, text in zip(items, texts, strict=True)]
    if scope.in_condition:
        return yaql(f"{_present(items)}.join($.data.separator)", items=items, separator=separator)
    return {"list_join": [separator, text_of(items, ctx, scope)]}


def _present(items: Any) -> str:
    """Return the items without those that a condition took out: among conditions such a one is null."""
    return "$.data.items.where($ != null)" if _has_null(items) else "$.data.items"


def _has_null(items: Any) -> bool:
    return isinstance(items, list) and any(part is None for part in walk(items))


def text_of(value: Any, ctx: Context, scope: Scope) -> Any:
    """Return ``value`` with a text for each number: Heat joins and splits no numbers, and equals no text to them."""
    if isinstance(value, list):
        return [text_of(item, ctx, scope) for item in value]
    if not isinstance(value, dict):
        return value if value is None else scalar_text(value)
    if is_choice(value):
        condition, *choices = value["if"]
        return {"if": [condition, *(text_of(choice, ctx, scope) for choice in choices)]}
    if _is_length(value):
        return yaql(f"str({value['yaql']['expression']})", **value["yaql"]["data"])
    if not is_number(value, ctx):
        return value
    return yaql("str($.data.number)", number=value) if scope.in_condition else replaced("number", {"number": value})


def is_number(value: Any, ctx: Context) -> bool:
    """Return whether ``value`` is a reference to a number parameter."""
    name = value.get("get_param") if isinstance(value, dict) else None
    return isinstance(name, str) and ctx.template.is_number(name)


def _is_length(value: dict[str, Any]) -> bool:
    call = value.get("yaql")
    return isinstance(call, dict) and str(call.get("expression")).endswith(".len()")


def is_choice(value: Any) -> bool:
    """Return whether ``value`` is an ``if`` of HOT."""
    return isinstance(value, dict) and len(value) == 1 and isinstance(value.get("if"), list)


def replaced(template: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return a str_replace call."""
    return {"str_replace": {"template": template, "params": params}}


def split(separator: str, text: Any, ctx: Context, scope: Scope) -> Any:
    """Return the list of the parts of ``text``."""
    constant = scalar_text(text)
    if constant is not None and separator:
        return constant.split(separator)
    if scope.in_condition:
        return yaql("$.data.text.split($.data.separator)", text=text_of(text, ctx, scope), separator=separator)
    return {"str_split": [separator, text_of(text, ctx, scope)]}


def selected(index: Any, items: Any, ctx: Context, scope: Scope) -> Any:
    """Return one item of a list, or of a function that yields one."""
    number = scalar_text(index)
    if number is not None and _INDEX.match(number):
        found = _with_path(items, int(number), scope)
        if found is not None:
            return found
    items = text_of(items, ctx, scope)
    if not scope.in_condition:
        return yaql("$.data.items[int($.data.index)]", items=items, index=index)
    # A condition evaluates both choices of an Fn::If: the one that is not taken may have no such item, or no index.
    skipped = "skip(switch(str($.data.index) =~ '^[0-9]+$' => int($.data.index), true => 0)).first('')"
    return yaql(f"{_present(items)}.{skipped}", items=items, index=index)


def _with_path(items: Any, index: int, scope: Scope) -> Any:
    if isinstance(items, list) and index < len(items) and not _may_vanish(items[: index + 1]):
        return items[index]
    if not isinstance(items, dict) or len(items) != 1:
        return None
    name, argument = next(iter(items.items()))
    if name == "get_param":
        return {"get_param": [*(argument if isinstance(argument, list) else [argument]), index]}
    if name == "get_attr" and not scope.in_condition:
        return {"get_attr": [*argument, index]}
    if name == "str_split" and not scope.in_condition:
        return {"str_split": [*argument, index]}
    return None


def _may_vanish(items: list[Any]) -> bool:
    # An `if` without its third argument takes itself out of the list, and the rest moves up.
    return _has_null(items) or any(is_choice(item) and len(item["if"]) < _WITH_ELSE for item in items)
