"""Whether the package and each of its extras can be installed under each OpenStack release's own upper constraints.

``make releases-install``, or ``python -m releases.installed 2025.1``. Nothing is installed: uv resolves as pip would.
"""

import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence

from standalone import ROOT

RELEASES = ROOT / "devstack" / "releases"
EXTRAS = ("", "dashboard", "gateway", "observe", "operator", "osc", "port")
PYTHONS: Mapping[str, Sequence[str]] = {
    "2024.2": ("3.10", "3.12"),
    "2025.1": ("3.10", "3.12"),
    "2025.2": ("3.10", "3.12"),
    "2026.1": ("3.12", "3.13"),
    "2026.2": ("3.12", "3.13"),
}
"""The oldest and the newest Python of ours that a release runs on."""


def command(extra: str, release: str, *, python: str) -> list[str]:
    """Return what resolves an extra of the package."""
    chosen = ["--extra", extra] if extra else []
    constraints = str(RELEASES / release / "upper-constraints.txt")
    uv = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
    built = ["--build-constraint", str(RELEASES / "build-constraints.txt")]
    return [*uv, str(ROOT / "pyproject.toml"), *chosen, *built, "--constraint", constraints, "--python-version", python]


def main(releases: Iterable[str]) -> int:
    """Say of each release, Python and extra how it went; return 1 if one could not be resolved."""
    failed = 0
    for release in releases:
        for python in PYTHONS[release]:
            for extra in EXTRAS:
                failed += not _resolved(extra, release, python)
    return min(failed, 1)


def _resolved(extra: str, release: str, python: str) -> bool:
    done = subprocess.run(command(extra, release, python=python), capture_output=True, text=True, check=False)  # noqa: S603
    outcome = f"{len(done.stdout.splitlines())} packages" if done.returncode == 0 else f"FAILED\n{done.stderr}"
    sys.stdout.write(f"{release}  Python {python:4}  {extra or '-':9} {outcome}\n")
    sys.stdout.flush()
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or PYTHONS))
