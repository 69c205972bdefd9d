"""Finds the queues that have work: by the project's bell, and by a slow sweep for requests whose bell was lost."""

import math
import threading
from typing import Protocol

from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.bridge.background_thread import BackgroundThread
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.settings import Settings
from customresource_bridge.bridge.trouble_log import TroubleLog
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.protocol import Bell, RequestError, ids

LOG = oslo_log.getLogger(__name__)

_TROUBLE = 2.0
_IDLE_AFTER = 25.0
"""Seconds without work until a bridge is idle."""
_QUEUE_SECONDS = 1.0
_LONGEST_TROUBLE = 30.0
_STALE = 120.0
"""Seconds after which a look that has not ended counts as none."""


def sweep_pause(queues: int, *, at_least: float) -> float:
    """Return the seconds from one sweep to the next, so that what sweeps cost does not grow with the stacks.

    Each queue that is found takes one call, to see that it is empty. With very many queues that may come rarely: the
    plugin posts an unanswered request again, and rings again, long before.
    """
    return max(at_least, queues * _QUEUE_SECONDS)


def bell_pause(since_work: float, settings: Settings) -> float:
    """Return the seconds until the next look at the bell.

    Work comes in groups: a stack's next request is likely soon after its last, so the first looks follow each other
    closely. A look costs Zaqar and the bridge some milliseconds of processor time each, whether or not it finds
    anything. Where the next request comes ever less likely with the time, as one over it, looks and waiting together
    cost the least with pauses that grow as its root.
    """
    pause = settings.idle_interval * math.sqrt(since_work / _IDLE_AFTER)
    return min(max(pause, settings.busy_interval), settings.idle_interval)


class Found(Protocol):
    """Takes note of queues."""

    def __call__(self, queue: str, *, swept: bool = False) -> None:
        """Note that a queue has, or may have, work."""


class Bells:
    """Listens to one project's bell, and sweeps its queues, in a thread of its own.

    :param of: whose queues they are, for the log.
    :param found: called with the name of each queue that was rung for, or, with ``swept``, that a sweep came upon.
    """

    def __init__(self, zaqar: Zaqar, settings: Settings, *, of: str, found: Found, clock: Clock) -> None:
        self._zaqar = zaqar
        self._settings = settings
        self._found = found
        self._clock = clock
        self._worked_at = -math.inf
        self._sweep_at = 0.0
        self._retry_in = 0.0
        self._looked_at = -math.inf
        self._problem: errors.CustomResourceError | None = None
        self._trouble = TroubleLog(LOG, "look for work", of=of, clock=clock)
        self._stopping = threading.Event()
        self._thread = BackgroundThread(self._run, name="bells")

    def start(self) -> None:
        """Begin to listen; the first thing is a sweep."""
        self._thread.start()

    def stop(self, until: float = math.inf) -> None:
        """End; wait for that no longer than ``until``."""
        self._stopping.set()
        self._thread.join(until)

    def look(self) -> float:
        """Look once; return the seconds until the next time."""
        now = self._clock.monotonic()
        try:
            if now >= self._sweep_at:
                self._sweep_at = now + sweep_pause(self._sweep(), at_least=self._settings.sweep_interval)
            if self._listen():
                self._worked_at = now
                self._listens()
                return 0.0
        except errors.CustomResourceError as error:
            self._problem = error
            self._retry_in = min(max(_TROUBLE, 2 * self._retry_in), _LONGEST_TROUBLE)
            self._trouble.failed(error)
            return self._retry_in
        self._listens()
        return bell_pause(now - self._worked_at, self._settings)

    def ping(self) -> None:
        """See that a bell would be heard.

        :raises ServiceUnavailable: it did not listen of late: the last look failed, or none came to its end.
        """
        if self._problem is not None:
            raise errors.ServiceUnavailable("The bridge", "listen to its bell", str(self._problem))
        if self._clock.monotonic() - self._looked_at >= _STALE:
            raise errors.ServiceUnavailable("The bridge", "listen to its bell", "it has not looked yet, or no more")

    def _listens(self) -> None:
        """Note that a look came to its end."""
        self._looked_at = self._clock.monotonic()
        self._problem = None
        self._trouble.works()
        if self._retry_in:
            self._retry_in = 0.0
            self._sweep_at = 0.0

    def _listen(self) -> bool:
        bells = self._zaqar.claim_hints(ids.BELL_QUEUE)
        for bell in bells:
            try:
                self._found(Bell.parse(bell.body).queue)
            except RequestError as error:
                LOG.warning("dropped a bell that cannot be read: %s", error)
        self._zaqar.delete_all(ids.BELL_QUEUE, bells)
        return bool(bells)

    def _sweep(self) -> int:
        queues = [queue for queue in self._zaqar.queues(ids.QUEUE_PREFIX) if ids.is_stack_queue(queue)]
        for queue in queues:
            self._found(queue, swept=True)
        return len(queues)

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            try:
                pause = self.look()
            except Exception:
                LOG.exception("bells: unexpected error")
                pause = _TROUBLE
