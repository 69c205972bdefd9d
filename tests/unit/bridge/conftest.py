import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from bridge_parts import Time


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def handled() -> Iterator[list[Any]]:
    """The exception that was being handled at each warning: oslo.log adds its text."""
    seen: list[Any] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno == logging.WARNING:
                seen.append(sys.exc_info()[1])

    listener, logger = Listener(), logging.getLogger("customresource_bridge.bridge")
    logger.addHandler(listener)
    yield seen
    logger.removeHandler(listener)
