"""What the gateway's own server refuses before it listens; its conversations are in the functional tests."""

from pathlib import Path
from typing import Any

import pytest

from customresource_bridge.errors import ConfigurationError
from customresource_bridge.gateway.server import Listen, make_server


def application(_environ: Any, _start: Any) -> list[bytes]:
    return []


def test_a_certificate_that_is_no_file_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"TLS certificate /nowhere\.pem is no file"):
        make_server(application, Listen(certificate="/nowhere.pem", key="/nowhere.key"))


def test_a_key_that_is_left_out_is_named(tmp_path: Path) -> None:
    (tmp_path / "chain.pem").write_text("no certificate")
    with pytest.raises(ConfigurationError, match="TLS key  is no file"):
        make_server(application, Listen(certificate=str(tmp_path / "chain.pem")))


def test_what_is_no_certificate_is_explained(tmp_path: Path) -> None:
    (tmp_path / "chain.pem").write_text("no certificate")
    chain = str(tmp_path / "chain.pem")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        make_server(application, Listen(certificate=chain, key=chain))


def test_an_address_that_is_not_ours_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"Cannot listen on 192\.0\.2\.1 port 1"):
        make_server(application, Listen(host="192.0.2.1", port=1))


def test_a_bound_server_keeps_its_limits() -> None:
    server = make_server(application, Listen(threads=2, timeout=3, patience=7.0))
    try:
        assert (server.patience, server.max_request_header_size, server.timeout) == (7.0, 64 * 1024, 3)
    finally:
        server.stop()
