"""Bounds how much of what a handler prints is logged. Pure; the reader reads on, so that the handler does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundedOutput:
    """How much is logged of one run.

    :ivar most_bytes: of text, in characters or bytes: the smaller of both.
    """

    most_bytes: int
    most_lines: int

    def lines(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield the first lines, and once that there are more."""
        size = 0
        for number, line in enumerate(lines, start=1):
            size += len(line)
            if number > self.most_lines or size > self.most_bytes:
                yield f"... (more was printed: {self.most_lines} lines and {self.most_bytes} bytes of a run are logged)"
                return
            yield line
