"""The standalone cloud that tests, fault suite and benches run against: where it is, and its starter's commands."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import openstack
from keystoneauth1.session import Session

from devstack.cloud import environ, settings

ROOT = Path(__file__).resolve().parents[1]
STATE = ROOT / settings.state_name(os.environ)
CLOUDS = STATE / "clouds.yaml"
LOGS = STATE / "log"


def in_region(session: Any) -> Any:
    """Have a session find services in the cloud's own region, where whoever asks says none; return it.

    That is for what the tests themselves ask. Programs of ours, which have sessions of their own, say which they mean.
    """
    found = session.get_endpoint

    def get_endpoint(auth: Any = None, **asked: Any) -> Any:
        return found(auth, **{**asked, "region_name": asked.get("region_name") or settings.REGION})

    session.get_endpoint = get_endpoint
    return session


def logged_in(cloud: str) -> Any:
    """Return the session of a cloud of clouds.yaml: ``demo``, ``other`` or ``admin``."""
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(CLOUDS)
    return in_region(openstack.connect(cloud=cloud).session)


def session_of(auth: Any) -> Any:
    """Return the session of who logs in like that."""
    return in_region(Session(auth, verify=trusted()))


def trusted() -> str | bool:
    """Return whose certificates count, as requests' ``verify``."""
    return str(settings.load().ca_file or "") or True


def cloud(*arguments: str) -> None:
    """Run a command of the starter's: start, stop, kill or restart a service."""
    command = [sys.executable, "-m", "devstack.cloud", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)  # noqa: S603
    assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout[-1000:]}{done.stderr[-2000:]}"


def sql(statement: str) -> str:
    """Run statements on the cloud's database server: from stdin, for they may be longer than a command may."""
    command = ["mariadb", f"--defaults-file={STATE / 'conf' / 'mariadb-client.cnf'}"]
    return subprocess.run(command, input=statement, check=True, capture_output=True, text=True).stdout  # noqa: S603


def options(service: str, name: str) -> Path:
    """Return a file for options of a service's, which it reads after its own configuration."""
    folder = STATE / "conf" / f"{service}.conf.d"
    folder.mkdir(exist_ok=True)
    return folder / f"{name}.conf"


def heat_manage(*arguments: str) -> None:
    """Run heat-manage as the cloud's operator, and say yes to what it asks."""
    known = settings.load()
    command = [known.program("heat-manage"), *arguments]
    subprocess.run(command, env=environ.clean(known), input="y\n", check=True, capture_output=True, text=True)  # noqa: S603
