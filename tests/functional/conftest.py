"""The standalone cloud as the functional tests see it: it must run (`make cloud`); they never start or skip it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openstack
import pytest
from functional import bridge_process
from functional.tenant import Tenant
from standalone import CLOUDS, LOGS, ROOT

from customresource_bridge.clients import session as sessions


def _tenant(cloud: str) -> Tenant:
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(CLOUDS)
    session = openstack.connect(cloud=cloud).session
    try:
        session.get_token()
    except Exception as error:
        pytest.exit(f"The standalone cloud does not answer ({error}): make cloud", returncode=1)
    return Tenant(session)


@pytest.fixture(scope="session")
def admin() -> Tenant:
    """Only to look at what no tenant sees: the users of the stack domain."""
    return _tenant("admin")


@pytest.fixture(scope="session")
def clouds_yaml() -> Path:
    """What a process of its own is shown the cloud by."""
    return CLOUDS


@pytest.fixture(scope="session")
def cloud_session() -> Callable[[str], Any]:
    """Return what makes a keystoneauth session for a cloud of clouds.yaml, once."""
    made: dict[str, Any] = {}

    def make(name: str) -> Any:
        if name not in made:
            os.environ["OS_CLIENT_CONFIG_FILE"] = str(CLOUDS)
            made[name] = sessions.load(cloud=name, timeout=180, min_token_life=300, connections=20)
        return made[name]

    return make


@pytest.fixture(scope="session")
def demo() -> Any:
    """The plain tenant's keystoneauth session."""
    return _tenant("demo").session


@pytest.fixture(scope="session")
def tenant_project(demo: Any) -> Tenant:
    """The plain tenant, with the example workflows and those that the tests need."""
    tenant = Tenant(demo)
    for path in [*sorted((ROOT / "workflows").glob("*.yaml")), Path(__file__).with_name("workflows.yaml")]:
        tenant.upload(path.read_text())
    return tenant


@pytest.fixture
def tenant(tenant_project: Tenant) -> Iterator[Tenant]:
    """The plain tenant; the test's stacks are deleted afterwards."""
    with tenant_project.cleaned():
        yield tenant_project


@pytest.fixture(scope="session")
def bridge_log() -> Path:
    """The log of the session's bridge."""
    return LOGS / "bridge-tests.log"


@pytest.fixture(scope="module")
def running_bridge(tenant_project: Tenant, bridge_log: Path) -> Iterator[None]:
    """One bridge for a module's tests: other modules bring bridges of their own."""
    del tenant_project  # its workflows come first
    with bridge_process.bridge(bridge_log, environ=bridge_process.environment()):
        yield
