"""Hears the bell on the message bus, and rings it for queues that this process leaves behind.

A notification is acknowledged when this process has noted it, or put back for another process where it has no room.
The plugin rings again for what a process or the broker has lost in between. Probes show whether bells can be heard.
"""

import socket
from collections.abc import Callable
from functools import partial
from typing import Any

import oslo_messaging
from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.operator.broker_listener import BrokerListener
from customresource_bridge.bridge.operator.bus_hearing import BusHearing
from customresource_bridge.bridge.operator.bus_probes import BusProbes
from customresource_bridge.protocol import BusBell, RequestError
from customresource_bridge.protocol.messaging.bell import BUS_EVENT, BUS_PROBE

LOG = oslo_log.getLogger(__name__)

PREFETCH = 16
"""Notifications a process is given before it has acknowledged them, where the operator sets nothing."""
_NO_ROOM_PAUSE = 0.5
_AMQP = 5672
_CONNECT_TIMEOUT = 2.0


class MessageBus:
    """Competes with the other bridges for the bells of all projects.

    :param conf: oslo.config's, for oslo.messaging's own options.
    :param url: of the message broker; None takes ``transport_url``.
    :param rung: called for each bell; returns whether it was noted.
    :param hearing: judges whether anything is heard.
    """

    def __init__(
        self,
        conf: Any,
        *,
        url: str | None,
        topic: str,
        rung: Callable[[BusBell], bool],
        hearing: BusHearing | None = None,
    ) -> None:
        self._rung = rung
        self._transport = oslo_messaging.get_notification_transport(conf, url=url)
        _limit_prefetch(conf)
        self._notifier = oslo_messaging.Notifier(
            self._transport, publisher_id="customresource-bridge", driver="messagingv2", topics=[topic], retry=1
        )
        self._hearing = hearing or BusHearing(clock=Clock())
        make_server = partial(
            oslo_messaging.get_notification_listener,
            self._transport,
            [oslo_messaging.Target(topic=topic)],
            [_BellEndpoint(self._hear), _ProbeEndpoint(self._hearing.heard)],
            executor="threading",
            allow_requeue=True,
        )
        self._listener = BrokerListener(make_server, name="message-bus", begun="listening on the message bus")
        self._probes = BusProbes(self._hearing, listening=lambda: self._listener.listening, send=self._probe)
        # As get_notification_transport chooses.
        url = url or conf.oslo_messaging_notifications.transport_url
        self._brokers = [(host.hostname, host.port) for host in oslo_messaging.TransportURL.parse(conf, url).hosts]

    def start(self) -> None:
        """Begin to listen, once the broker is there."""
        self._listener.start()
        self._probes.start()

    def stop(self) -> None:
        """Hear no more. Bells may still be rung."""
        self._probes.stop()
        self._listener.stop()

    def close(self) -> None:
        """Leave the bus."""
        self._transport.cleanup()

    def ring(self, project_id: str, queue: str) -> None:
        """Tell the other bridges of a queue that has work.

        :raises ServiceUnavailable: there is no broker to take it, or none took it, as oslo.messaging says it would
            raise. Its releases of today log the latter themselves, and tell no one.
        """
        if not self._connects():
            raise errors.ServiceUnavailable("The message bus", "take the bell", "no broker takes a connection")
        try:
            self._notifier.info({}, BUS_EVENT, BusBell(project_id, queue).to_dict())
        except oslo_messaging.MessagingException as error:
            raise errors.ServiceUnavailable("The message bus", "take the bell", type(error).__name__) from error

    def ping(self) -> None:
        """See that bells can be heard.

        :raises ServiceUnavailable: the listener never reached a broker, none can be connected to now, or nothing is
            heard.
        """
        doing = "connect"
        if not self._listener.listening:
            raise errors.ServiceUnavailable("The message bus", doing, self._listener.problem)
        # oslo.messaging reconnects by itself, and does not say that it has to.
        if not self._connects():
            raise errors.ServiceUnavailable("The message bus", doing, "no broker takes a connection")
        problem = self._hearing.problem()
        if problem is not None:
            raise errors.ServiceUnavailable("The message bus", "let this process hear", problem)

    def _connects(self) -> bool:
        return not self._brokers or any(_connects(host, port) for host, port in self._brokers)

    def _probe(self) -> None:
        # oslo.messaging logs each one that it cannot send, at length: that no broker is there is said already.
        if self._connects():
            self._notifier.info({}, BUS_PROBE, {})

    def _hear(self, payload: Any) -> str:
        self._hearing.heard()
        try:
            bell = BusBell.parse(payload)
        except RequestError as error:
            LOG.warning("dropped a bell that cannot be read: %s", error)
            return str(oslo_messaging.NotificationResult.HANDLED)
        if self._rung(bell):
            return str(oslo_messaging.NotificationResult.HANDLED)
        # The broker hands it out again at once: not too often, and to another process if there is one.
        self._listener.pause(_NO_ROOM_PAUSE)
        return str(oslo_messaging.NotificationResult.REQUEUE)


class _BellEndpoint:
    """What oslo.messaging calls."""

    filter_rule = oslo_messaging.NotificationFilter(event_type=f"^{BUS_EVENT}$")

    def __init__(self, hear: Callable[[Any], str]) -> None:
        self._hear = hear

    def info(self, _ctxt: Any, _publisher: str, _event: str, payload: Any, _metadata: Any) -> str:
        return self._hear(payload)


class _ProbeEndpoint:
    """What oslo.messaging calls for a probe."""

    filter_rule = oslo_messaging.NotificationFilter(event_type=f"^{BUS_PROBE}$")

    def __init__(self, heard: Callable[[], None]) -> None:
        self._heard = heard

    def info(self, _ctxt: Any, _publisher: str, _event: str, _payload: Any, _metadata: Any) -> str:
        self._heard()
        return str(oslo_messaging.NotificationResult.HANDLED)


def _connects(host: str, port: int | None) -> bool:
    try:
        socket.create_connection((host, port or _AMQP), timeout=_CONNECT_TIMEOUT).close()
    except OSError:
        return False
    return True


def _limit_prefetch(conf: Any) -> None:
    # Unlimited by default: one process would take all the bells, and hold them while others have nothing to do.
    group = conf.oslo_messaging_rabbit if "oslo_messaging_rabbit" in conf else None
    if group is not None and not group.rabbit_qos_prefetch_count:
        conf.set_override("rabbit_qos_prefetch_count", PREFETCH, group="oslo_messaging_rabbit")
