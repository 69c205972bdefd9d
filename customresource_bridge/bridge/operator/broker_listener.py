"""Starts an oslo.messaging server once its broker is there: until then it tries again, in a thread of its own."""

import threading
from collections.abc import Callable
from typing import Any

from oslo_log import log as oslo_log

from customresource_bridge.bridge.trouble_log import TroubleLog

LOG = oslo_log.getLogger(__name__)

_PAUSE = 5.0


class BrokerListener:
    """One server and the thread that waits for its broker.

    :param make_server: returns a server of oslo.messaging's that was not yet started: a new one for each attempt, since
        one whose start failed takes itself for started, and the next start does nothing.
    :param name: of the thread.
    :param begun: what is logged when it listens.
    """

    def __init__(self, make_server: Callable[[], Any], *, name: str, begun: str) -> None:
        self._make_server = make_server
        self._server: Any = None
        self._begun = begun
        self._stopping = threading.Event()
        self._trouble = TroubleLog(LOG, f"listen ({name})", of="message bus")
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.listening = False
        self.problem = "no broker has been reached yet"
        """Why it does not listen, where it does not."""

    def start(self) -> None:
        """Begin to wait for the broker."""
        self.thread.start()

    def stop(self) -> None:
        """Hear no more."""
        self._stopping.set()
        if not self.thread.is_alive() and self._server is not None:  # else it still waits for the broker
            self._server.stop()
            self._server.wait()

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond :meth:`stop`."""
        self._stopping.wait(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                server = self._make_server()
                server.start()
            except Exception as error:  # whatever the driver raises, the broker is not to be had, or refuses the queue
                self.problem = f"the broker was not reached, or refused the queue ({type(error).__name__})"
                self._trouble.failed(type(error).__name__)
                self._stopping.wait(_PAUSE)
            else:
                self._server = server
                self._trouble.works()
                self.listening = True
                LOG.info(self._begun)
                return
