"""The TLS that the gateway's own server speaks. It reads the certificate and its key, and nothing else."""

import ssl
from pathlib import Path

from customresource_bridge.errors import ConfigurationError


def tls_context(certificate: str, key: str | None) -> ssl.SSLContext:
    """Return a server's context for a chain and its key (PEM files).

    :raises ConfigurationError: one of them is missing or unusable.
    """
    for what, name in (("certificate", certificate), ("key", key)):
        if name is None or not Path(name).is_file():
            raise ConfigurationError(f"The TLS {what} {name or ''} is no file: name a PEM file")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION  # a handshake costs the server more than its client
    context.num_tickets = 0  # handlers come once, and no front comes so often that a handshake counts
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise ConfigurationError(f"The TLS certificate or key cannot be used: {error}") from None
    return context
