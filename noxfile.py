"""The unit tests on every Python that we say we run on: `nox`, or one of them: `nox -s unit-3.13`.

`unit` is all that needs no OpenStack; `plugin` is the Heat plugin's, with the Heat of devstack/cloud/constraints.txt;
`releases` is that with the Heat of each release in devstack/releases, under that release's upper constraints.
"""

import os
import sys
from pathlib import Path

import nox

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
CONSTRAINTS = "devstack/cloud/constraints.txt"
RELEASES = ["2024.2", "2025.1", "2025.2", "2026.1", "2026.2"]

nox.options.sessions = ["unit"]
nox.options.default_venv_backend = "venv"


@nox.session(python=PYTHONS)
def unit(session: nox.Session) -> None:
    """Run the unit tests that need no OpenStack."""
    session.install("--quiet", "-e", ".[test]")
    session.run("pytest", "tests/unit", "--ignore", "tests/unit/plugin", *_left_out(session.python), *session.posargs)


def _left_out(python: str) -> list[str]:
    # 3.10 does not know which distribution a module is of, where that is only in its RECORD.
    test = "test_what_runs_without_heat_imports_nothing_that_the_package_does_not_ask_for"
    return ["--deselect", f"tests/unit/test_releases.py::{test}"] if python == "3.10" else []


@nox.session(python=PYTHONS)
def plugin(session: nox.Session) -> None:
    """Run the plugin's unit tests with Heat's own classes."""
    session.install("--quiet", "-c", CONSTRAINTS, "-r", "devstack/cloud/requirements.txt")
    session.install("--quiet", "--no-deps", "-e", ".")
    session.run("python", "-m", "pytest", "tests/unit/plugin", *session.posargs)


@nox.session
@nox.parametrize("release", RELEASES)
def releases(session: nox.Session, release: str) -> None:
    """Run the plugin's unit tests with a release's Heat, first those that name what of it has moved; keep how."""
    pins = [f"devstack/releases/{release}/{name}.txt" for name in ("upper-constraints", "services")]
    session.install("--quiet", "-c", pins[0], "-c", pins[1], "-r", "devstack/cloud/requirements.txt")
    session.install("--quiet", "--no-deps", "-e", ".")
    if session.posargs:
        session.run("python", "-m", "pytest", *session.posargs)
        return
    found = Path(session.create_tmp(), "junit.xml")
    found.unlink(missing_ok=True)
    all_of_it = ("tests/unit/plugin", "--ignore", "tests/unit/plugin/test_pair_model.py", f"--junitxml={found}")
    session.run("python", "-m", "pytest", "tests/unit/plugin/heat/test_private_parts.py", success_codes=[0, 1, 2])
    session.run("python", "-m", "pytest", *all_of_it, success_codes=[0, 1])
    ours = {"PYTHONPATH": os.pathsep.join((".", "tests"))}
    session.run(sys.executable, "-m", "releases.unit", release, str(found), external=True, env=ours)
