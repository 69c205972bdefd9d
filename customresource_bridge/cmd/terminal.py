"""Writes columns and JSON for a terminal; what comes from templates, handlers and services may hold what it obeys."""

import json
from collections.abc import Iterable, Sequence

from customresource_bridge.protocol.printing import one_line

MASK = "****"
"""What is shown in place of a value that no reader is to see."""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the rows below their header in columns, each as wide as its widest text; the last is as wide as it is."""
    lines = [[one_line(text) for text in row] for row in (header, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def json_text(value: object) -> str:
    """Return JSON that neither a file's nor a terminal's reader stumbles over: what cannot be shown is escaped."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return "".join(letter if letter == "\n" or letter.isprintable() else json.dumps(letter)[1:-1] for letter in text)
