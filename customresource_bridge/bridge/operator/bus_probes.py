"""Sends the probes by which bridges learn whether they hear the message bus, in a thread of its own.

A probe that cannot be sent is not sent again: what is not heard counts, whatever the cause.
"""

import threading
from collections.abc import Callable

from oslo_log import log as oslo_log

from customresource_bridge.bridge.operator.bus_hearing import BusHearing

LOG = oslo_log.getLogger(__name__)

_WAITING = 1.0


class BusProbes:
    """One process's probes, from :meth:`start` to :meth:`stop`.

    :param hearing: says when the next one is due.
    :param listening: returns whether the process listens yet: before that, nothing is sent.
    :param send: sends one.
    """

    def __init__(self, hearing: BusHearing, *, listening: Callable[[], bool], send: Callable[[], None]) -> None:
        self._hearing = hearing
        self._listening = listening
        self._send = send
        self._begun = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bus-probes", daemon=True)

    def start(self) -> None:
        """Begin, once the process listens."""
        self._thread.start()

    def stop(self) -> None:
        """Send no more. It waits for none: a broker that is away may hold up the last one."""
        self._stopping.set()

    def step(self) -> float:
        """Send a probe if the process listens; return the seconds until the next time."""
        if not self._listening():
            return _WAITING
        if not self._begun:
            self._begun = True
            self._hearing.begin()
        try:
            self._send()
        except Exception as error:  # the next one is sent all the same
            LOG.debug("no probe of the message bus: %s", type(error).__name__)
        return self._hearing.pause()

    def _run(self) -> None:
        while not self._stopping.wait(self.step()):
            pass
