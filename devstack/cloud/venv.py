"""The virtual environment of the OpenStack services, and our package in it.

Pinned by the release's constraints; made once, and again only when the pins or the Python changed.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from devstack.cloud import fingerprint
from devstack.cloud.errors import StepFailed
from devstack.cloud.progress import note, say
from devstack.cloud.settings import Settings

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"


def wanted(settings: Settings, python: str = sys.version) -> str:
    """Return what the venv's stamp must be."""
    return fingerprint.of_files([REQUIREMENTS, *settings.release.constraints], python)


def is_current(settings: Settings) -> bool:
    """Say whether the venv is the one that the pins ask for."""
    return fingerprint.matches(_stamp(settings), wanted(settings))


def ensure(settings: Settings) -> None:
    """Make the venv unless it is there."""
    with _alone(settings):
        if not is_current(settings):
            _make(settings)


def _make(settings: Settings) -> None:
    say(f"Installing the OpenStack services into {settings.venv} (once; some minutes)")
    log = settings.log_file("venv")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    _stamp(settings).unlink(missing_ok=True)
    if not _same_python(settings):
        shutil.rmtree(settings.venv, ignore_errors=True)
        _run((sys.executable, "-m", "venv", str(settings.venv)), log)
    pins = [word for path in settings.release.constraints for word in ("-c", str(path))]
    _run(_pip(settings, *pins, "-r", str(REQUIREMENTS)), log)
    _stamp(settings).write_text(wanted(settings))


def plugin_fingerprint(settings: Settings) -> str:
    """Return what our package's stamp must be."""
    return fingerprint.of_files(_sources(settings), wanted(settings))


def ensure_plugin(settings: Settings) -> bool:
    """Install our package unless this very version of it is there. Say whether anything changed."""
    stamp, value = settings.venv / "plugin-stamp", plugin_fingerprint(settings)
    with _alone(settings):
        if fingerprint.matches(stamp, value):
            return False
        _install_plugin(settings)
        stamp.write_text(value)
    note("customresource-bridge installed beside Heat")
    return True


def _install_plugin(settings: Settings) -> None:
    build = settings.root / "build"
    _copy_sources(settings, build)
    # pip would reuse what an earlier build left behind, and keep modules that were deleted: build from a fresh copy.
    _run(
        _pip(settings, "--no-deps", "--no-build-isolation", "--no-index", "--force-reinstall", str(build)),
        settings.log_file("plugin"),
    )
    shutil.rmtree(build)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Let one process at a time change the venv: two clouds of a clone share it."""
    settings.venv.parent.mkdir(mode=0o700, exist_ok=True)
    with (settings.venv.parent / "venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stamp(settings: Settings) -> Path:
    return settings.venv / "requirements-stamp"


def _same_python(settings: Settings) -> bool:
    config = settings.venv / "pyvenv.cfg"
    return config.is_file() and f"version = {sys.version.split()[0]}\n" in config.read_text()


def _pip(settings: Settings, *arguments: str) -> tuple[str, ...]:
    return (settings.program("python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", *arguments)


def _sources(settings: Settings) -> list[Path]:
    package = settings.repository / "customresource_bridge"
    files = [path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return [*files, settings.repository / "pyproject.toml"]


def _copy_sources(settings: Settings, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in ("pyproject.toml", "docs/package.md", "LICENSE"):
        (target / name).parent.mkdir(exist_ok=True)
        shutil.copy(settings.repository / name, target / name)
    shutil.copytree(
        settings.repository / "customresource_bridge",
        target / "customresource_bridge",
        ignore=shutil.ignore_patterns("__pycache__"),
    )


def _run(command: Sequence[str], log: Path) -> None:
    """Run pip or venv with its output in a log; every few seconds a line says how far it is."""
    environ = {name: value for name, value in os.environ.items() if not re.match("PYTHON|VIRTUAL_ENV", name)}
    collected, told = 0, time.monotonic()
    with (
        log.open("a") as output,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ) as process,
    ):
        for line in process.stdout or ():
            output.write(line)
            collected += line.startswith("Collecting ")
            if collected and line.startswith("Installing collected"):
                note(f"{collected} packages found, installing")
            elif line.startswith("Collecting ") and time.monotonic() - told > 5:
                told = time.monotonic()
                note(f"{collected} packages found")
    if process.returncode:
        raise StepFailed("pip", f"cannot install (exit code {process.returncode})", log)
