"""Whether the package and each of its extras can be installed under each OpenStack release's own upper constraints.

``make releases-install``, or ``python -m releases.installed 2025.1``. Nothing is installed: uv resolves as pip would.
All extras are resolved at once: what goes together goes alone. Where they are refused, each is tried by itself.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

from standalone import ROOT

RELEASES = ROOT / "devstack" / "releases"
FILE = RELEASES / "installed.json"
EXTRAS = ("", "dashboard", "gateway", "observe", "operator", "osc", "port")
PYTHONS: Mapping[str, Sequence[str]] = {
    "2024.2": ("3.10", "3.12"),
    "2025.1": ("3.10", "3.12"),
    "2025.2": ("3.10", "3.12"),
    "2026.1": ("3.12", "3.13"),
    "2026.2": ("3.12", "3.13"),
}
"""The oldest and the newest Python of ours that a release runs on."""

RESOLVED = tuple(extra for extra in EXTRAS if extra != "dashboard")
"""The dashboard's is installed where Horizon is, which has brought its libraries: some need a setuptools of old."""

Resolve = Callable[[Sequence[str]], int]
"""Returns how many packages some extras need, 0 where they are refused."""


def command(extras: Sequence[str], release: str, *, python: str) -> list[str]:
    """Return what resolves some extras of the package."""
    chosen = [word for extra in extras if extra for word in ("--extra", extra)]
    constraints = str(RELEASES / release / "upper-constraints.txt")
    uv = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
    built = ["--build-constraint", str(RELEASES / "build-constraints.txt")]
    return [*uv, str(ROOT / "pyproject.toml"), *chosen, *built, "--constraint", constraints, "--python-version", python]


def refused(resolve: Resolve) -> list[str]:
    """Return the extras that cannot be installed; "" is the package without one."""
    if resolve(RESOLVED):
        return []
    return [extra for extra in RESOLVED if not resolve([extra])] or ["all at once"]


def main(releases: Iterable[str]) -> int:
    """Say and keep of each release and Python how it went; return 1 if something was refused."""
    failed = 0
    for release in releases:
        for python in PYTHONS[release]:
            found = refused(lambda extras, release=release, python=python: _resolved(extras, release, python))  # type: ignore[misc]
            _keep(release, python, found)
            failed += bool(found)
    return min(failed, 1)


def _keep(release: str, python: str, found: Sequence[str]) -> None:
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    known.setdefault(release, {})[python] = list(found)
    FILE.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


def _resolved(extras: Sequence[str], release: str, python: str) -> int:
    done = subprocess.run(command(extras, release, python=python), capture_output=True, text=True, check=False)  # noqa: S603
    number = len(done.stdout.splitlines()) if done.returncode == 0 else 0
    names = " ".join(extra or "-" for extra in extras)
    sys.stdout.write(
        f"{release}  Python {python:4}  {names}: {f'{number} packages' if number else 'FAILED'}\n{done.stderr}"
    )
    sys.stdout.flush()
    return number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or PYTHONS))
