"""Keeps how the plugin's unit tests went with a release's Heat: nox calls it, with its name and pytest's JUnit file."""

import sys
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

from releases.results import Result, keep

CELL = "plugin's unit tests"


def outcome(junit: str) -> str:
    """Return in a few words what pytest wrote."""
    suite = ElementTree.fromstring(junit).find("testsuite")  # noqa: S314 - our own pytest's
    assert suite is not None
    number = int(suite.attrib["tests"])
    return f"{number - sum(int(suite.attrib[wrong]) for wrong in ('failures', 'errors', 'skipped'))} of {number}"


def main(release: str, file: str) -> int:
    """Keep it; return 1 where not all passed."""
    day, found = date.today().isoformat(), outcome(Path(file).read_text())  # noqa: DTZ011 - the day of whoever runs them
    keep([Result(release=release, profile="", cell=CELL, outcome=found, on=day)])
    passed, number = found.split(" of ")
    return int(passed != number)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
