"""Rings the bell on the cloud's message bus, for an operator's bridge: a hint, never awaited.

Not by Heat's own notifier: it drops everything unless the operator has turned notifications on, and it would put the
user's whole context, token and all, on the bus.
"""

import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import oslo_messaging
from heat.common import messaging

from customresource_bridge import errors
from customresource_bridge.plugin.options import settings
from customresource_bridge.protocol import BusBell
from customresource_bridge.protocol.messaging.bell import BUS_EVENT


class _Unshown(str):
    """A text that is sent and not shown: oslo.messaging logs the repr of what the broker did not take."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


@lru_cache(maxsize=1)
def _notifier(_process: int, topic: str) -> Any:
    return oslo_messaging.Notifier(
        messaging.NOTIFICATIONS_TRANSPORT,
        publisher_id="heat.custom_resource",
        driver="messagingv2",
        topics=[topic],
        retry=1,
    )


def ring(bell: BusBell, *, notifier_of: Callable[[int, str], Any] = _notifier) -> None:
    """Say which queue has work.

    :param notifier_of: returns oslo.messaging's notifier of a process for a topic.
    :raises ServiceUnavailable: no notifier can be had, or the broker did not take it, as oslo.messaging says it would
        raise. Its releases of today log the latter themselves, and tell no one: a sweep finds the request.
    """
    try:
        told = {name: _Unshown(value) for name, value in bell.to_dict().items()}
        notifier_of(os.getpid(), settings().bell_topic).info({}, BUS_EVENT, told)
    except oslo_messaging.MessagingException as error:
        raise errors.ServiceUnavailable("The message bus", "take the bell", type(error).__name__) from error
