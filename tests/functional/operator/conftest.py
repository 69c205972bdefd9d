"""Operator mode on the standalone cloud: Heat told of the bridge's user, tenants with workflows, and their stacks."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from functional.operator.broker import WayToBroker
from functional.operator.operators import WORKFLOWS, Operator, broker_url
from functional.operator.users import User
from functional.plugin.stacks import Stacks
from standalone import cloud, options

from customresource_bridge.clients.mistral.mistral import Mistral


@pytest.fixture(scope="session")
def heat_figures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder into which heat-engine's workers write their figures while the tests run."""
    return tmp_path_factory.mktemp("figures")


@pytest.fixture(scope="session")
def operator_user(
    cloud_session: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory, heat_figures: Path
) -> Iterator[Operator]:
    """Return the bridge's user, with Heat told of it while the tests run."""
    made = Operator(cloud_session("admin"), tmp_path_factory.mktemp("operator"))
    told = options("heat", "operator-test")
    try:
        told.write_text(f"[custom_resource]\nbridge_user_id = {made.user_id}\nmetrics_directory = {heat_figures}\n")
        cloud("restart", "heat-engine")
        yield made
    finally:
        told.unlink()
        cloud("restart", "heat-engine")
        made.stop()


@pytest.fixture
def operator(operator_user: Operator) -> Iterator[Operator]:
    yield operator_user
    operator_user.stop()


@pytest.fixture
def broker(operator_user: Operator) -> Iterator[WayToBroker]:
    """Return a way to the broker that can be cut without harm to the cloud's own services."""
    del operator_user  # Heat is configured by then
    way = WayToBroker(broker_url())
    yield way
    way.cut()


@pytest.fixture(scope="session")
def tenant_of(cloud_session: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return what gives a tenant's session, with the workflows in its project."""

    def make(name: str) -> Any:
        session = cloud_session(name)
        manager = Mistral.from_session(session, timeout=120)._workflows
        known = {workflow.name for workflow in manager.list()}
        manager.update(WORKFLOWS) if "crbo_who" in known else manager.create(WORKFLOWS)
        return session

    return make


@pytest.fixture
def stacks_of(tenant_of: Callable[[str], Any]) -> Iterator[Callable[[str], Stacks]]:
    made: dict[str, Stacks] = {}

    def make(name: str) -> Stacks:
        if name not in made:
            made[name] = Stacks(tenant_of(name))
        return made[name]

    yield make
    with ThreadPoolExecutor(max(1, len(made))) as pool:
        list(pool.map(Stacks.__exit__, made.values()))


@pytest.fixture
def user(operator_user: Operator, cloud_session: Callable[[str], Any]) -> Iterator[Callable[..., User]]:
    made: list[User] = []

    def make(name: str, *roles: str) -> User:
        made.append(User(operator_user, name, cloud_session("demo").get_project_id(), roles=roles or ["member"]))
        return made[-1]

    yield make
    for one in made:
        one.leave()
