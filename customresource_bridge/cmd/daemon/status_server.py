"""Serves a process's figures, health and readiness at a private address, by a server of its own."""

from collections.abc import Callable
from threading import Thread

from oslo_log import log as oslo_log

from customresource_bridge.bridge.observability.http_endpoint import StatusApplication
from customresource_bridge.gateway.http.application import WSGIApplication
from customresource_bridge.gateway.http.server import Listen, Server, make_server

LOG = oslo_log.getLogger(__name__)

_THREADS = 4


def serve_status(
    address: tuple[str, int], *, exposition: Callable[[], bytes], problems: Callable[[], list[str]]
) -> Server:
    """Serve them in threads of their own; return the server, which has ``stop()``.

    :param exposition: returns the figures in Prometheus' text format.
    :param problems: returns what keeps the process from its work.
    :raises ConfigurationError: the address is taken.
    """
    application = WSGIApplication(StatusApplication(exposition=exposition, problems=problems))
    server = make_server(application, Listen(host=address[0], port=address[1], threads=_THREADS))
    Thread(target=server.serve, name="status", daemon=True).start()
    LOG.info("metrics, health and readiness on http://%s:%d", *address)
    return server
