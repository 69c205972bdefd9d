"""The unit tests on every Python that we say we run on: `nox`, or one of them: `nox -s unit-3.13`.

`unit` is all that needs no OpenStack; `plugin` is the Heat plugin's, with the Heat of devstack/cloud/constraints.txt.
"""

import nox

PYTHONS = ["3.11", "3.12", "3.13"]
CONSTRAINTS = "devstack/cloud/constraints.txt"

nox.options.sessions = ["unit"]
nox.options.default_venv_backend = "venv"


@nox.session(python=PYTHONS)
def unit(session: nox.Session) -> None:
    """Run the unit tests that need no OpenStack."""
    session.install("--quiet", "-e", ".[test]")
    session.run("pytest", "tests/unit", "--ignore", "tests/unit/plugin", *session.posargs)


@nox.session(python=PYTHONS)
def plugin(session: nox.Session) -> None:
    """Run the plugin's unit tests with Heat's own classes."""
    session.install("--quiet", "-c", CONSTRAINTS, "-r", "devstack/cloud/requirements.txt")
    session.install("--quiet", "--no-deps", "-e", ".")
    session.run("python", "-m", "pytest", "tests/unit/plugin", *session.posargs)
