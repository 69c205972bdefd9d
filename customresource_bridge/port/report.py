"""The report of a port: one finding for each thing that is not the same afterwards.

Nothing is dropped without a finding.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import PurePath
from typing import Any

from customresource_bridge.compat import StrEnum


class Level(StrEnum):
    """How much a finding concerns the template's owner."""

    NOTE = "note"
    """Translated; worth knowing."""
    TODO = "todo"
    """Translated, and the template's owner has to decide or provide something before it means the same."""
    LOST = "lost"
    """There is no counterpart: it is not in the ported template."""


@dataclass(frozen=True, slots=True)
class SourceLocation:
    """Where in the template: the resource (or the section's entry), and the line from 1."""

    resource: str
    line: int

    def at(self, line: int) -> "SourceLocation":
        """Return the same location on another line, if that is known."""
        return SourceLocation(self.resource, line) if line else self


@dataclass(frozen=True, slots=True, kw_only=True)
class PortFinding:
    """One thing to know about a port.

    :ivar construct: what it is about, stable for machines (``Fn::ImportValue``, ``AWS::S3::Bucket``).
    :ivar reason: why it is not the same.
    :ivar remedy: what to do; empty where there is nothing to do.
    :ivar blocks: whether the create fails, or a handler does, until that is done.
    :ivar template: the path, from the first template's folder, of the nested stack's that it is about; empty for the
        first one itself.
    """

    level: Level
    construct: str
    resource: str
    line: int
    reason: str
    remedy: str = ""
    blocks: bool = False
    template: str = ""

    def to_text(self, file: str) -> str:
        """Return the finding as one line, in the form that editors and CI recognise.

        :param file: the first template.
        """
        file = str(PurePath(file).parent / self.template) if self.template else file
        where = f"{file}:{self.line}" if self.line else file
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{where}: {self.level}: {self.resource}: {self.construct}: {self.reason}{remedy}"

    def to_dict(self) -> dict[str, Any]:
        """Return the finding for JSON."""
        return {**asdict(self), "level": str(self.level)}


class Report:
    """Collects findings; the same one is kept once."""

    def __init__(self) -> None:
        self._findings: dict[PortFinding, None] = {}

    def note(self, construct: str, location: SourceLocation, reason: str, remedy: str = "") -> None:
        """Record what is worth knowing."""
        self._add(Level.NOTE, construct, location, (reason, remedy))

    def todo(self, construct: str, location: SourceLocation, reason: str, remedy: str) -> None:
        """Record what the template's owner has to decide or provide."""
        self._add(Level.TODO, construct, location, (reason, remedy))

    def blocking(self, construct: str, location: SourceLocation, reason: str, remedy: str) -> None:
        """Record what the template's owner has to do before a stack can be created."""
        self._add(Level.TODO, construct, location, (reason, remedy), blocks=True)

    def lost(self, construct: str, location: SourceLocation, reason: str, remedy: str, *, blocks: bool = False) -> None:
        """Record what the ported template lacks.

        :param blocks: whether the rest cannot do without it.
        """
        self._add(Level.LOST, construct, location, (reason, remedy), blocks=blocks)

    def include(self, other: "Report", template: str) -> None:
        """Take over the findings about a nested stack's template."""
        self._findings.update((replace(finding, template=template), None) for finding in other)

    def _add(
        self, level: Level, construct: str, location: SourceLocation, said: tuple[str, str], *, blocks: bool = False
    ) -> None:
        finding = PortFinding(
            level=level,
            construct=construct,
            resource=location.resource,
            line=location.line,
            reason=said[0],
            remedy=said[1],
            blocks=blocks,
        )
        self._findings[finding] = None

    def __iter__(self) -> Iterator[PortFinding]:
        return iter(sorted(self._findings, key=lambda finding: (finding.template, finding.line)))

    @property
    def needs_attention(self) -> bool:
        """Whether anything is more than a note."""
        return any(finding.level is not Level.NOTE for finding in self._findings)
