"""A notification for each answered request, without a secret, and none where the operator wants none."""

import json
from typing import Any

import oslo_messaging
import pytest
from one_bridge import PROJECT, SECRETS, STACK, OneBridge
from oslo_config import cfg
from oslo_messaging.notify import _impl_test

from customresource_bridge.bridge.observability.notifications import PAYLOAD, Notifications


@pytest.fixture
def messaging(request: pytest.FixtureRequest) -> Any:
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[])
    oslo_messaging.get_notification_transport(conf, url="fake://")
    conf.set_override("transport_url", "fake://")
    conf.set_override("driver", getattr(request, "param", ["test"]), group="oslo_messaging_notifications")
    _impl_test.reset()
    return conf


def sent(conf: Any, *kinds_: str) -> list[tuple[str, dict[str, Any]]]:
    worlds: list[OneBridge] = []
    notifications: list[Notifications] = []
    for kind in kinds_:
        world = OneBridge()
        told = Notifications(conf, clock=world.clock)
        told.start()
        world.bridge._observer.observers.append(told)  # type: ignore[attr-defined]
        world.post(kind)
        world.claim()
        world.seconds = 1.5
        world.end("SUCCESS" if kind == "Create" else "ERROR")
        told.stop()
        worlds.append(world)
        notifications.append(told)
    return [(message["event_type"], message["payload"]) for _ctxt, message, *_ in _impl_test.NOTIFICATIONS]


def test_a_notification_for_each_answered_request(messaging: Any) -> None:
    (created, first), (deleted, _second) = sent(messaging, "Create", "Delete")
    assert (created, deleted) == ("customresource.create.success", "customresource.delete.failed")
    assert first["project_id"] == PROJECT
    assert (first["stack_id"], first["stack_name"], first["logical_resource_id"]) == (STACK, "mine", "Thing")
    assert (first["workflow"], first["outcome"], first["response"]) == ("w", "success", "accepted")
    assert (first["duration"], first["execution_duration"]) == (1.5, 1.5)


def test_a_notification_holds_what_is_documented_and_no_secret(messaging: Any) -> None:
    for _kind, payload in sent(messaging, "Create", "Delete"):
        assert payload.keys() == PAYLOAD.keys()
        assert not any(secret in json.dumps(payload) for secret in SECRETS)


@pytest.mark.parametrize("messaging", [[], ["noop"]], indirect=True)
def test_none_is_sent_where_none_is_wanted(messaging: Any) -> None:
    assert sent(messaging, "Create") == []


def test_a_request_that_cannot_be_read_is_notified_of_as_far_as_it_is_known(messaging: Any) -> None:
    world = OneBridge()
    told = Notifications(messaging, clock=world.clock)
    told.start()
    world.bridge._observer.observers.append(told)  # type: ignore[attr-defined]
    world.post(ResourceProperties="none")
    world.claim()
    told.stop()
    ((_ctxt, message, *_),) = _impl_test.NOTIFICATIONS
    assert message["event_type"] == "customresource.unknown.failed"
    assert (message["payload"]["request_type"], message["payload"]["execution_duration"]) == (None, None)
