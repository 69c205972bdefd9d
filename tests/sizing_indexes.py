"""The indexes that the page on sizing has an operator make, as they stand there."""

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "how-to" / "sizing.md"
INDEX = re.compile(r"CREATE INDEX (?P<name>\w+) ON (?P<table>[\w.]+) \((?P<columns>[\w, ]+)\);")


@dataclass(frozen=True)
class Index:
    """One of them.

    :ivar table: with its database.
    :ivar make: the statement of the page.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    make: str

    @property
    def drop(self) -> str:
        """The statement that takes it away."""
        return f"DROP INDEX {self.name} ON {self.table};"


def indexes() -> list[Index]:
    """Return all of them."""
    found = INDEX.finditer(PAGE.read_text())
    made = [Index(each["name"], each["table"], tuple(each["columns"].split(", ")), each[0]) for each in found]
    assert len(made) == PAGE.read_text().count("CREATE INDEX") > 0
    return made
