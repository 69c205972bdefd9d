"""A message is deleted once its request is answered, and never before."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest

from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.clients.zaqar import Message
from customresource_bridge.errors import Forbidden, ServiceUnavailable
from customresource_bridge.protocol import Secret
from customresource_bridge.provider.consumer import Consumer
from customresource_bridge.provider.runner import Broke, Ending, Returned

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

    def consumer(self, **changes: Any) -> Consumer:
        return Consumer(
            queue="orders",
            zaqar=self,
            answers=self,
            run=self.run,
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
