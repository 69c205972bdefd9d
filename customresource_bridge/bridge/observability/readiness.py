"""Says whether a process can work now: whether each service that it needs can be reached.

It asks the services only when it is asked itself, and not again while the last answer is fresh, so that any number of
probes costs the cloud a call each few seconds.
"""

import threading
from collections.abc import Callable, Mapping

from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.bridge.clock import Clock

LOG = oslo_log.getLogger(__name__)

FRESH = 5.0
"""Seconds that an answer serves again."""

Check = Callable[[], object]
"""Asks one service something light; raises CustomResourceError where that fails."""


class Readiness:
    """Knows what keeps a process from its work; safe to use from any thread."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held: str | None = "it has only begun"
        self._checks: Mapping[str, Check] = {}
        self._asked_at: float | None = None
        self._problems: list[str] = []

    def hold(self, why: str) -> None:
        """Say that it is not ready, whatever the services say."""
        self._held = why

    def watch(self, checks: Mapping[str, Check]) -> None:
        """Say what is to be asked from now on, by service."""
        with self._lock:
            self._checks, self._asked_at, self._held = checks, None, None

    def problems(self) -> list[str]:
        """Return what keeps it from its work, each beginning with the service; none means that it is ready."""
        if self._held is not None:
            return [self._held]
        with self._lock:
            now = self._clock.monotonic()
            if self._asked_at is None or now - self._asked_at >= FRESH:
                found = (_ask(name, check) for name, check in self._checks.items())
                self._problems = [problem for problem in found if problem is not None]
                self._asked_at = self._clock.monotonic()
            return list(self._problems)


def _ask(name: str, check: Check) -> str | None:
    try:
        check()
    except errors.CustomResourceError as error:
        return f"{name}: {' '.join(str(error).split())}"
    except Exception as error:
        LOG.exception("readiness of %s: unexpected error", name)
        return f"{name}: {type(error).__name__}"
    return None
