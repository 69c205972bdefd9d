"""Starts an oslo.messaging server once its broker is there: until then it tries again, in a thread of its own."""

import threading
from typing import Any

from oslo_log import log as oslo_log

from customresource_bridge.bridge.trouble_log import TroubleLog

LOG = oslo_log.getLogger(__name__)

_PAUSE = 5.0


class BrokerListener:
    """One server and the thread that waits for its broker.

    :param server: oslo.messaging's, not yet started.
    :param name: of the thread.
    :param begun: what is logged when it listens.
    """

    def __init__(self, server: Any, *, name: str, begun: str) -> None:
        self._server = server
        self._begun = begun
        self._stopping = threading.Event()
        self._trouble = TroubleLog(LOG, f"listen ({name})", of="message bus")
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.listening = False

    def start(self) -> None:
        """Begin to wait for the broker."""
        self.thread.start()

    def stop(self) -> None:
        """Hear no more."""
        self._stopping.set()
        if not self.thread.is_alive():  # else it still waits for the broker
            self._server.stop()
            self._server.wait()

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond :meth:`stop`."""
        self._stopping.wait(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._server.start()
            except Exception as error:  # whatever the driver raises, the broker is not to be had
                self._trouble.failed(type(error).__name__)
                self._stopping.wait(_PAUSE)
            else:
                self._trouble.works()
                self.listening = True
                LOG.info(self._begun)
                return
