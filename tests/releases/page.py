"""Writes the tables of docs/reference/releases.md from what was kept: `python -m releases.page`."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from releases import installed, unit
from releases.results import NEWEST, Result, read
from releases.whole import CELLS
from standalone import ROOT

from devstack.cloud.profile import PROFILES

PAGE = ROOT / "docs" / "reference" / "releases.md"
ENGINES = {"2024.2": "eventlet", "2025.1": "eventlet"}
"""What heat-engine's workers are; of every release that is not named, threads."""
_RULE = "---"
_TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def written(text: str, tables: Mapping[str, str]) -> str:
    """Return the page with its tables anew."""
    return _TABLE.sub(lambda found: f"{found[1]}\n{tables[found[2]]}\n{found[3]}", text)


def tables() -> dict[str, str]:
    """Return the page's tables by name."""
    results = read()
    return {
        "releases": _releases(results, json.loads(installed.FILE.read_text())),
        "profiles": _profiles(results),
    }


def _releases(results: Sequence[Result], found: Mapping[str, Mapping[str, Sequence[str]]]) -> str:
    columns = (unit.CELL, *CELLS)
    rows = []
    for release in installed.PYTHONS:
        mine = {result.cell: result for result in results if (result.release, result.profile) == (release, "")}
        heat, engine = _version(release, "openstack-heat"), ENGINES.get(release, "threads")
        about = (release, heat, engine, _installed(found[release]))
        rows.append([*about, *(_cell(mine.get(cell)) for cell in columns)])
    return _table(("series", "Heat", "heat-engine", "installs on Python", *columns), rows)


def _profiles(results: Sequence[Result]) -> str:
    rows = []
    for profile in filter(None, PROFILES):
        mine = {result.cell: result for result in results if (result.release, result.profile) == (NEWEST, profile)}
        rows.append([f"`PROFILE={profile}`", *(_cell(mine.get(cell)) for cell in CELLS)])
    return _table(("profile", *CELLS), rows)


def _installed(found: Mapping[str, Sequence[str]]) -> str:
    """Return on which Pythons everything can be installed, and on which not everything can."""
    return "; ".join(
        f"{python}: not {', '.join(extra or 'the package' for extra in refused)}" if refused else python
        for python, refused in found.items()
    )


def _cell(result: Result | None) -> str:
    return ", ".join(filter(None, (result.outcome, result.on))) if result else "-"


def _version(release: str, package: str) -> str:
    lines = (installed.RELEASES / release / "services.txt").read_text().splitlines()
    return next(line.partition("==")[2].split()[0] for line in lines if line.startswith(f"{package}=="))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [tuple(head), *(tuple(row) for row in rows)]
    lines.insert(1, tuple(_RULE for _ in lines[0]))
    return "".join(f"|{'|'.join(word if word == _RULE else f' {word} ' for word in line)}|\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(), tables()))
