"""Requests for the gallery's handlers, each run as the provider runs it; and a Git repository for one of them."""

import subprocess
from pathlib import Path
from typing import Any

from customresource_bridge.provider.ending import Returned
from customresource_bridge.provider.runner import HandlerSpec, run

GALLERY = Path(__file__).resolve().parents[1] / "workflows" / "gallery"


def request(kind: str, thing: str = "", *, stack: str = "stack", **properties: Any) -> dict[str, Any]:
    known = {"PhysicalResourceId": thing} if thing else {}
    ours = {"StackId": stack, "LogicalResourceId": "Thing", "RequestId": f"{stack}-{kind}"}
    return {"RequestType": kind, **ours, **known, "ResourceProperties": properties}


def handled(
    event: dict[str, Any], environment: dict[str, str], *, handler: str = "mariadb", seconds: float = 60
) -> Any:
    ending = run(
        HandlerSpec(name=f"{handler}:handler", folder=GALLERY, environment=environment), event, seconds=seconds
    )
    assert isinstance(ending, Returned), ending
    return ending.value


def allowed(folder: Path) -> dict[str, str]:
    """Return the environment in which repositories in a folder may be named."""
    return {"GIT_ALLOW_PROTOCOL": "file", "GIT_REPOSITORIES": f"https://git.example.org file://{folder}"}


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)  # noqa: S603, S607
    return done.stdout.strip()
