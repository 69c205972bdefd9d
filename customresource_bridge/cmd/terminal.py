"""Makes texts fit for a terminal: what comes from templates, queues and services may hold its control characters."""

from collections.abc import Iterable, Sequence


def one_line(text: str) -> str:
    """Return ``text`` in one line without anything that a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else "?" for letter in text)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the rows below their header in columns, each as wide as its widest text; the last is as wide as it is."""
    lines = [[one_line(text) for text in row] for row in (header, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
