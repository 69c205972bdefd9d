"""The standalone cloud as the functional tests see it: it must run (`make cloud`); they never start or skip it."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from functional import bridge_process
from functional.secrets_in import IN_EXECUTIONS, executions_since, plugin_lines, secrets_in
from functional.tenant import Tenant
from standalone import CLOUDS, LOGS, ROOT, in_region, logged_in

from customresource_bridge.clients.keystone import session as sessions
from customresource_bridge.compat import UTC


def _tenant(cloud: str) -> Tenant:
    session = logged_in(cloud)
    session.timeout = 180
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
            made[name] = in_region(sessions.load(cloud=name, timeout=180, min_token_life=300, connections=20))
            made[name].redirect = True  # Heat's own client asks by an id, and is told where the stack is
        return made[name]

    return make


@pytest.fixture(scope="session")
def demo() -> Iterator[Any]:
    """The plain tenant's keystoneauth session. At its end no workflow execution was told a secret."""
    began = datetime.now(UTC)
    session = _tenant("demo").session
    yield session
    inputs = executions_since(session, began)
    found = {key: secrets for key, text in inputs.items() if (secrets := secrets_in(text, names=IN_EXECUTIONS))}
    assert not found, f"{len(found)} of {len(inputs)} executions were told what they must not know: {found}"


@pytest.fixture(scope="session", autouse=True)
def nothing_secret_is_said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """All processes of ours speak at DEBUG, and at the end none of them has said what it must keep."""
    bridge_process.SAID_TO_ALL[:] = ["--debug"]
    began, engine_log = time.time(), LOGS / "heat-engine.log"
    size = engine_log.stat().st_size if engine_log.exists() else 0
    yield
    written = [*tmp_path_factory.getbasetemp().rglob("*.log"), *LOGS.glob("bridge-*.log")]
    said = {str(log): log.read_text(errors="replace") for log in written if log.stat().st_mtime >= began}
    said["heat-engine"] = plugin_lines(engine_log, size)
    found = {name: secrets for name, text in said.items() if (secrets := secrets_in(text))}
    assert not found, f"{len(found)} of {len(said)} logs hold what they must not: {found}"


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
