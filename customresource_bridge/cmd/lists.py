"""Prints a list as OpenStack's client does: a table for people; json, yaml, csv and value for scripts."""

import argparse
import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import yaml

from customresource_bridge import errors
from customresource_bridge.cmd.terminal import table
from customresource_bridge.protocol.printing import one_line

NONE = "none"

Row = Sequence[Any]


def listed(
    args: argparse.Namespace,
    headings: dict[str, str],
    rows: Iterable[Row],
    *,
    shown: Iterable[Sequence[str]] | None = None,
) -> str:
    """Return rows as the arguments ``-f`` and ``-c`` want them.

    :param headings: what a person reads above each column, by the name that a script knows it by.
    :param rows: a value for each column.
    :param shown: the same rows as a person reads them; by default as they are.
    :raises ConfigurationError: ``-c`` names no column.
    """
    names = list(headings)
    chosen = [_position(name, names) for name in args.columns] or list(range(len(names)))
    keys = [names[position] for position in chosen]
    if args.format == "table":
        lines = [[row[position] for position in chosen] for row in (rows if shown is None else shown)]
        return table([headings[key] for key in keys], lines) if lines else NONE
    values = [[row[position] for position in chosen] for row in rows]
    return _FORMATS[args.format](keys, values)


def _position(name: str, names: Sequence[str]) -> int:
    known = name.strip().lower().replace(" ", "_")
    if known not in names:
        raise errors.ConfigurationError(f"There is no column '{one_line(name)}': -c takes {', '.join(names)}")
    return names.index(known)


def _as_objects(keys: Sequence[str], rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [dict(zip(keys, row, strict=True)) for row in rows]


def _json(keys: Sequence[str], rows: Sequence[Row]) -> str:
    return json.dumps(_as_objects(keys, rows), indent=2)


def _yaml(keys: Sequence[str], rows: Sequence[Row]) -> str:
    return str(yaml.safe_dump(_as_objects(keys, rows), sort_keys=False)).rstrip("\n")


def _csv(keys: Sequence[str], rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow(keys)
    writer.writerows([_printed(value) for value in row] for row in rows)
    return text.getvalue().rstrip("\n")


def _value(_keys: Sequence[str], rows: Sequence[Row]) -> str:
    return "\n".join(" ".join(_printed(value) for value in row) for row in rows)


def _printed(value: Any) -> str:
    return "" if value is None else one_line(str(value))


_FORMATS: dict[str, Callable[[Sequence[str], Sequence[Row]], str]] = {
    "json": _json,
    "yaml": _yaml,
    "csv": _csv,
    "value": _value,
}
