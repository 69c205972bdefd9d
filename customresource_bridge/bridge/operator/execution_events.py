"""Hears from Mistral that executions have ended: the watcher's next look need not be waited for. In operator mode.

Sent by ``publisher`` where the operator has told Mistral of it. Each process hears all hints, since it alone knows
which requests it has. A lost one costs nothing: the watcher looks all the same.
"""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import oslo_messaging
from oslo_config import cfg
from oslo_log import log as oslo_log

from customresource_bridge.protocol import hint, ids

LOG = oslo_log.getLogger(__name__)

_TROUBLE = 5.0


class ExecutionEvents:
    """Listens, in threads of oslo.messaging's.

    :param conf: oslo.config's, for oslo.messaging's own options.
    :param url: of Mistral's message broker; None takes ``transport_url``.
    :param ended: called with the id of an execution that has ended; it must be short.
    """

    def __init__(self, conf: Any, *, url: str | None, ended: Callable[[str], None]) -> None:
        self._transport = oslo_messaging.get_rpc_transport(conf, url=url)
        _without_tracing(conf)
        target = oslo_messaging.Target(topic=hint.TOPIC, server=uuid.uuid4().hex)
        self._server = oslo_messaging.get_rpc_server(
            self._transport,
            target,
            [_ExecutionEndpoint(ended)],
            executor="threading",
            access_policy=oslo_messaging.DefaultRPCAccessPolicy,
        )
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="execution-events", daemon=True)

    def start(self) -> None:
        """Begin to listen, once the broker is there."""
        self._thread.start()

    def stop(self) -> None:
        """Hear no more."""
        self._stopping.set()
        if not self._thread.is_alive():  # else it still waits for the broker
            self._server.stop()
            self._server.wait()
        self._transport.cleanup()

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                self._server.start()
            except Exception as error:  # whatever the driver raises, the broker is not to be had
                LOG.warning("cannot hear of executions' ends, next try in 5 s: %s", type(error).__name__)
                self._stopping.wait(_TROUBLE)
            else:
                LOG.info("hearing of executions' ends")
                return


def _without_tracing(conf: Any) -> None:
    # oslo.messaging 18.3 registers the options of its tracing with the global configuration alone, and then looks for
    # them in ours, at each message.
    if "oslo_messaging_tracing" not in conf:
        conf.register_opt(cfg.BoolOpt("tracing_enabled", default=False), group="oslo_messaging_tracing")


class _ExecutionEndpoint:
    """What oslo.messaging calls; the method bears the name of :data:`hint.METHOD`."""

    target = oslo_messaging.Target(version=hint.VERSION)

    def __init__(self, ended: Callable[[str], None]) -> None:
        self._ended = ended

    def execution_ended(self, _ctxt: Any, execution_id: Any = None) -> None:
        if isinstance(execution_id, str) and ids.is_execution_id(execution_id):
            self._ended(execution_id)
