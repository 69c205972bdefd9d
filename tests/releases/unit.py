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


def main(release: str, file: str) -> None:
    """Keep it."""
    day = date.today().isoformat()  # noqa: DTZ011 - the day of whoever runs them
    keep([Result(release=release, profile="", cell=CELL, outcome=outcome(Path(file).read_text()), on=day)])


if __name__ == "__main__":
    main(*sys.argv[1:])
