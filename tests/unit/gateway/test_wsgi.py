"""The module that WSGI servers import: it has an application, or it does not come up."""

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from customresource_bridge.errors import ConfigurationError
from customresource_bridge.gateway.app import Gateway
from customresource_bridge.protocol.crypto.sealed import new_key

NAME, VARIABLE = "customresource_bridge.gateway.wsgi", "CUSTOMRESOURCE_BRIDGE_CONFIG"


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(tmp_path / "gateway.conf")
    yield tmp_path / "gateway.conf"
    sys.modules.pop(NAME, None)
    if before is None:
        del os.environ[VARIABLE]
    else:
        os.environ[VARIABLE] = before


def test_the_variable_names_the_configuration(config: Path) -> None:
    config.write_text(f"[gateway]\ngateway_keys = {new_key().reveal()}\nmax_response_bytes = 5000\n")
    application = importlib.import_module(NAME).application
    assert isinstance(application, Gateway)
    assert application.max_body == 5000


def test_without_a_usable_configuration_it_does_not_come_up(config: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be used"):
        importlib.import_module(NAME)
    config.write_text("[gateway]\n")
    with pytest.raises(ConfigurationError, match="gateway_keys"):
        importlib.import_module(NAME)
