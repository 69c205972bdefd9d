"""Run with Heat's Python: ``make unit-plugin``."""

import pytest
from oslo_config import cfg

from customresource_bridge.bridge.operator.threads import choose_threads

# Before anything of Heat is imported, whose modules load eventlet otherwise.
choose_threads()
cfg.CONF([], project="heat", default_config_files=[])  # before 10, oslo.config gives no option until it was called

from operations import Cloud  # noqa: E402


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()
