"""``customresource-bridge gateway``: runs the response gateway with a server of its own, or makes a key for it."""

import argparse
import logging
import os
import signal
import sys
from datetime import datetime
from threading import Thread
from typing import Any

from customresource_bridge.cmd.arguments import add_config_file, add_debug
from customresource_bridge.cmd.daemon.gmr import GuruMeditation
from customresource_bridge.cmd.daemon.observability import parse_address
from customresource_bridge.cmd.daemon.status_server import serve_status
from customresource_bridge.compat import UTC
from customresource_bridge.conf import warn_of_readable_secrets
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.gateway import conf, options
from customresource_bridge.gateway.app import Gateway
from customresource_bridge.gateway.http import server
from customresource_bridge.protocol.crypto.sealed import new_key

_STATUS_PORT = 9480
_VARIABLE = "CUSTOMRESOURCE_BRIDGE_CONFIG"
_CONFIG_FILE = "/etc/customresource-bridge/gateway.conf"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_config_file(parser, default=f"${_VARIABLE}, else {_CONFIG_FILE}")
    add_debug(parser)
    parser.add_argument("--new-key", action="store_true", help="print a fresh key for gateway_keys, and end")


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT.

    :raises ConfigurationError: an option is missing or wrong.
    """
    if arguments.new_key:
        sys.stdout.write(new_key().reveal() + "\n")
        return 0
    configuration = conf.load(arguments.config_file or [os.environ.get(_VARIABLE, _CONFIG_FILE)])
    if arguments.debug:
        configuration.set_override("debug", True)
    conf.set_up_logs(configuration)
    warn_of_readable_secrets(configuration, options.list_opts())
    _serve(configuration)
    return 0


def _serve(configuration: Any) -> None:
    GuruMeditation(configuration, name="customresource-bridge-gateway")
    given = configuration.gateway
    listen = server.Listen(
        host=given.host,
        port=given.port,
        certificate=given.tls_certificate,
        key=given.tls_key,
        threads=given.threads,
        timeout=given.client_timeout,
        patience=given.request_timeout,
        connections=given.max_connections,
        each=given.max_connections_per_address,
    )
    application = conf.build(configuration, clock=lambda: datetime.now(UTC))
    running = server.make_server(application, listen, farewell=application.metrics.hung_up)
    status = _status(given.metrics_listen, application, public=(listen.host, listen.port))
    scheme = "https" if listen.certificate else "http"
    if scheme == "http" or listen.port != 443:  # noqa: PLR2004 - the one port that every handler reaches
        logging.getLogger(__name__).warning(
            "Many handlers reach https on port 443 only; this is %s on port %d: have a front there", scheme, listen.port
        )
    for number in (signal.SIGTERM, signal.SIGINT):
        # In a thread: stopping waits for the server's threads, and a signal's handler must not.
        signal.signal(number, lambda *_: Thread(target=running.stop).start())
    sys.stderr.write(f"Gateway on {scheme}://{listen.host}:{listen.port}\n")
    running.serve()
    if status is not None:
        status.stop()


def _status(text: str | None, application: Gateway, *, public: tuple[str, int]) -> Any:
    """Serve the figures where they are wanted: never at the public address, which strangers reach."""
    if not text:
        return None
    address = parse_address(text, option="[gateway] metrics_listen", default_port=_STATUS_PORT)
    if address == public:
        raise ConfigurationError(f"[gateway] metrics_listen = {text}: that is the public address; choose a private one")
    return serve_status(address, exposition=application.metrics.exposition, problems=list)
