"""A gateway for a minute has a URL that every client reads alike; what it takes is in the functional tests."""

import pytest

from customresource_bridge.cmd.conformance.local_gateway import base_url


@pytest.mark.parametrize(
    ("host", "port", "base"),
    [
        ("127.0.0.1", 8443, "https://127.0.0.1:8443"),
        ("::1", 8443, "https://[::1]:8443"),
        ("gateway.example", 443, "https://gateway.example"),
        ("::1", 443, "https://[::1]"),
    ],
)
def test_the_gateway_s_url_is_one(host: str, port: int, base: str) -> None:
    assert base_url(host, port) == base
