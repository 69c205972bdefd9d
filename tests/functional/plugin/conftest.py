from collections.abc import Iterator
from typing import Any

import pytest
from functional.plugin.situations import World, world

from customresource_bridge.clients.keystone.session import keep_connections
from customresource_bridge.clients.zaqar.zaqar import Zaqar


@pytest.fixture
def w(demo: Any) -> Iterator[World]:
    """A provider and stacks of a test's own."""
    keep_connections(demo, 64)
    with world(demo, Zaqar.from_session(demo)) as made:
        yield made
