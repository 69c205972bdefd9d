"""What was run with which release and profile, and how it went: kept as data, from which the page is written."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from standalone import ROOT

FILE = ROOT / "devstack" / "releases" / "results.json"
NEWEST = "2026.2"
"""The series that the standalone cloud runs where no release is named."""


@dataclass(frozen=True, order=True)
class Result:
    """One cell of the matrix.

    :ivar profile: of the standalone cloud; empty for the plain one.
    :ivar cell: what was run.
    :ivar outcome: in how many words fit into a table.
    :ivar on: the day; empty for what every CI run plays.
    """

    release: str
    profile: str
    cell: str
    outcome: str
    on: str

    @property
    def place(self) -> tuple[str, str, str]:
        """Where it stands; a later result takes the place of an earlier one."""
        return self.release, self.profile, self.cell


def read() -> list[Result]:
    """Return all results."""
    return [Result(**entry) for entry in json.loads(FILE.read_text())]


def merged(known: Iterable[Result], new: Iterable[Result]) -> list[Result]:
    """Return the results, each place with its latest."""
    return sorted({result.place: result for result in (*known, *new)}.values())


def keep(new: Iterable[Result]) -> None:
    """Write results down."""
    lines = ",\n".join(json.dumps(asdict(result)) for result in merged(read(), new))
    FILE.write_text(f"[\n{lines}\n]\n")
