"""The standalone cloud, for all functional tests: its clouds.yaml, and sessions for its tenants."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from customresource_bridge.clients import session as sessions

ROOT = Path(__file__).resolve().parents[2]
CLOUDS = Path(os.environ.get("CRB_CLOUDS_YAML", ROOT / ".cloud" / "clouds.yaml"))


@pytest.fixture(scope="session")
def clouds_yaml() -> Path:
    """Return where the running cloud's credentials are; without a cloud nothing here can be tested."""
    if not CLOUDS.exists():
        pytest.fail("no standalone cloud: run 'make cloud' first")
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(CLOUDS)
    return CLOUDS


@pytest.fixture(scope="session")
def cloud_session(clouds_yaml: Path) -> Callable[[str], Any]:
    """Return what makes a keystoneauth session for a cloud of clouds.yaml."""
    assert clouds_yaml.exists()
    made: dict[str, Any] = {}

    def make(cloud: str) -> Any:
        if cloud not in made:
            made[cloud] = sessions.load(cloud=cloud, timeout=20, min_token_life=300, connections=20)
        return made[cloud]

    return make


@pytest.fixture(scope="session")
def demo(cloud_session: Callable[[str], Any]) -> Any:
    """Return the plain tenant's session."""
    return cloud_session("demo")
