import pytest
from bridge_parts import Time


@pytest.fixture
def time() -> Time:
    return Time()
