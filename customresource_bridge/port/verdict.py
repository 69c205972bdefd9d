"""Says at the end of a report whether a stack can be created from a ported template, and what is to be done before."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from customresource_bridge.port.report import Level, PortFinding

_MOST = 6


@dataclass(frozen=True, slots=True)
class PortVerdict:
    """The findings by what they mean for a create.

    :ivar blocks: the create fails, or a handler does, as long as these are as they are.
    :ivar fill_in: these are values to give, things to run, decisions to take.
    :ivar missing: these are not in the ported template, and the create goes on without them.
    """

    blocks: tuple[PortFinding, ...]
    fill_in: tuple[PortFinding, ...]
    missing: tuple[PortFinding, ...]

    @classmethod
    def of(cls, findings: Iterable[PortFinding]) -> "PortVerdict":
        """Return the verdict on a report."""
        found = list(findings)
        todo = [finding for finding in found if finding.level is Level.TODO]
        return cls(
            blocks=tuple(finding for finding in found if finding.blocks),
            fill_in=tuple(finding for finding in todo if not finding.blocks),
            missing=tuple(finding for finding in found if finding.level is Level.LOST and not finding.blocks),
        )

    def lines(self) -> list[str]:
        """Return the verdict in words."""
        lines = [_line("blocks the create", self.blocks) if self.blocks else "verdict: nothing blocks the create"]
        if self.fill_in:
            lines.append(_line("to be filled in or run before", self.fill_in))
        if self.missing:
            lines.append(_line("not in the ported template", self.missing))
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict for JSON."""
        groups = (("blocks", self.blocks), ("fill_in", self.fill_in), ("missing", self.missing))
        return {name: [_named(finding) for finding in findings] for name, findings in groups}


def _line(what: str, findings: tuple[PortFinding, ...]) -> str:
    names = list(dict.fromkeys(_named(finding) for finding in findings))
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"verdict: {what}: {', '.join(names[:_MOST])}{more}"


def _named(finding: PortFinding) -> str:
    where = f"{finding.template}: " if finding.template else ""
    return f"{where}{finding.resource} ({finding.construct})"
