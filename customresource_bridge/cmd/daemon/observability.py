"""What one process of the bridge shows of itself: the log of steps, metrics, readiness, the report on a signal.

It needs no service, so that it can be made first and say what the process waits for.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from oslo_log import log as oslo_log
from oslo_utils import netutils

from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.in_flight import InFlight
from customresource_bridge.bridge.observability.events import Observer, Observers
from customresource_bridge.bridge.observability.readiness import Check, Readiness
from customresource_bridge.bridge.observability.request_log import log_step
from customresource_bridge.cmd.daemon.gmr import GuruMeditation
from customresource_bridge.errors import ConfigurationError

LOG = oslo_log.getLogger(__name__)

DEFAULT_PORT = 9474


class Observability:
    """One process, observed.

    :param worker: its number among the processes of one service: each has a port of its own.
    :raises ConfigurationError: ``[observability] listen`` is wrong or taken, or the extra ``observe`` is missing.

    Made in the process's main thread.
    """

    def __init__(self, conf: Any, *, worker: int = 0) -> None:
        self._gmr = GuruMeditation(conf, name="customresource-bridge")
        self._readiness = Readiness(clock=Clock())
        self._metrics: Any = None
        self._server: Any = None
        address = listen_address(conf, worker=worker)
        if address is not None:
            self._metrics, self._server = _listen(address, self._readiness.problems)

    def observer(self, *more: Observer) -> Observer:
        """Return what a bridge is to tell."""
        figures = [self._metrics] if self._metrics is not None else []
        return Observers([log_step, *figures, *more])

    def begin(
        self,
        entries: Callable[[], Iterable[InFlight]],
        *,
        projects: Callable[[], int],
        checks: Mapping[str, Check],
    ) -> None:
        """Say where the requests in flight are to be seen, and what the process needs to be ready."""
        self._gmr.show("Requests in flight", lambda: _shown(entries()))
        if self._metrics is not None:
            self._metrics.show_in_flight(entries, projects=projects, monotonic=time.monotonic)
        self._readiness.watch(checks)

    def hold(self, why: str) -> None:
        """Say why the process is not ready."""
        self._readiness.hold(why)

    def end(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.stop()


def parse_address(text: str, *, option: str, default_port: int, worker: int = 0) -> tuple[str, int]:
    """Return the host and port of an option's text.

    :param worker: how much the port is above the one that is written.
    :raises ConfigurationError: the option is no address.
    """
    try:
        host, port = netutils.parse_host_port(text, default_port=default_port)
    except (ValueError, TypeError):
        host, port = "", 0
    if not host or not 0 < port + worker < 2**16:
        raise ConfigurationError(f"{option} = {text}: write an address and a port, as 127.0.0.1:{default_port}")
    return host, port + worker


def listen_address(conf: Any, *, worker: int) -> tuple[str, int] | None:
    """Return where a process listens; None where it is not to.

    :raises ConfigurationError: the option is no address.
    """
    text = conf.observability.listen
    if not text:
        return None
    return parse_address(text, option="[observability] listen", default_port=DEFAULT_PORT, worker=worker)


def _listen(address: tuple[str, int], problems: Callable[[], list[str]]) -> tuple[Any, Any]:
    try:
        from customresource_bridge.bridge.observability.metrics import Metrics  # noqa: PLC0415 - an extra: most do without it
        from customresource_bridge.cmd.daemon.status_server import serve_status  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"[observability] listen: {error.name} is missing: pip install 'customresource-bridge[observe]'"
        ) from error
    metrics = Metrics()
    return metrics, serve_status(address, exposition=metrics.exposition, problems=problems)


def _shown(entries: Iterable[InFlight]) -> dict[str, str]:
    now = time.monotonic()
    return {str(entry): f"since {now - entry.since:.0f} s, {_stage(entry)}" for entry in entries}


def _stage(entry: InFlight) -> str:
    if entry.response is not None:
        return "answered" if entry.answered else f"being answered, attempt {entry.attempts + 1}"
    waits = "held back: its project has its share" if entry.held_back else "not started"
    stage = f"runs as execution {entry.execution_id}" if entry.started else waits
    return stage if entry.claimed else f"{stage}, its claim is lost"
