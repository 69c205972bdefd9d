"""What a bridge tells its observer, and what the log, the figures and the notifications make of it."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import oslo_messaging
import pytest
from one_bridge import PROJECT, QUEUE, SECRETS, STACK, OneBridge
from oslo_config import cfg
from oslo_log import formatters
from oslo_messaging.notify import _impl_test

from customresource_bridge.bridge.observability import notifications as notify
from customresource_bridge.bridge.observability.events import (
    Answered,
    Claimed,
    Event,
    GivenBack,
    Observers,
    Repeated,
    ResponseOutcome,
    SetAside,
    Settled,
    Started,
)
from customresource_bridge.bridge.observability.metrics import Metrics, Now
from customresource_bridge.bridge.observability.notifications import Notifications
from customresource_bridge.bridge.observability.request_log import log_step
from customresource_bridge.clients.response_url import PutOutcome


def kinds(world: OneBridge) -> list[type[Event]]:
    return [type(event) for event in world.events]


def test_a_request_s_steps_are_told_in_their_order_with_how_long_they_took() -> None:
    world = OneBridge()
    world.post()
    world.claim()
    world.seconds = 3.0
    world.end()
    assert kinds(world) == [Claimed, Started, Settled, Answered]
    started, settled, answered = world.events[1:]
    assert isinstance(started, Started)
    assert (started.workflow, started.resumed) == ("w", False)
    assert isinstance(settled, Settled)
    assert settled.seconds == 3.0
    assert isinstance(answered, Answered)
    assert (answered.taken, answered.why, answered.total_seconds) == (ResponseOutcome.ACCEPTED, "", 3.0)


def test_an_execution_that_was_there_already_is_gone_on_with() -> None:
    first, second = OneBridge(), OneBridge()
    request_id = first.post()
    second.mistral.executions = first.mistral.executions
    first.claim()
    create = next(iter(first.mistral.executions))
    second.post(RequestId=request_id)
    second.bridge._claim_from(QUEUE)
    assert [type(event) for event in second.events] == [Claimed, Started]
    assert second.bridge.table.get(create) is not None
    second.bridge._handler._observe(second.bridge.table.all()[0], second.bridge.table.all()[0].request, None)  # type: ignore[arg-type]
    assert len(second.events) == 2  # told once


def test_another_copy_is_told() -> None:
    world = OneBridge()
    request_id = world.post()
    world.claim()
    world.post(RequestId=request_id)
    world.claim()
    assert kinds(world)[-1] is Repeated


def test_what_nobody_can_answer_is_told_with_the_request_id_it_claims_to_have() -> None:
    world = OneBridge()
    world.post(StackId="nonsense", RequestId="r\n1")
    world.claim()
    (event,) = world.events
    assert isinstance(event, SetAside)
    assert (event.queue, event.request_id) == (QUEUE, "r?1")


@pytest.mark.parametrize(
    ("delivery", "seconds", "taken"),
    [(PutOutcome.REFUSED, 0, ResponseOutcome.REFUSED), (PutOutcome.RETRY, 5000, ResponseOutcome.EXPIRED)],
)
def test_what_became_of_a_response_is_told(delivery: PutOutcome, seconds: float, taken: ResponseOutcome) -> None:
    world = OneBridge()
    world.post()
    world.claim()
    world.seconds = seconds
    world.deliveries = [(delivery, "status 400: no")] * 3
    world.end()
    last = world.events[-1]
    assert isinstance(last, Answered)
    assert (last.taken, last.why) == (taken, "status 400: no")


def test_the_answer_to_a_stack_that_is_gone_is_told() -> None:
    world = OneBridge()
    world.stack_exists = lambda *_: False  # type: ignore[method-assign]
    world.post()
    world.claim()
    world.deliveries = [(PutOutcome.RETRY, "no connection")]
    world.end()
    last = world.events[-1]
    assert isinstance(last, Answered)
    assert last.taken is ResponseOutcome.GONE


def test_one_that_is_given_back_is_told() -> None:
    world = OneBridge()
    world.post()
    world.claim()
    world.bridge._release(world.bridge.table.all()[0])
    assert kinds(world)[-1] is GivenBack


def test_an_observer_that_fails_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_event: Event) -> None:
        raise KeyError("x")

    heard: list[Event] = []
    world = OneBridge(Observers([broken, heard.append]))
    world.post()
    world.claim()
    world.end()
    assert len(heard) == 4
    assert "was not noted" in caplog.text


# The log


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def every_way() -> Iterator[OneBridge]:
    """Yield bridges, each of which has just had a request go another way."""
    for kind, state in (("Create", "SUCCESS"), ("Update", "ERROR"), ("Delete", "CANCELLED")):
        world = OneBridge(log_step)
        request_id = world.post(kind)
        world.claim()
        world.post(kind, RequestId=request_id)
        world.claim()
        world.deliveries = [(PutOutcome.RETRY, "no connection")]
        world.end(state)
        world.later(100)
        yield world
    world = OneBridge(log_step)
    world.post(ResourceProperties=SECRETS[1])
    world.claim()
    yield world
    world = OneBridge(log_step)
    world.post(StackId="nonsense")
    world.claim()
    world.post(ServiceToken=f"zaqar:q?project=p&signature={SECRETS[3]}&expires=e&methods=GET&paths=p")
    world.claim()
    world.post()
    world.claim()
    world.bridge._release(world.bridge.table.all()[0])
    yield world


def test_each_step_is_one_line_that_names_the_request(log: pytest.LogCaptureFixture) -> None:
    world = OneBridge(log_step)
    request_id = world.post("Update")
    world.claim()
    world.end()
    execution_id = next(iter(world.mistral.executions))
    lines = [record.getMessage() for record in log.records]
    beginning = f"Update of Thing [{request_id}] in mine/{STACK}: "
    assert lines == [
        f"{beginning}claimed",
        f"{beginning}workflow 'w' runs as execution {execution_id}",
        f"{beginning}SUCCESS",
        f"{beginning}answered, the response was accepted",
    ]


def test_a_log_in_json_names_it_too(log: pytest.LogCaptureFixture) -> None:
    world = OneBridge(log_step)
    request_id = world.post()
    world.claim()
    record = json.loads(formatters.JSONFormatter().format(log.records[0]))
    names = {
        "RequestId": request_id,
        "RequestType": "Create",
        "LogicalResourceId": "Thing",
        "StackId": f"arn:openstack:heat::{PROJECT}:stacks/mine/{STACK}",
    }
    assert names.items() <= record["extra"].items()


@pytest.mark.parametrize("formatter", [formatters.JSONFormatter(), logging.Formatter()])
def test_no_log_holds_a_secret(formatter: logging.Formatter, log: pytest.LogCaptureFixture) -> None:
    log.set_level(logging.DEBUG)
    for _world in every_way():
        pass
    text = "\n".join(formatter.format(record) for record in log.records)
    assert "set aside" in text
    assert "another copy" in text
    assert "not yet accepted" in text
    assert text.count("the response was accepted") >= 3
    for secret in SECRETS:
        assert secret not in text


# The figures


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"customresource_bridge_{name}", labels)


def test_figures() -> None:
    metrics = Metrics()
    world = OneBridge(metrics)
    metrics.watch(Now(world.bridge.table.all, projects=lambda: 1, monotonic=lambda: world.seconds))
    request_id = world.post()
    world.claim()
    world.post(RequestId=request_id)
    world.claim()
    world.seconds = 2.0
    assert value(metrics, "in_flight", phase="create") == 1
    assert value(metrics, "oldest_in_flight_seconds") == 2.0
    world.end()
    world.post("Delete")
    world.claim()
    world.end("ERROR")
    world.post(StackId="nonsense")
    world.claim()
    assert value(metrics, "requests_total", phase="create", outcome="success") == 1
    assert value(metrics, "requests_total", phase="delete", outcome="failed") == 1
    assert value(metrics, "requests_total", phase="update", outcome="success") == 0
    assert value(metrics, "responses_total", taken="accepted") == 2
    assert value(metrics, "repeated_messages_total") == 1
    assert value(metrics, "dead_letters_total") == 1
    assert value(metrics, "claims_lost_total") == 0
    for step in ("start", "execution", "response"):
        assert value(metrics, "step_seconds_count", step=step, phase="create") == 1
    assert value(metrics, "step_seconds_sum", step="execution", phase="create") == 2.0
    assert value(metrics, "in_flight", phase="create") == 0
    assert value(metrics, "oldest_in_flight_seconds") == 0
    assert b"customresource_bridge_projects 1.0" in metrics.exposition()


def test_a_lost_claim_counts() -> None:
    metrics = Metrics()
    world = OneBridge(metrics)
    world.post()
    world.claim()
    world.bridge._claims._lost(world.bridge.table.all()[0], "it ran out")
    assert value(metrics, "claims_lost_total") == 1


# The notifications


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
        assert payload.keys() == notify.PAYLOAD.keys()
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
