"""The values of a template, which remember the lines they stood on.

Maps and lists are Python's own, with line numbers beside them; scalars are str, int, float, bool
and None. CloudFormation's short tags are gone: ``!Sub x`` is ``{"Fn::Sub": x}``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


class Map(dict[str, Any]):
    """A map that knows the line of itself and of each key (from 1; 0 where it was not in the source)."""

    def __init__(self, *, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}

    def put(self, key: str, value: Any, *, line: int) -> None:
        """Set a key that stands on ``line`` of the source."""
        self[key] = value
        self.lines[key] = line


class Seq(list[Any]):
    """A list that knows the line of itself and of each item."""

    def __init__(self, *, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []

    def put(self, value: Any, *, line: int) -> None:
        """Append an item that stands on ``line`` of the source."""
        self.append(value)
        self.lines.append(line)


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment of the source.

    :ivar text: without the ``#``.
    :ivar alone: whether it has its line for itself.
    """

    text: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Repetition:
    """A key that its map has twice; CloudFormation takes the last.

    :ivar path: the keys that lead to it, itself the last.
    :ivar line: where the last one stands, and ``first`` the one that it replaces.
    """

    path: tuple[str, ...]
    line: int
    first: int


@dataclass(frozen=True, slots=True)
class Document:
    """A whole template, its comments by line, what stands in it twice, and how many values it has."""

    root: Map
    comments: dict[int, Comment]
    repeated: tuple[Repetition, ...] = ()
    size: int = 0


def line_of(value: Any, default: int = 0) -> int:
    """Return the line a value begins on, or ``default`` where it does not know."""
    return getattr(value, "line", 0) or default


def key_line(container: Any, key: str, default: int = 0) -> int:
    """Return the line that ``key`` stands on."""
    lines = getattr(container, "lines", None)
    return (lines.get(key, 0) if isinstance(lines, dict) else 0) or line_of(container, default)


def walk(value: Any) -> Iterator[Any]:
    """Yield ``value`` and all that is in it, outermost first."""
    yield value
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from walk(child)


def function_of(value: Any) -> tuple[str, Any] | None:
    """Return the name and the argument of an intrinsic function, or None where ``value`` is none."""
    if isinstance(value, dict) and len(value) == 1:
        name, argument = next(iter(value.items()))
        if name in {"Ref", "Condition"} or name.startswith("Fn::"):
            return name, argument
    return None
