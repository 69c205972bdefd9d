import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openstack import config as openstack_config

from customresource_bridge.clients.session import keep_connections
from customresource_bridge.clients.zaqar import Zaqar

from .handler import Handler, Script, succeed
from .stacks import Stacks

CLOUDS = Path(__file__).parents[3] / ".cloud" / "clouds.yaml"


@pytest.fixture(scope="session")
def session() -> Any:
    os.environ.setdefault("OS_CLIENT_CONFIG_FILE", str(CLOUDS))
    found = openstack_config.OpenStackConfig(config_files=[os.environ["OS_CLIENT_CONFIG_FILE"]]).get_one("demo")
    keystone = found.get_session()
    keep_connections(keystone, 40)
    return keystone


@pytest.fixture(scope="session")
def zaqar(session: Any) -> Zaqar:
    return Zaqar.from_session(session)


@pytest.fixture
def stacks(session: Any) -> Iterator[Stacks]:
    with Stacks(session) as made:
        yield made


@pytest.fixture
def handler(zaqar: Zaqar, stacks: Stacks) -> Iterator[Handler]:
    # Before ``stacks`` ends, what is left over is answered kindly, so that it can be deleted.
    with Handler(zaqar) as provider:
        yield provider
        provider.script = succeed
        for stack in stacks.made:
            stack.heat.stacks.delete(stack.id)


__all__ = ["Handler", "Script"]
