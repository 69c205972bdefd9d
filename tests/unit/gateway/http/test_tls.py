import ssl
from pathlib import Path

import pytest
import trustme

from customresource_bridge.errors import ConfigurationError
from customresource_bridge.gateway.http.tls import tls_context


def test_a_certificate_that_is_no_file_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"TLS certificate /nowhere\.pem is no file"):
        tls_context("/nowhere.pem", "/nowhere.key")


def test_a_key_that_is_left_out_is_named(tmp_path: Path) -> None:
    (tmp_path / "chain.pem").write_text("no certificate")
    with pytest.raises(ConfigurationError, match="TLS key  is no file"):
        tls_context(str(tmp_path / "chain.pem"), None)


def test_what_is_no_certificate_is_explained(tmp_path: Path) -> None:
    chain = tmp_path / "chain.pem"
    chain.write_text("no certificate")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        tls_context(str(chain), str(chain))


def test_old_versions_and_renegotiation_are_not_spoken(tmp_path: Path) -> None:
    chain = tmp_path / "chain.pem"
    trustme.CA(key_type=trustme.KeyType.ECDSA).issue_cert("gateway").private_key_and_cert_chain_pem.write_to_path(chain)
    context = tls_context(str(chain), str(chain))
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_RENEGOTIATION
