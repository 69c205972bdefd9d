"""Columns that a person reads as words and a machine as values: seconds, steps, what is not known."""

from typing import Any

from cliff.columns import FormattableColumn

from customresource_bridge.protocol.printing import each_line, one_line
from customresource_bridge.visibility.detail import RequestStep
from customresource_bridge.visibility.spans import span

_REASON_CHARACTERS = 100


class Text(FormattableColumn):  # type: ignore[type-arg] # older releases' is not generic
    """A text; ``-`` where there is none."""

    def human_readable(self) -> str:
        """Return what a person reads."""
        return each_line(str(self._value)) if self._value else "-"

    def machine_readable(self) -> Any:
        """Return what a machine reads; ``-f value`` prints it as it is."""
        return each_line(str(self._value)) if self._value else None

    def in_its_line(self) -> "Text":
        """Return the column with the text's lines in one."""
        return type(self)(one_line(str(self._value))) if self._value else self


class OneLine(Text):
    """A text whose beginning is enough in a table."""

    def human_readable(self) -> str:
        """Return its beginning, in one line."""
        line = one_line(" ".join(self._value.split()))
        return f"{line[: _REASON_CHARACTERS - 3]}..." if len(line) > _REASON_CHARACTERS else line or "-"


class Seconds(FormattableColumn):  # type: ignore[type-arg] # older releases' is not generic
    """A span of time, or None; what is not known is sorted last."""

    def __lt__(self, other: object) -> bool:
        theirs = other._value if isinstance(other, Seconds) else None
        return self._value is not None and (theirs is None or self._value < theirs)

    def human_readable(self) -> str:
        """Return ``3h 5m``."""
        return "-" if self._value is None else span(self._value)

    def machine_readable(self) -> Any:
        """Return the seconds."""
        return self._value


class Steps(FormattableColumn):  # type: ignore[type-arg] # older releases' is not generic
    """What happened, in a line each."""

    def human_readable(self) -> str:
        """Return a line for each step."""
        return "\n".join(step_line(step) for step in self._value) or "none"

    def machine_readable(self) -> Any:
        """Return each step's fields."""
        return [
            {"at": step.at.isoformat() if step.at else None, "service": step.service, "text": step.text}
            for step in self._value
        ]


def in_its_line(cell: Any) -> Any:
    """Return a cell for a format that has a line for each row: of a text, its lines in one; it is sorted as before."""
    if isinstance(cell, Text):
        return cell.in_its_line()
    return one_line(cell) if isinstance(cell, str) else cell


def step_line(step: RequestStep) -> str:
    """Return a step in one line: ``16:02:11 Mistral: task send is RUNNING``."""
    at = f"{step.at:%H:%M:%S}" if step.at else "-"
    return one_line(f"{at} {step.service}: {' '.join(step.text.split())}")
