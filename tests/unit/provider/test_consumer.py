"""A message is deleted once its request is answered, and never before."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest

from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.clients.zaqar import Message
from customresource_bridge.errors import Forbidden, ServiceUnavailable
from customresource_bridge.protocol import Secret
from customresource_bridge.provider import consumer as consumers
from customresource_bridge.provider.consumer import Consumer
from customresource_bridge.provider.handler_calls import HandlerCalls
from customresource_bridge.provider.journal import Journal
from customresource_bridge.provider.runner import Broke, Ending, Returned
from customresource_bridge.provider.style import Style

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BODY = {
    "RequestType": "Create",
    "RequestId": "request-1",
    "StackId": "arn:stack",
    "LogicalResourceId": "Dns",
    "ResourceType": "Custom::Dns",
    "ResponseURL": "https://answer.example/v1/responses/hidden",
    "ResourceProperties": {"Name": "x"},
    "OpenStack": {"Version": 1, "ProjectId": "p", "Deadline": "2026-11-23T12:10:00+00:00"},
}


class World:
    """A queue, a ResponseURL, a handler and a clock that do as they are told, and remember."""

    def __init__(self, *bodies: Any) -> None:
        self.waiting = [message(body) for body in bodies]
        self.deleted: list[Message] = []
        self.put_bodies: list[dict[str, Any]] = []
        self.attempts: list[int] = []
        self.pauses: list[float | None] = []
        self.runs: list[tuple[Mapping[str, Any], float]] = []
        self.deliveries = [PutOutcome.ACCEPTED]
        self.ending: Ending = Returned({"Data": {}})
        self.now = NOW
        self.stop = Event()
        self.failures: list[Exception] = []
        self.looks: list[Mapping[str, Any]] = []
        self.complete: list[Ending] = []
        self.journal = Journal("orders")

    def claim_one(self, _queue: str, *, ttl: int) -> Message | None:
        assert ttl >= 60
        if self.failures:
            raise self.failures.pop(0)
        return self.waiting.pop(0) if self.waiting else None

    def renew(self, message: Message, *, ttl: int) -> None: ...

    def delete(self, message: Message) -> None:
        self.deleted.append(message)

    def allowed(self, url: Secret) -> bool:
        return url.reveal().startswith("https://answer.example/")

    def put(self, _url: Secret, body: bytes, *, attempt: int = 0) -> tuple[PutOutcome, str]:
        self.attempts.append(attempt)
        self.put_bodies.append(json.loads(body))
        delivery = self.deliveries.pop(0) if len(self.deliveries) > 1 else self.deliveries[0]
        if delivery is not PutOutcome.ACCEPTED:
            self.now += timedelta(minutes=4)
            self.stop.wait = self.wait  # type: ignore[method-assign]
        return delivery, "told so"

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout)
        return self.stop.is_set()

    def run(self, event: Mapping[str, Any], seconds: float) -> Ending:
        self.runs.append((event, seconds))
        return self.ending

    def look(self, event: Mapping[str, Any], _seconds: float) -> Ending:
        self.looks.append(event)
        return self.complete.pop(0)

    def completing(self, *complete: Ending, **changes: Any) -> Consumer:
        """Return a consumer whose handler has an isComplete, which ends like this."""
        self.complete += complete
        calls = HandlerCalls(run=self.run, style=Style.CDK, is_complete=self.look)
        return replace(self.consumer(**changes), calls=calls)

    def consumer(self, **changes: Any) -> Consumer:
        return Consumer(
            queue="orders",
            zaqar=self,
            answers=self,
            calls=HandlerCalls(run=self.run),
            journal=self.journal,
            clock=lambda: self.now,
            stop=self.stop,
            **changes,
        )


def message(body: Any) -> Message:
    return Message(queue="orders", message_id=Secret("message"), claim_id=Secret("claim"), body=body, age=0, ttl=600)


def test_an_empty_queue_is_nothing() -> None:
    assert World().consumer().serve_one() is False


def test_a_request_is_run_answered_and_deleted() -> None:
    world = World(BODY)
    assert world.consumer().serve_one() is True
    assert world.runs == [(BODY, 600.0)]
    assert world.put_bodies[0]["Status"] == "SUCCESS"
    assert len(world.deleted) == 1


def test_the_nearer_of_the_two_limits_counts() -> None:
    world = World(BODY)
    world.consumer(seconds=5.0).serve_one()
    assert world.runs[0][1] == 5.0


def test_a_broken_handler_is_answered_for() -> None:
    world = World(BODY)
    world.ending = Broke("The handler raised ValueError: no")
    world.consumer().serve_one()
    assert (world.put_bodies[0]["Status"], world.put_bodies[0]["Reason"]) == (
        "FAILED",
        "The handler raised ValueError: no",
    )
    assert len(world.deleted) == 1


def test_a_handler_that_cannot_be_run_at_all_is_answered_for(caplog: pytest.LogCaptureFixture) -> None:
    def broken(event: Mapping[str, Any], _seconds: float) -> Ending:
        raise LookupError(event["ResponseURL"])

    world = World(BODY)
    world.run = broken  # type: ignore[method-assign]
    assert world.consumer().serve_one() is True
    assert world.put_bodies[0]["Reason"] == "The provider failed to run the handler (LookupError)"
    assert len(world.deleted) == 1
    assert "hidden" not in caplog.text


def test_no_message_writes_lines_of_its_own_into_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    World({**BODY, "LogicalResourceId": "Dns\n2026 ERROR forged", "RequestId": "r\x1b[31m"}).consumer().serve_one()
    assert len(caplog.records) == 2
    assert all(record.getMessage().isprintable() for record in caplog.records)


def test_after_the_deadline_the_handler_is_not_run() -> None:
    world = World(BODY)
    world.now = NOW + timedelta(minutes=11)
    world.consumer().serve_one()
    assert world.runs == []
    assert "after its deadline" in world.put_bodies[0]["Reason"]
    assert len(world.deleted) == 1


def test_an_answer_that_is_not_taken_is_sent_again() -> None:
    world = World(BODY)
    world.deliveries = [PutOutcome.RETRY, PutOutcome.RETRY, PutOutcome.ACCEPTED]
    world.consumer().serve_one()
    assert len(world.put_bodies) == 3
    assert len(world.runs) == 1
    assert len(world.deleted) == 1


def test_an_answer_that_was_not_taken_in_time_is_sent_again_later_and_with_more_patience() -> None:
    world = World(BODY)
    world.deliveries = [PutOutcome.SLOW, PutOutcome.RETRY, PutOutcome.ACCEPTED]
    world.consumer().serve_one()
    assert world.attempts == [0, 1, 2]
    assert world.pauses == [15.0, 2.0]


def test_it_gives_up_at_the_deadline() -> None:
    world = World(BODY)
    world.deliveries = [PutOutcome.RETRY]
    world.consumer().serve_one()
    assert len(world.put_bodies) == 3


def test_told_to_stop_it_leaves_an_unanswered_request_to_another() -> None:
    world = World(BODY)
    world.deliveries = [PutOutcome.RETRY]
    world.stop.set()
    world.consumer().serve_one()
    assert (len(world.put_bodies), world.deleted) == (1, [])


def test_a_refused_answer_is_final() -> None:
    world = World(BODY)
    world.deliveries = [PutOutcome.REFUSED]
    world.consumer().serve_one()
    assert (len(world.put_bodies), len(world.deleted)) == (1, 1)


@pytest.mark.parametrize("body", [{}, [], "text", None, {**BODY, "ResponseURL": 7}, {**BODY, "RequestType": "Destroy"}])
def test_what_is_no_request_does_not_stay_in_the_way(body: Any, caplog: pytest.LogCaptureFixture) -> None:
    world = World(body)
    world.consumer().serve_one()
    assert (world.runs, len(world.deleted)) == ([], 1)
    assert "is no request" in caplog.text


def test_a_stranger_s_response_url_is_neither_run_nor_opened(caplog: pytest.LogCaptureFixture) -> None:
    world = World({**BODY, "ResponseURL": "http://169.254.169.254/hidden"})
    world.consumer().serve_one()
    assert (world.runs, world.put_bodies, len(world.deleted)) == ([], [], 1)
    assert "--allowed-base" in caplog.text


def test_trouble_is_waited_out_and_refusal_ends_it() -> None:
    world = World(BODY)
    world.failures = [ServiceUnavailable("Zaqar", "claim", "down"), Forbidden("Zaqar", "claim", "expired")]
    with pytest.raises(Forbidden):
        world.consumer(pause=0.0).serve()


def test_nothing_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world = World(BODY)
    world.deliveries = [PutOutcome.RETRY, PutOutcome.ACCEPTED]
    world.consumer().serve_one()
    assert "request-1" in caplog.text
    for secret in ("hidden", "message'", "claim'"):
        assert secret not in caplog.text


NOT_YET, COMPLETE = Returned({"IsComplete": False}), Returned({"IsComplete": True, "Data": {"B": "2"}})


def test_a_copy_of_what_was_answered_is_not_run_again() -> None:
    world = World(BODY, BODY)
    consumer = world.consumer()
    assert (consumer.serve_one(), consumer.serve_one()) == (True, True)
    assert (len(world.runs), len(world.put_bodies), len(world.deleted)) == (1, 1, 2)


def test_a_copy_of_what_was_refused_is_answered_as_before_without_its_handler() -> None:
    world = World(BODY, BODY)
    world.deliveries = [PutOutcome.REFUSED, PutOutcome.ACCEPTED]
    consumer = world.consumer()
    assert (consumer.serve_one(), consumer.serve_one()) == (True, True)
    assert len(world.runs) == 1
    assert world.put_bodies[0] == world.put_bodies[1]


def test_what_was_stopped_before_its_answer_was_taken_needs_no_handler_afterwards() -> None:
    world = World(BODY, BODY)
    world.deliveries = [PutOutcome.RETRY, PutOutcome.ACCEPTED]
    world.stop.set()
    consumer = world.consumer()
    consumer.serve_one()
    assert world.deleted == []
    consumer.serve_one()
    assert (len(world.runs), len(world.put_bodies), len(world.deleted)) == (1, 2, 1)


def test_what_is_not_complete_has_no_message_any_more_and_is_asked_at_its_interval() -> None:
    world = World(BODY)
    world.ending = Returned({"PhysicalResourceId": "zone-1", "Data": {"A": "1"}, "Job": 7})
    consumer = world.completing(NOT_YET, NOT_YET, COMPLETE, query_interval=10.0)
    assert consumer.serve_one() is True
    assert (len(world.deleted), world.put_bodies, consumer.waits()) == (1, [], True)
    for seconds in (0, 1, 9, 1, 9):
        world.now += timedelta(seconds=seconds)
        consumer.serve_one()
    assert [event["Job"] for event in world.looks] == [7, 7, 7]
    assert len(world.runs) == 1
    (answer,) = world.put_bodies
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "zone-1")
    assert answer["Data"] == {"A": "1", "B": "2"}
    assert (consumer.waits(), consumer.serve_one()) == (False, False)


def test_while_one_waits_others_are_served() -> None:
    world = World(BODY, {**BODY, "RequestId": "request-2"})
    consumer = world.completing(NOT_YET, COMPLETE, COMPLETE)
    consumer.serve_one()
    consumer.serve_one()
    assert [event["RequestId"] for event, _ in world.runs] == ["request-1", "request-2"]


def test_a_copy_of_what_waits_is_dropped() -> None:
    world = World(BODY, BODY)
    consumer = world.completing(NOT_YET)
    consumer.serve_one()
    consumer.serve_one()
    assert (len(world.runs), len(world.deleted)) == (1, 2)


def test_what_waits_outlives_its_provider() -> None:
    world = World(BODY, BODY)
    world.ending = Returned({"PhysicalResourceId": "zone-1"})
    world.completing().serve_one()
    world.completing(COMPLETE).serve_one()
    assert len(world.runs) == 1
    assert [body["PhysicalResourceId"] for body in world.put_bodies] == ["zone-1"]


def test_a_provider_that_died_in_a_look_has_the_next_one_ask_again() -> None:
    def killed(_event: Mapping[str, Any], _seconds: float) -> Ending:
        raise SystemExit

    world = World(BODY)
    consumer = world.completing()
    consumer.serve_one()
    dying = replace(consumer, calls=replace(consumer.calls, is_complete=killed))
    with pytest.raises(SystemExit):
        dying.serve_one()
    world.now += timedelta(seconds=60)
    world.complete = [COMPLETE]
    consumer.serve_one()
    assert [body["Status"] for body in world.put_bodies] == ["SUCCESS"]


@pytest.mark.parametrize(("total", "seconds"), [(20.0, 20), (None, 597), (1000.0, 597)])
def test_what_is_not_complete_in_time_fails_and_keeps_its_id(total: float | None, seconds: int) -> None:
    world = World(BODY)
    world.ending = Returned({"PhysicalResourceId": "zone-1"})
    consumer = world.completing(NOT_YET, NOT_YET, NOT_YET, query_interval=5000.0, total_timeout=total)
    consumer.serve_one()
    consumer.serve_one()
    world.now += timedelta(seconds=seconds - 1)
    consumer.serve_one()
    assert (len(world.looks), world.put_bodies) == (1, [])
    world.now += timedelta(seconds=1)
    consumer.serve_one()
    (answer,) = world.put_bodies
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "zone-1")
    assert "timed out" in answer["Reason"]
    assert consumer.waits() is False


def test_one_response_url_that_hangs_keeps_no_other_request_from_its_is_complete() -> None:
    world = World(BODY, {**BODY, "RequestId": "request-2"})
    consumer = world.completing(COMPLETE, NOT_YET, COMPLETE)
    consumer.serve_one()
    world.deliveries = [PutOutcome.SLOW, PutOutcome.ACCEPTED]
    consumer.serve_one()
    assert (len(world.put_bodies), world.pauses, len(world.deleted)) == (1, [], 2)
    consumer.serve_one()
    assert [event["RequestId"] for event in world.looks] == ["request-1", "request-2"]
    for _ in range(2):
        world.now += timedelta(seconds=30)
        consumer.serve_one()
    assert [(body["RequestId"], body["Status"]) for body in world.put_bodies] == [
        ("request-1", "SUCCESS"),
        ("request-2", "SUCCESS"),
        ("request-1", "SUCCESS"),
    ]
    assert (len(world.looks), consumer.waits()) == (3, False)


def test_an_answer_of_on_event_s_own_is_put_again_without_it_where_others_wait_for_is_complete() -> None:
    world = World(BODY)
    world.ending = Broke("The handler raised ValueError: no")
    world.deliveries = [PutOutcome.RETRY, PutOutcome.ACCEPTED]
    consumer = world.completing()
    consumer.serve_one()
    assert (len(world.put_bodies), world.pauses, len(world.deleted), consumer.waits()) == (1, [], 1, True)
    assert consumer.serve_one() is False
    world.now += timedelta(seconds=30)
    consumer.serve_one()
    assert world.put_bodies[1] == world.put_bodies[0]
    assert (len(world.runs), world.looks, consumer.waits()) == (1, [], False)


def test_an_answer_that_is_put_again_is_given_up_at_its_deadline() -> None:
    world = World(BODY)
    world.deliveries = [PutOutcome.RETRY]
    consumer = world.completing(COMPLETE)
    consumer.serve_one()
    for _ in range(5):
        world.now += timedelta(seconds=30)
        consumer.serve_one()
    assert (len(world.put_bodies), consumer.waits()) == (3, False)


def test_a_request_that_takes_another_s_place_ends_it_and_heat_hears_its_id() -> None:
    world = World(BODY)
    world.ending = Returned({"PhysicalResourceId": "zone-1"})
    consumer = world.completing(NOT_YET, NOT_YET, COMPLETE, query_interval=100.0)
    consumer.serve_one()
    consumer.serve_one()
    extras = {**BODY["OpenStack"], "PreviousRequestId": "request-1"}  # type: ignore[dict-item]
    delete = {**BODY, "RequestType": "Delete", "RequestId": "r-2", "PhysicalResourceId": "derived", "OpenStack": extras}
    world.waiting.append(message(delete))
    for _ in range(3):
        consumer.serve_one()
    assert [(body["RequestId"], body["Status"], body["PhysicalResourceId"]) for body in world.put_bodies] == [
        ("request-1", "FAILED", "zone-1"),
        ("r-2", "SUCCESS", "derived"),
    ]


def test_where_zaqar_is_away_the_handler_does_not_run_twice_here(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Callable[[], None]] = []

    @contextmanager
    def remember(*calls: Callable[[], None], every: float) -> Iterator[None]:
        assert every < 45
        kept.extend(calls)
        yield

    monkeypatch.setattr(consumers, "kept", remember)
    world = World(BODY, BODY)
    consumer = world.consumer()

    def slow(event: Mapping[str, Any], seconds: float) -> Ending:
        world.runs.append((event, seconds))
        for _ in range(5):  # the claim is not renewed, and another worker gets the message after a minute
            world.now += timedelta(seconds=20)
            kept[0]()
        if len(world.runs) == 1:
            consumer.serve_one()
        return world.ending

    world.run = slow  # type: ignore[method-assign]
    world.consumer().serve_one()
    assert (len(world.runs), len(kept)) == (1, 2)


def test_without_an_is_complete_on_event_s_word_is_the_answer() -> None:
    world = World(BODY)
    world.ending = Returned(None)
    replace(world.consumer(), calls=HandlerCalls(run=world.run, style=Style.CDK)).serve_one()
    assert (world.put_bodies[0]["Status"], world.runs[0][0]["ResponseURL"]) == ("SUCCESS", "...")
