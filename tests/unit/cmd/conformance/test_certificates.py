import ipaddress
import stat
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from customresource_bridge.cmd.conformance.certificates import write_certificates
from customresource_bridge.compat import UTC

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def written(folder: Path, host: str) -> tuple[x509.Certificate, x509.Certificate]:
    ca_file, server_file = write_certificates(folder, host, now=NOW)
    return (
        x509.load_pem_x509_certificate(ca_file.read_bytes()),
        x509.load_pem_x509_certificate(server_file.read_bytes()),
    )


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost", x509.DNSName("localhost")),
        ("127.0.0.1", x509.IPAddress(ipaddress.ip_address("127.0.0.1"))),
        ("::1", x509.IPAddress(ipaddress.ip_address("::1"))),
    ],
)
def test_the_server_s_certificate_is_for_its_host_and_signed_by_the_authority(
    host: str, name: x509.GeneralName, tmp_path: Path
) -> None:
    authority, server = written(tmp_path, host)
    server.verify_directly_issued_by(authority)
    assert list(server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value) == [name]
    assert server.not_valid_before_utc < NOW < server.not_valid_after_utc


def test_only_the_authority_may_sign(tmp_path: Path) -> None:
    authority, server = written(tmp_path, "localhost")
    may_sign = [
        certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        for certificate in (authority, server)
    ]
    assert may_sign == [True, False]
    assert isinstance(server.public_key(), ec.EllipticCurvePublicKey)


def test_nobody_else_reads_the_key_and_the_authority_s_is_not_kept(tmp_path: Path) -> None:
    ca_file, server_file = write_certificates(tmp_path, "localhost", now=NOW)
    assert stat.S_IMODE(server_file.stat().st_mode) == 0o600
    assert b"PRIVATE KEY" not in ca_file.read_bytes()
    assert server_file.read_bytes().count(b"PRIVATE KEY") == 2
