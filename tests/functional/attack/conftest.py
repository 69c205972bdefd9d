from collections.abc import Iterator

import pytest
from functional.attack.measure import running
from functional.gateway.running import Running


@pytest.fixture(scope="module", params=["http", "https"])
def attacked(request: pytest.FixtureRequest) -> Iterator[Running]:
    """Return the gateway's own server in front of a stub of Heat."""
    with running(None, tls=request.param == "https") as gateway:
        yield gateway
