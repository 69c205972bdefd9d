"""Dead letters: kept whole or cut, read whatever they hold, put back so that somebody finds them, or refused."""

from datetime import datetime, timedelta
from time import process_time
from typing import Any

import golden
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge import errors
from customresource_bridge.clients.zaqar import dead_letters
from customresource_bridge.clients.zaqar.dead_letters import (
    BELL_TTL,
    REDRIVEN_MARGIN,
    DeadLetter,
    claimed_request_id,
    letters,
    redrive,
    set_aside,
)
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Bell, ids
from customresource_bridge.testing import FakeZaqar

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SWEEP = 3600
QUEUE = ids.stack_queue("11111111-1111-4111-8111-111111111111")


class Letters:
    """A queue of dead letters."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.zaqar = FakeZaqar(lambda: self.seconds)

    def put(self, body: Any, queue: str = QUEUE) -> DeadLetter:
        """Set a message aside, and return its letter."""
        self.zaqar.post(queue, body, ttl=60)
        message = self.zaqar.claim_one(queue, ttl=60)
        assert message is not None
        set_aside(self.zaqar, message, reason="why", now=NOW)  # type: ignore[arg-type]
        return self.all()[-1]

    def all(self) -> list[DeadLetter]:
        return list(letters(self.zaqar))  # type: ignore[arg-type]

    def redrive(self, letter: DeadLetter) -> None:
        redrive(self.zaqar, letter, now=NOW)  # type: ignore[arg-type]


def test_one_that_is_too_large_keeps_its_beginning_and_cannot_be_redriven() -> None:
    world = Letters()
    letter = world.put({"ResponseURL": "http://heat/token-of-mine", "text": "x" * 200 * 1024})
    kept = letter.message.body
    assert (kept["bytes"] > 200 * 1024, len(kept["beginning_of_body"])) == (True, 1000)
    assert "token-of-mine" not in str(letter.shown())
    with pytest.raises(errors.Rejected, match="only its beginning"):
        world.redrive(letter)
    assert (world.zaqar.count(QUEUE), len(world.all())) == (0, 1)


def deep(levels: int) -> Any:
    value: Any = "token-of-mine"
    for _ in range(levels):
        value = {"a": value}
    return value


def test_one_that_nests_too_deeply_is_set_aside_without_it_and_cannot_be_redriven() -> None:
    world = Letters()
    letter = world.put(deep(300))
    assert "nests deeper than" in letter.message.body["beginning_of_body"]
    assert letter.shown()["reason"] == "why"
    with pytest.raises(errors.Rejected, match="only its beginning"):
        world.redrive(letter)


def test_a_forged_letter_that_nests_too_deeply_is_shown_as_deep_as_a_message_may_nest() -> None:
    world = Letters()
    world.zaqar.post(ids.DEAD_LETTER_QUEUE, {"queue": QUEUE, "reason": "forged", "body": deep(900)}, ttl=600)
    (letter,) = world.all()
    assert str(letter.shown()).count("'a'") < 100


@pytest.mark.parametrize("queue", ["orders", ids.BELL_QUEUE, ids.DEAD_LETTER_QUEUE])
def test_one_that_names_no_stacks_queue_is_not_redriven_and_stays(queue: str) -> None:
    world = Letters()
    world.zaqar.post(ids.DEAD_LETTER_QUEUE, {"queue": queue, "reason": "forged", "body": {}}, ttl=600)
    (letter,) = world.all()
    with pytest.raises(errors.Rejected, match="names no stack's queue"):
        world.redrive(letter)
    assert len(world.all()) == 1
    assert world.zaqar.count(ids.BELL_QUEUE) == 0


def test_one_that_is_redriven_rings_and_is_no_letter_any_more() -> None:
    world = Letters()
    world.redrive(world.put({"a": 1}))
    (bell,) = world.zaqar.claim_hints(ids.BELL_QUEUE)
    message = world.zaqar.claim_one(QUEUE, ttl=60)
    assert message is not None
    assert (Bell.parse(bell.body).queue, bell.ttl, message.body, world.all()) == (QUEUE, BELL_TTL, {"a": 1}, [])


@pytest.mark.parametrize(("hours", "left"), [(5, 5 * 3600), (-5, 0)])
def test_one_that_is_redriven_outlives_its_deadline_and_some_of_the_operators_sweeps(hours: int, left: int) -> None:
    world = Letters()
    deadline = (NOW + timedelta(hours=hours)).isoformat()
    world.redrive(world.put({"OpenStack": {"Version": 1, "ProjectId": "p" * 32, "Deadline": deadline}}))
    message = world.zaqar.claim_one(QUEUE, ttl=60)
    assert message is not None
    assert message.ttl == left + REDRIVEN_MARGIN
    assert message.ttl >= 2 * SWEEP


def shape(body: Any) -> Any:
    """Make of anything something that is nearly a letter."""
    return (
        st.fixed_dictionaries(
            {},
            optional={
                "queue": golden.json_values | st.just(QUEUE),
                "reason": golden.json_values,
                "body": golden.json_values,
            },
        )
        | body
    )


@given(shape(golden.json_values))
def test_whatever_is_in_that_queue_is_shown_on_one_line_and_redriven_or_refused(body: Any) -> None:
    world = Letters()
    world.zaqar.post(ids.DEAD_LETTER_QUEUE, body, ttl=600)
    (letter,) = world.all()
    line = f"{letter.name} {letter.set_aside_at} {letter.queue} {letter.reason}"
    assert line.isprintable()
    letter.shown()
    try:
        world.redrive(letter)
    except errors.Rejected:
        assert len(world.all()) == 1
    else:
        assert world.all() == []
        assert list(world.zaqar.queues(ids.QUEUE_PREFIX)) == sorted([QUEUE, ids.BELL_QUEUE, ids.DEAD_LETTER_QUEUE])


@given(golden.json_values | st.fixed_dictionaries({"RequestId": golden.json_values, "OpenStack": golden.json_values}))
def test_whatever_was_set_aside_is_kept_as_it_came(body: Any) -> None:
    world = Letters()
    letter = world.put(body)
    assert letter.message.body["body"] == body
    assert claimed_request_id(letter.message).isprintable()
    world.redrive(letter)
    message = world.zaqar.claim_one(QUEUE, ttl=60)
    assert message is not None
    assert message.body == body


@pytest.mark.parametrize(
    "text",
    [
        "zaqar:q?project=p&signature=SECRET&expires=2030&methods=POST&paths=/v2",
        "https://answer.example/v1/responses/SECRET",
        '{"ResponseURL": "https://heat/v1/waitcondition/x?Signature=SECRET", "RequestId": "r"}',
        "URL-Signature: SECRET",
        "{'signature': 'SECRET'}",
        "http://user:SECRET@host/",
        "9https://host/SECRET",
    ],
)
def test_no_signature_and_no_url_is_shown_wherever_it_stands(text: str) -> None:
    for body in (text, {"ServiceToken": text}, {"ResourceProperties": {"a": [{"b": text}]}}):
        shown = str(Letters().put(body).shown())
        assert "SECRET" not in shown
        assert "***" in shown


@pytest.mark.parametrize(
    "text", ["a" * 190_000, "a." * 95_000, "token " * 30_000, "token" + " " * 150_000, "a://" * 40_000]
)
def test_a_long_text_takes_no_time_to_be_shown(text: str) -> None:
    letter = Letters().put(text)
    began = process_time()
    letter.shown()
    assert process_time() - began < 0.5


def test_what_is_no_secret_is_shown() -> None:
    body = {"ServiceToken": "mistral:greet", "ResourceProperties": {"Monkey": "x", "Name": "a signature, or a token"}}
    assert Letters().put(body).shown()["body"] == body


def test_their_number_is_bounded_and_what_is_beyond_is_dropped_with_a_word(caplog: pytest.LogCaptureFixture) -> None:
    world = Letters()
    for number in range(dead_letters.MOST + 5):
        world.zaqar.post(QUEUE, {"number": number}, ttl=60)
        message = world.zaqar.claim_one(QUEUE, ttl=60)
        assert message is not None
        set_aside(world.zaqar, message, reason="why\n", now=NOW)  # type: ignore[arg-type]
    assert world.zaqar.count(ids.DEAD_LETTER_QUEUE) == dead_letters.MOST
    assert world.zaqar.count(QUEUE) == 0
    assert caplog.messages[-1] == f"1000 dead letters are kept already: one of {QUEUE} is dropped: why "


def test_where_they_cannot_be_counted_one_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_queue: str) -> int:
        raise errors.ServiceUnavailable("Zaqar", "count messages", "no")

    world = Letters()
    monkeypatch.setattr(world.zaqar, "count", away)
    assert world.put({"a": 1}).reason == "why"
