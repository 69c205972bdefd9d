"""Sets texts in columns for a terminal; what comes from templates and services may hold its control characters."""

from collections.abc import Iterable, Sequence

from customresource_bridge.protocol.printing import one_line


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the rows below their header in columns, each as wide as its widest text; the last is as wide as it is."""
    lines = [[one_line(text) for text in row] for row in (header, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
