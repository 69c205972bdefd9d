"""A real Horizon beside the standalone cloud, a real Chromium, and projects with requests that nobody answers."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import openstack
import pytest
from chromium import Browser, opened
from functional.tenant import until
from standalone import CLOUDS, LOGS, ROOT

from devstack.cloud import settings


@pytest.fixture(scope="session")
def horizon() -> Iterator[str]:
    """Return the address of a Horizon that answers."""
    address = settings.load().url("horizon")
    with (LOGS / "horizon.log").open("w") as log:
        command = [sys.executable, "-m", "devstack.horizon"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)  # noqa: S603
        try:
            until(lambda: process.poll() is None and _answers(address), "Horizon answers", seconds=300)
            yield address
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _answers(address: str) -> bool:
    try:
        with urlopen(f"{address}/auth/login/", timeout=120) as page:  # noqa: S310 - our own address
            return int(page.status) == 200
    except OSError:
        return False


@pytest.fixture(scope="session")
def browser(horizon: str) -> Iterator[Browser]:
    """Return a browser in which nobody is logged in yet."""
    with opened(horizon) as made:
        yield made


@pytest.fixture(scope="session")
def password() -> str:
    """Return the cloud's one password."""
    return settings.load().secret


@pytest.fixture(scope="session")
def admin() -> Any:
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(CLOUDS)
    return openstack.connect(cloud="admin")
