"""Puts a traceback that a handler prints together again: one record, not one for each of its lines. Pure."""

from collections.abc import Iterable, Iterator

_HEADS = ("Traceback (most recent call last):",)
_LONGEST = 400
"""Lines. What claims to be a longer one is given in pieces."""


def records(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines, those of a traceback as one text: from its heading to the line that names the exception."""
    held: list[str] = []
    for line in lines:
        if not held and not line.startswith(_HEADS):
            yield line
            continue
        held.append(line)
        is_last = len(held) > 1 and not line[:1].isspace()
        if is_last or len(held) == _LONGEST:
            yield "\n".join(held)
            held = []
    if held:
        yield "\n".join(held)
