"""Posts heartbeats, in a thread of its own: no request waits for them, and where one is not posted the next one may be.

Beside that it changes nothing, and reads nothing but the requests in flight.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib.metadata import version
from typing import Protocol
from uuid import uuid4

from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.bridge.background_thread import BackgroundThread
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.protocol import ids
from customresource_bridge.protocol.messaging.heartbeat import INTERVAL, TTL, BridgeMode, Heartbeat

LOG = oslo_log.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that Zaqar may take for a heartbeat, and that a bridge's end waits for the last one."""


class Begun(Protocol):
    """A request in flight, as far as a heartbeat speaks of it."""

    @property
    def since(self) -> float:
        """When it was claimed, on the monotonic clock."""


class Heartbeats:
    """One process's heartbeats, from :meth:`start` to :meth:`stop`.

    :param zaqar: the queues of the project whose credentials the bridge has.
    :param about: what stays the same in each.
    :param entries: returns the requests in flight.
    :param patience: seconds that :meth:`stop` waits at most.
    """

    def __init__(
        self,
        zaqar: Zaqar,
        about: Heartbeat,
        *,
        entries: Callable[[], Iterable[Begun]],
        clock: Clock,
        patience: float = PATIENCE,
    ) -> None:
        self._zaqar = zaqar
        self._about = about
        self._entries = entries
        self._clock = clock
        self._patience = patience
        self._stopping = threading.Event()
        self._thread = BackgroundThread(self._run, name="heartbeats")

    @classmethod
    def of_this_process(
        cls,
        zaqar: Zaqar,
        *,
        mode: BridgeMode,
        workers: int,
        entries: Callable[[], Iterable[Begun]],
        queue: str = "",
    ) -> "Heartbeats":
        """Return the heartbeats of the process that this is.

        :param queue: the one that a provider answers.
        """
        clock = Clock()
        about = Heartbeat(
            id=uuid4().hex,
            host=socket.gethostname(),
            pid=os.getpid(),
            version=version("customresource-bridge"),
            mode=mode,
            workers=workers,
            started_at=clock.now(),
            queue=queue,
        )
        return cls(zaqar, about, entries=entries, clock=clock)

    def start(self) -> None:
        """Begin; the first is posted at once."""
        self._thread.start()

    def stop(self) -> None:
        """Say that the bridge has stopped, and end; where Zaqar is slow, end without it."""
        self._stopping.set()
        self._thread.join(time.monotonic() + self._patience)

    def beat(self, *, stopped: bool = False) -> None:
        """Post one heartbeat, if that can be."""
        try:
            self._zaqar.post(ids.BRIDGE_QUEUE, self._heartbeat(stopped=stopped).to_dict(), ttl=TTL)
        except errors.CustomResourceError as error:
            # The trouble log speaks of it where it matters: at the bell and at the claims.
            LOG.debug("no heartbeat: %s", error)
        except Exception:  # the next one is posted all the same
            LOG.exception("heartbeats: unexpected error")

    def _heartbeat(self, *, stopped: bool) -> Heartbeat:
        since = [entry.since for entry in self._entries()]
        oldest = max(0, int(self._clock.monotonic() - min(since))) if since else None
        return replace(self._about, in_flight=len(since), oldest=oldest, stopped=stopped)

    def _run(self) -> None:
        self.beat()
        while not self._stopping.wait(INTERVAL):
            self.beat()
        self.beat(stopped=True)
