"""``customresource-bridge gateway``: runs the response gateway with a server of its own, or makes a key for it."""

import argparse
import logging
import os
import signal
import sys
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from customresource_bridge.cmd.gmr import GuruMeditation
from customresource_bridge.gateway import conf, server
from customresource_bridge.protocol.sealed import new_key


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--config-file",
        default=os.environ.get("CUSTOMRESOURCE_BRIDGE_CONFIG", "/etc/customresource-bridge/gateway.conf"),
        help="configuration with a [gateway] section (default: $CUSTOMRESOURCE_BRIDGE_CONFIG, else %(default)s)",
    )
    parser.add_argument("--new-key", action="store_true", help="print a fresh key for gateway_keys, and end")


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT.

    :raises ConfigurationError: an option is missing or wrong.
    """
    if arguments.new_key:
        sys.stdout.write(new_key().reveal() + "\n")
        return 0
    configuration = conf.load([arguments.config_file])
    conf.set_up_logs(configuration)
    _serve(configuration)
    return 0


def _serve(configuration: Any) -> None:
    GuruMeditation(configuration, name="customresource-bridge-gateway")
    options = configuration.gateway
    listen = server.Listen(
        host=options.host,
        port=options.port,
        certificate=options.tls_certificate,
        key=options.tls_key,
        threads=options.threads,
        timeout=options.client_timeout,
    )
    application = conf.build(configuration, clock=lambda: datetime.now(UTC))
    running = server.make_server(application, listen)
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
