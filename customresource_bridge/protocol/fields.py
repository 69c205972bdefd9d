"""Reads JSON from outside, field by field, with errors that name the field and never show the value.

By hand and not by jsonschema, because its messages quote the offending value, which here may be a secret or a quarter
of a megabyte.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from customresource_bridge.compat import UTC, parse_moment
from customresource_bridge.protocol import limits
from customresource_bridge.protocol.errors import ProtocolError

_JSON_NAMES = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "null",
}


def decode_object(raw: bytes | str, what: str, *, limit: int, error: type[ProtocolError]) -> dict[str, Any]:
    """Return the JSON object in ``raw``.

    :param what: what is being read, for the error ("The response").
    :param limit: the most bytes taken.
    :param error: the class to raise when it is too large, no JSON, no object, ambiguous or nested too deeply.
    """
    _check_size(len(raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogatepass")), what, limit, error)
    try:
        text = raw.decode("utf-8-sig") if isinstance(raw, bytes) else raw
        value = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant)
    except (ValueError, RecursionError) as cause:
        raise error(what, f"is not valid JSON ({_json_problem(cause)})", "send one complete JSON object") from None
    _encoded(value, what, error)
    return object_(value, what, error=error)


def check_object(value: Any, what: str, *, limit: int, error: type[ProtocolError]) -> dict[str, Any]:
    """Return ``value`` if it is a JSON object that :func:`decode_object` would read from its text."""
    _check_size(len(_encoded(value, what, error)), what, limit, error)
    return object_(value, what, error=error)


def _encoded(value: Any, what: str, error: type[ProtocolError]) -> bytes:
    # What is taken must be able to travel on: services refuse NaN and lone surrogates, some of them with a 500.
    check_nesting(value, what, error=error)
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (TypeError, ValueError):
        raise error(what, "is not valid JSON (NaN, a lone surrogate or no JSON value)", "send plain JSON") from None


def _check_size(size: int, what: str, limit: int, error: type[ProtocolError]) -> None:
    if size > limit:
        raise error(what, f"has {size} bytes", f"the limit is {limit} bytes")


def _json_problem(cause: Exception) -> str:
    """Say where it broke, without quoting the text (UnicodeDecodeError and our own hooks are ValueErrors too)."""
    if isinstance(cause, json.JSONDecodeError):
        return f"{cause.msg} at character {cause.pos}"
    if isinstance(cause, UnicodeError):
        return "not UTF-8"
    if isinstance(cause, RecursionError):
        return "nested too deeply"
    return str(cause) if type(cause) is _AmbiguousJSONError else "a number too large"


class _AmbiguousJSONError(ValueError):
    """JSON that two readers may understand differently."""


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _AmbiguousJSONError("a key appears twice in one object")
    return result


def _no_constant(_name: str) -> None:
    raise _AmbiguousJSONError("NaN and Infinity are not JSON")


def check_nesting(value: Any, what: str, *, error: type[ProtocolError]) -> None:
    """Refuse a value that nests deeper than anything downstream is sure to bear."""
    level = [value]
    for _ in range(limits.MAX_NESTING):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise error(what, f"nests deeper than {limits.MAX_NESTING} levels", "flatten it")


def _children(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def object_(value: Any, field: str, *, error: type[ProtocolError]) -> dict[str, Any]:
    """Return ``value`` if it is a JSON object."""
    if value is None:
        raise error(field, "is missing", "send an object")
    if not isinstance(value, dict):
        raise error(field, f"is {json_name(value)}", "send an object")
    return value


def text(
    source: Mapping[str, Any], field: str, *, error: type[ProtocolError], path: str = "", limit: int = 1024
) -> str:
    """Return the non-empty string ``source[field]``, which can be encoded: ids are derived from it, and headers made.

    :param path: what stands before the field's name in an error ("OpenStack.").
    :param limit: the most bytes taken.
    """
    value = source.get(field)
    if value is None:
        raise error(f"{path}{field}", "is missing", "send a string")
    if not isinstance(value, str):
        raise error(f"{path}{field}", f"is {json_name(value)}", "send a string")
    if not value.strip():
        raise error(f"{path}{field}", "is empty", "send a string that is not blank")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise error(f"{path}{field}", "holds half of a surrogate pair", "send whole letters") from None
    _check_size(size, f"{path}{field}", limit, error)
    return value


def optional_text(
    source: Mapping[str, Any], field: str, *, error: type[ProtocolError], path: str = "", limit: int = 1024
) -> str | None:
    """Return the string ``source[field]``, or None where it is missing, null or blank."""
    value = source.get(field)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return text(source, field, error=error, path=path, limit=limit)


def moment(source: Mapping[str, Any], field: str, *, error: type[ProtocolError], path: str = "") -> datetime:
    """Return the moment ``source[field]``, an ISO 8601 text with its offset, in UTC."""
    value = text(source, field, error=error, path=path)
    try:
        parsed = parse_moment(value)
        if parsed.tzinfo is None:
            raise ValueError  # noqa: TRY301 - one remedy for both
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise error(f"{path}{field}", "is no moment in time", "send ISO 8601 with an offset") from None


def json_name(value: Any) -> str:
    """Return what JSON calls the type of ``value``, with its article."""
    return _JSON_NAMES.get(type(value), "no JSON value")
