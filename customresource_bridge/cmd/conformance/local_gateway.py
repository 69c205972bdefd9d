"""Runs the real gateway for a minute, on https with a throw-away certificate, in front of a Heat of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread

from customresource_bridge.cmd.conformance.certificates import write_certificates
from customresource_bridge.cmd.conformance.exchange import LocalHeat, Recorder
from customresource_bridge.compat import UTC
from customresource_bridge.gateway.app import Gateway
from customresource_bridge.gateway.http.server import Listen, make_server
from customresource_bridge.gateway.settle import Settler
from customresource_bridge.gateway.upstream import Upstreams
from customresource_bridge.protocol import Request, Secret, limits
from customresource_bridge.protocol.crypto.sealed import Keyring, Sealed, new_key, seal


@dataclass(frozen=True, slots=True)
class LocalGateway:
    """A gateway that runs.

    :ivar heat: what takes the answers.
    :ivar make_url: makes a request's ResponseURL.
    :ivar ca_file: the authority to trust.
    """

    heat: LocalHeat
    make_url: Callable[[Request], Secret]
    ca_file: Path


@contextmanager
def local_gateway(folder: Path, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[LocalGateway]:
    """Run a gateway until the block ends.

    :param folder: takes its certificate.
    :param port: 0 takes one that is free.
    """
    ca_file, server_file = write_certificates(folder, host, now=datetime.now(UTC))
    heat, keyring = LocalHeat(), Keyring([new_key()])
    gateway = Gateway(
        keyring=keyring,
        settler=Settler(signal=heat),
        upstreams=Upstreams(),
        max_body=limits.MAX_RESPONSE_BYTES,
        clock=lambda: datetime.now(UTC),
    )
    listen = Listen(host=host, port=port, certificate=str(server_file), key=str(server_file))
    server = make_server(Recorder(gateway, heat), listen)
    base = base_url(host, server.address[1])

    def make_url(request: Request) -> Secret:
        now = datetime.now(UTC)
        inner = Secret("http://127.0.0.1/heat")
        content = Sealed.for_request(inner, request.identity, deadline=now + timedelta(hours=1))
        return seal(content, keyring=keyring, base=base, now=now)

    Thread(target=server.serve, daemon=True).start()
    try:
        yield LocalGateway(heat, make_url, ca_file)
    finally:
        server.stop()


def base_url(host: str, port: int) -> str:
    """Return the gateway's base URL: an IPv6 address in brackets, https's own port left out."""
    shown = f"[{host}]" if ":" in host else host
    return f"https://{shown}" + ("" if port == 443 else f":{port}")  # noqa: PLR2004 - https's own
