"""The programs that must be there before anything can start; installs them only as root on Debian."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from devstack.cloud.errors import CloudError
from devstack.cloud.progress import say
from devstack.cloud.services import rabbitmq

# Program: Debian package.
PROGRAMS: Mapping[str, str] = {
    "mariadbd": "mariadb-server",
    "mariadb": "mariadb-server",
    "mariadb-dump": "mariadb-server",
    "mariadb-install-db": "mariadb-server",
    "redis-server": "redis-server",
    "epmd": "rabbitmq-server",
    rabbitmq.PROGRAM: "rabbitmq-server",
}
# Debian's servers are in directories that a plain user's PATH does not have.
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def missing(exists: Callable[[str], bool], programs: Mapping[str, str] = PROGRAMS) -> dict[str, str]:
    """Return the programs that are missing, with the packages that hold them."""
    return {program: package for program, package in programs.items() if not exists(program)}


def _exists(program: str) -> bool:
    return shutil.which(program, path=SEARCH_PATH) is not None


def check() -> None:
    """Raise CloudError unless everything is there, after installing it where that is possible."""
    check_python()
    provide(PROGRAMS)


def provide(programs: Mapping[str, str]) -> None:
    """Raise CloudError unless the programs are there, after installing their packages where that is possible."""
    lacking = missing(_exists, programs)
    if lacking and os.geteuid() == 0 and Path("/usr/bin/apt-get").exists():
        _install(sorted(set(lacking.values())))
        lacking = missing(_exists, programs)
    if lacking:
        packages = " ".join(sorted(set(lacking.values())))
        raise CloudError(
            f"these programs are missing: {', '.join(lacking)}.\n"
            f"On Debian and Ubuntu: sudo apt-get install --no-install-recommends {packages}\n"
            "Elsewhere: install what holds them; nothing needs to run, each is started when it is needed."
        )


def check_python() -> None:
    """Raise CloudError when this Python is too old, or cannot make virtual environments."""
    if sys.version_info < (3, 10):
        raise CloudError(f"Python 3.10 or newer is needed; {sys.executable} is {sys.version.split()[0]}")
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise CloudError(
            f"{sys.executable} cannot make virtual environments: ensurepip is missing.\n"
            "On Debian and Ubuntu: sudo apt-get install python3-venv"
        )


def _install(packages: list[str]) -> None:
    say(f"Installing Debian packages: {' '.join(packages)}")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (("apt-get", "update", "-q"), ("apt-get", "install", "-qy", "--no-install-recommends", *packages)):
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CloudError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
