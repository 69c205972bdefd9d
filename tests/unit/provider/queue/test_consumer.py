"""A message is deleted once its request is answered, and never before."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from provider_parts import BODY, NOW, World

from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.clients.zaqar.zaqar import Message
from customresource_bridge.errors import Forbidden, NotFound, ServiceUnavailable
from customresource_bridge.provider.ending import Broke, Ending, Returned
from customresource_bridge.provider.handler_calls import HandlerCalls
from customresource_bridge.provider.queue import consumer as consumers
from customresource_bridge.provider.style import Style


def test_an_empty_queue_is_nothing() -> None:
    assert World().consumer().serve_one() is False


class SlowWorld(World):
    """Zaqar answers a claim after fifty seconds, and to its renewal with what ``refused`` says."""

    def __init__(self, *bodies: Any, refused: Exception | None) -> None:
        super().__init__(*bodies)
        self.refused = refused

    def claim_one(self, queue: str, *, ttl: int) -> Message | None:
        self.now += timedelta(seconds=50)
        return super().claim_one(queue, ttl=ttl)

    def renew(self, message: Message, *, ttl: int) -> None:
        super().renew(message, ttl=ttl)
        if self.refused is not None:
            raise self.refused


@pytest.mark.parametrize(
    "refused",
    [None, NotFound("Zaqar", "renew a claim", "gone"), ServiceUnavailable("Zaqar", "renew a claim", "gone")],
)
def test_a_claim_that_is_answered_late_is_made_sure_of_before_the_handler_is_run(refused: Exception | None) -> None:
    world = SlowWorld(BODY, refused=refused)
    assert world.consumer().serve_one() is (refused is None)
    assert (len(world.runs), len(world.deleted)) == ((1, 1) if refused is None else (0, 0))


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


def test_a_message_that_another_consumer_has_claimed_meanwhile_ends_no_provider(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(_message: Message) -> None:
        raise Forbidden("Zaqar", "delete a message", "claimed by another", status=403)

    world = World(BODY)
    world.delete = refuse  # type: ignore[method-assign]
    assert world.consumer().serve_one() is True
    assert len(world.put_bodies) == 1
    assert "is left to the consumer that has claimed it" in caplog.text


def test_nothing_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world = World(BODY)
    world.deliveries = [PutOutcome.RETRY, PutOutcome.ACCEPTED]
    world.consumer().serve_one()
    assert "request-1" in caplog.text
    for secret in ("hidden", "message'", "claim'"):
        assert secret not in caplog.text


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
