"""The bell on the message bus names project and queue and nothing else; a broker that is away is said."""

import json
from typing import Any

import oslo_messaging
import pytest

from customresource_bridge import errors
from customresource_bridge.plugin.delivery import bus_bell
from customresource_bridge.protocol import BusBell, Secret
from customresource_bridge.protocol.messaging.bell import OwnersTrust

BELL = BusBell("p", "heat-cr-11111111-1111-4111-8111-111111111111")


class Notifier:
    """oslo.messaging's notifier, whose broker may be away."""

    def __init__(self, error: Exception | None = None) -> None:
        self.sent: list[tuple[dict[str, Any], str, dict[str, Any]]] = []
        self.error = error

    def info(self, context: dict[str, Any], event: str, payload: dict[str, Any]) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append((context, event, payload))


def ring(notifier: Notifier) -> None:
    bus_bell.ring(BELL, notifier_of=lambda _process, _topic: notifier)


def test_it_holds_no_context_and_no_secret() -> None:
    notifier = Notifier()
    ring(notifier)
    ((context, _event, payload),) = notifier.sent
    assert context == {}
    assert BusBell.parse(payload) == BELL


def test_what_the_broker_did_not_take_shows_no_trust_where_it_is_logged() -> None:
    notifier = Notifier()
    trusting = BusBell(BELL.project_id, BELL.queue, OwnersTrust("owner", Secret("t-secret")))
    bus_bell.ring(trusting, notifier_of=lambda _process, _topic: notifier)
    ((_context, _event, payload),) = notifier.sent
    assert "t-secret" not in f"{ {'payload': payload} }"
    assert BusBell.parse(json.loads(json.dumps(payload))) == trusting


def test_a_broker_that_is_away_is_said_without_its_address() -> None:
    away = Notifier(oslo_messaging.MessageDeliveryFailure("amqp://user:password-of-mine@broker"))
    with pytest.raises(errors.ServiceUnavailable, match="The message bus did not take the bell") as caught:
        ring(away)
    assert "password-of-mine" not in str(caught.value)
