"""Finds an attribute in a response's Data: ``Fn::GetAtt`` with dotted names, ``get_attr`` with a path. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from customresource_bridge.protocol.values import stringified

WHOLE = ("data", "show")
"""The attributes that are all of Data, where Data has no key of that name; the second is Heat's own name."""
MASK = "****"


def value(data: Mapping[str, Any], path: Sequence[Any], *, texts: bool) -> Any:
    """Return the value at ``path`` as a template's functions get it.

    :param texts: whether every scalar is a text, as in CloudFormation.
    :raises KeyError: there is nothing.
    """
    found = find(data, path)
    return found if found is None or not texts else stringified(found)


def find(data: Mapping[str, Any], path: Sequence[Any]) -> Any:
    """Return the value at ``path``.

    A key is tried as it is written before it is split at its dots, so that ``a.b`` finds the key ``a.b`` too.

    :raises KeyError: there is nothing.
    """
    key, *rest = path
    if key not in data and key in WHOLE:
        return _down(data, [str(part) for part in rest])
    return _down(data, [str(key), *(str(part) for part in rest)])


def _down(value: Any, parts: list[str]) -> Any:
    if not parts:
        return value
    part, *rest = parts
    if isinstance(value, Mapping) and part in value:
        return _down(value[part], rest)
    if isinstance(value, list) and part.isdigit() and int(part) < len(value):
        return _down(value[int(part)], rest)
    # Split where the longest key fits that is really there.
    words = part.split(".")
    for size in range(len(words) - 1, 0, -1):
        head = ".".join(words[:size])
        try:
            return _down(_down(value, [head]) if "." not in head else value[head], [".".join(words[size:]), *rest])
        except (KeyError, TypeError):
            continue
    raise KeyError(part)
