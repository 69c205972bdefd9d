"""Runs the DevStack plugin's phases in tests/devstack's small DevStack; shared by the unit and the functional test."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STACK = ROOT / "tests" / "devstack" / "stack.sh"
BIN = Path(sys.executable).parent


def variables(folder: Path) -> dict[str, str]:
    """Return the variables that DevStack has, with all that the plugin writes below ``folder``."""
    return {
        "FOLDER": str(folder),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", "/"),
        "DEST": "/opt/stack",
        "STACK_USER": str(os.geteuid()),
        "API_WORKERS": "2",
        "SERVICE_HOST": "127.0.0.1",
        "SERVICE_PROTOCOL": "http",
        "SERVICE_PASSWORD": "service-password",
        "SERVICE_TIMEOUT": "60",
        "REGION_NAME": "RegionOne",
        "ENABLE_DEBUG_LOG_LEVEL": "False",
        "KEYSTONE_SERVICE_URI": "http://127.0.0.1/identity",
        "TRANSPORT_URL": "rabbit://stackrabbit:rabbit-password@127.0.0.1:5672/",
        "HEAT_CONF": str(folder / "heat.conf"),
        "CRB_DIR": str(ROOT),
        "CRB_CONF_DIR": str(folder / "etc"),
    }


def stack(
    environ: Mapping[str, str], *phases: str, services: str | None = None, timeout: float = 60
) -> "subprocess.CompletedProcess[str]":
    """Run phases, such as "stack install"; ``services`` is a file of real services beside devstack.sh."""
    files = ["devstack.sh", *([services] if services else [])]
    return subprocess.run(  # noqa: S603 - our own script
        [str(STACK), *files, "--", *phases],
        env=dict(environ), capture_output=True, text=True, check=False, timeout=timeout,
    )  # fmt: skip
