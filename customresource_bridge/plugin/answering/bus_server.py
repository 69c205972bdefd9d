"""Has each of heat-engine's workers take answers over Heat's bus, where the operator wants it.

All workers listen to one topic, and the broker gives each answer to one of them. A worker that ends takes no more, and
finishes what it has.
"""

from collections.abc import Callable
from typing import Any

import oslo_messaging
from heat.common import messaging
from oslo_log import log as logging

from customresource_bridge.plugin.answering.bus_endpoint import AnswerEndpoint
from customresource_bridge.plugin.heat.hooks import engine_workers
from customresource_bridge.plugin.options import BusUse, bus_use, settings
from customresource_bridge.protocol import Secret
from customresource_bridge.protocol.crypto.bus_answer import EXCHANGE, TOPIC, AnswerKeyring
from customresource_bridge.protocol.errors import TokenError

LOG = logging.getLogger(__name__)


def make_server(engine_id: str, endpoint: AnswerEndpoint, *, transport: Any = None) -> Any:
    """Return oslo.messaging's server of one worker.

    :param transport: Heat's own, if None.
    """
    return oslo_messaging.get_rpc_server(
        messaging.TRANSPORT if transport is None else transport,
        oslo_messaging.Target(exchange=EXCHANGE, topic=TOPIC, server=engine_id),
        [endpoint],
        access_policy=oslo_messaging.DefaultRPCAccessPolicy,
    )


def serve(engine_id: str, *, make: Callable[[str, AnswerEndpoint], Any] = make_server) -> Callable[[], None]:
    """Begin to take answers in a worker; return what ends that.

    A worker that cannot goes on without: others take them, or the operator reads of it in the log of each.
    """
    if bus_use() is BusUse.OFF:
        return _nothing
    keyring = _keyring()
    if keyring is None:
        return _nothing
    server = make(engine_id, AnswerEndpoint(keyring, engine_id=engine_id))
    server.start()
    LOG.info("Engine %s takes answers over the bus", engine_id)

    def end() -> None:
        server.stop()
        server.wait()

    return end


def _keyring() -> AnswerKeyring | None:
    try:
        return AnswerKeyring([Secret(key) for key in settings().gateway_keys])
    except TokenError as error:
        wrong = str(error)
    LOG.error("No answers are taken over the bus: [custom_resource] %s", wrong)
    return None


def _nothing() -> None:
    return


def start_in_engines() -> None:
    """Have each of heat-engine's workers do so while it runs."""
    engine_workers.while_running(serve)
