"""Installs the unmodified handler libraries, pinned, and Swift, into .handlers/: a venv each, npm's into a folder."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from devstack.cloud import prerequisites

ROOT = Path(__file__).resolve().parents[3]
PINS = Path(__file__).parent / "libraries"
HOME = ROOT / ".handlers"
MODULES = HOME / "node" / "node_modules"
NODE_PROGRAMS = {"node": "nodejs", "npm": "npm"}


def python() -> Path:
    """Return the Python that has the libraries of PyPI."""
    return _python("venv", PINS / "requirements.txt")


def swift() -> Path:
    """Return the Python that has Swift; its programs are beside it."""
    return _python("swift", PINS / "swift.txt")


def _python(name: str, pins: Path) -> Path:
    found = HOME / name / "bin" / "python"
    if not _done(name, pins.read_text()):
        shutil.rmtree(HOME / name, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(HOME / name)])
        _run([str(found), "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", str(pins)])
        _mark(name, pins.read_text())
    return found


def node_modules() -> Path:
    """Return the folder that has the libraries of npm."""
    prerequisites.provide(NODE_PROGRAMS)
    pins = (PINS / "package.json").read_text()
    if not _done("node", pins):
        folder = MODULES.parent
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copy(PINS / "package.json", folder)
        _run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], folder)
        _mark("node", pins)
    return MODULES


def _done(name: str, pins: str) -> bool:
    stamp = HOME / f"{name}.stamp"
    return stamp.exists() and stamp.read_text() == _digest(pins)


def _mark(name: str, pins: str) -> None:
    (HOME / f"{name}.stamp").write_text(_digest(pins))


def _digest(pins: str) -> str:
    return hashlib.sha256(pins.encode()).hexdigest()


def _run(command: list[str], folder: Path | None = None) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError:
        pytest.fail(f"{command[0]} is needed: apt-get install nodejs npm")
    if done.returncode:
        pytest.fail(f"{' '.join(command)} failed: {done.stderr[-2000:]}")
