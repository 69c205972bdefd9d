"""A wrong configuration stops the gateway at its start, with the option's name and never a key."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from customresource_bridge.errors import ConfigurationError
from customresource_bridge.gateway import conf
from customresource_bridge.gateway.app import Gateway
from customresource_bridge.protocol.sealed import new_key


def build(folder: Path, text: str) -> Gateway:
    file = folder / "gateway.conf"
    file.write_text(f"[gateway]\n{text}\n")
    return conf.build(conf.load([str(file)]), clock=lambda: datetime.now(UTC))


def test_two_keys_are_enough(tmp_path: Path) -> None:
    gateway = build(tmp_path, f"gateway_keys = {new_key().reveal()},{new_key().reveal()}")
    assert gateway.max_body == 256 * 1024


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "gateway_keys"),
        ("gateway_keys = garbage", "key 1"),
        ("gateway_keys = KEY\nmax_response_bytes = lots", "max_response_bytes"),
        ("gateway_keys = KEY\nmax_response_bytes = 99999999", "max_response_bytes"),
        ("gateway_keys = KEY\nport = 70000", "port"),
        ("gateway_keys = KEY\nca_file = /nowhere.pem", "ca_file"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    key = new_key().reveal()
    with pytest.raises(ConfigurationError, match=named) as caught:
        build(tmp_path, text.replace("KEY", key))
    assert key not in str(caught.value)
    assert "garbage" not in str(caught.value)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.conf"):
        conf.load(["/nowhere.conf"])
