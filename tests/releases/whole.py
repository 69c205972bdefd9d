"""Plays the suites on the standalone cloud that runs, and keeps how each went: `make releases-cloud RELEASE=2025.1`.

``python -m releases.whole "life cycle" ...`` plays some of them. Which release and which profile the environment says.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import date

from releases.results import NEWEST, Result, keep
from standalone import ROOT, cloud

from devstack.cloud import settings

_PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
CELLS: Mapping[str, tuple[str, ...]] = {
    "demo": (sys.executable, "devstack/demo.py"),
    "end to end": (*_PYTEST, "tests/functional/test_end_to_end.py"),
    "life cycle": (*_PYTEST, "tests/functional/plugin/test_life_cycle.py"),
    "engine death": (*_PYTEST, "tests/functional/plugin/test_engine_death.py"),
    "operator mode": (*_PYTEST, "tests/functional/operator"),
}
"""What is played on a whole cloud, and by which command."""


def outcome(code: int, said: str) -> str:
    """Return a command's exit code and output in a few words."""
    counted = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|errors?)\b", said)}
    if not counted:
        return "passes" if code == 0 else "fails"
    return f"{counted.get('passed', 0)} of {sum(counted.values())}"


def main(cells: Iterable[str]) -> int:
    """Play them; return 1 if one failed."""
    played, failed = settings.load(), 0
    for number, cell in enumerate(cells):
        sys.stdout.write(f"\n{cell}\n")
        if number:  # what a suite that failed has left, as a stack that cannot be deleted, is not to fail the next one
            cloud("stop")
            cloud("start")
        code, said = _play(CELLS[cell])
        failed += code != 0
        result = Result(
            release=played.release.name or NEWEST,
            profile=played.profile.name,
            cell=cell,
            outcome=outcome(code, said),
            on=date.today().isoformat(),  # noqa: DTZ011 - the day of whoever plays it
        )
        keep([result])
    return min(failed, 1)


def _play(command: Iterable[str]) -> tuple[int, str]:
    """Run a command, show what it says, and return its exit code and its last line."""
    last = ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:  # noqa: S603
        for line in process.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            last = line if line.strip() else last
    return process.returncode, last


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or CELLS))
