"""Hears on the message bus that executions have ended, sooner than the execution watcher would see it.

Mistral publishes these hints where its configuration names our publisher. Each process hears all of them, since it
alone knows which requests it has. A lost hint costs nothing: the watcher looks all the same.
"""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import oslo_messaging
from oslo_config import cfg

from customresource_bridge.bridge.operator.broker_listener import BrokerListener
from customresource_bridge.protocol import ids
from customresource_bridge.protocol.messaging import hint


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
        make_server = partial(
            oslo_messaging.get_rpc_server,
            self._transport,
            target,
            [_ExecutionEndpoint(ended)],
            executor="threading",
            access_policy=oslo_messaging.DefaultRPCAccessPolicy,
        )
        self._listener = BrokerListener(make_server, name="execution-events", begun="listening for executions' ends")

    def start(self) -> None:
        """Begin to listen, once the broker is there."""
        self._listener.start()

    def stop(self) -> None:
        """Hear no more."""
        self._listener.stop()
        self._transport.cleanup()


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
