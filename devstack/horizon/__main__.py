"""Installs Horizon and our package where they are missing, and serves them until it is told to end.

Horizon has a virtual environment of its own, since it pins what the services pin otherwise.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from devstack.cloud import environ, fingerprint, prerequisites, settings
from devstack.cloud.errors import CloudError
from devstack.cloud.progress import note, say
from devstack.cloud.settings import HOST, REGION, STATE, Settings

HERE = Path(__file__).parent
PACKAGE = "customresource_bridge"
INSTALLED = ("heat_dashboard", "mistraldashboard", f"{PACKAGE}/dashboard")
"""Packages with a folder of files that enable their pages."""
TEST_PROGRAMS = {"chromium": "chromium", "chromedriver": "chromium-driver", "npm": "npm"}


def main(arguments: Sequence[str]) -> int:
    """Serve, or only install, or only provide what the tests look at it with; return the server's exit code."""
    signal.signal(signal.SIGTERM, _end)
    if arguments == ["prerequisites"]:
        prerequisites.provide(TEST_PROGRAMS)
        return 0
    known = settings.load()
    venv = known.repository / STATE / "horizon"
    _ensure(venv)
    _install_ours(known, venv)
    _configure(venv)
    if arguments == ["install"]:
        return 0
    say(f"Horizon: {known.url('horizon')}/project/custom_resources/")
    say(f"users: demo, admin (domain Default); password: {known.secret}")
    command = (
        str(venv / "bin" / "django-admin"),
        "runserver",
        "--insecure",  # static files without a web server
        "--noreload",
        f"{HOST}:{known.port('horizon')}",
    )
    return subprocess.run(command, env=_environ(known, venv), check=False).returncode


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt


def _environ(known: Settings, venv: Path) -> Mapping[str, str]:
    data = known.data / "horizon"
    data.mkdir(parents=True, exist_ok=True)
    return {
        **environ.clean(known),
        "DJANGO_SETTINGS_MODULE": "openstack_dashboard.settings",
        "CRB_KEYSTONE_URL": f"{known.keystone_url}/v3",
        "CRB_REGION": REGION,
        "CRB_SECRET": known.secret,
        "CRB_DATA": str(data),
        "CRB_THEME": str(HERE / "theme"),
        "PATH": f"{venv}/bin:/usr/bin:/bin",
    }


def _ensure(venv: Path) -> None:
    stamp = venv / "requirements-stamp"
    files = (HERE / "requirements.txt", HERE / "constraints.txt")
    value = fingerprint.of_files(files, sys.version)
    if fingerprint.matches(stamp, value):
        return
    note(f"installing Horizon into {venv} (once; some minutes)")
    shutil.rmtree(venv, ignore_errors=True)
    subprocess.run((sys.executable, "-m", "venv", str(venv)), check=True)
    _pip(venv, "-c", str(files[1]), "-r", str(files[0]))
    stamp.write_text(value)


def _install_ours(known: Settings, venv: Path) -> None:
    """Install our package as a wheel, as an operator does: from a copy, since a build leaves things behind."""
    files = [path for path in (known.repository / PACKAGE).rglob("*") if path.suffix in {".py", ".html", ".css"}]
    stamp, value = venv / "package-stamp", fingerprint.of_files([*files, known.repository / "pyproject.toml"])
    if fingerprint.matches(stamp, value):
        return
    build = venv / "build"
    shutil.rmtree(build, ignore_errors=True)
    (build / "docs").mkdir(parents=True)
    for name in ("pyproject.toml", "docs/package.md", "LICENSE"):
        shutil.copy(known.repository / name, build / name)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(known.repository / PACKAGE, build / PACKAGE, ignore=ignored)
    _pip(venv, "--no-deps", "--no-build-isolation", "--no-index", "--force-reinstall", str(build))
    stamp.write_text(value)


def _configure(venv: Path) -> None:
    """Write what the installation's documentation says: local settings, and the files that enable pages."""
    (packages,) = (venv / "lib").glob("python*/site-packages")
    local = packages / "openstack_dashboard" / "local"
    shutil.copy(HERE / "local_settings.py", local)
    for name in INSTALLED:
        for path in (packages / name / "enabled").glob("_[0-9]*.py"):
            shutil.copy(path, local / "enabled")


def _pip(venv: Path, *arguments: str) -> None:
    command = (str(venv / "bin" / "pip"), "--disable-pip-version-check", "--quiet", "install", *arguments)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run(command, env=clean, check=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except CloudError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        say("Horizon is stopped.")
