"""A process's figures are served where they are wanted."""

import socket
import urllib.request

from customresource_bridge.cmd.daemon.status_server import serve_status
from customresource_bridge.gateway.metrics import GatewayMetrics


def test_figures_and_health_are_served_without_a_client_library() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = serve_status(("127.0.0.1", port), exposition=GatewayMetrics().exposition, problems=list)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            assert b"customresource_gateway_answers_total" in answer.read()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            assert answer.status == 200
    finally:
        server.stop()
