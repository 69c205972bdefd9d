"""An answer on the bus opens for whom the gateway sealed it, whole and in time, and nothing else passes for one."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Identity, Secret
from customresource_bridge.protocol.crypto.bus_answer import (
    MAX_CHARACTERS,
    AnswerKeyring,
    BusOutcome,
    BusReply,
)
from customresource_bridge.protocol.crypto.sealed import LATE_ANSWERS, Keyring, Sealed, new_key
from customresource_bridge.protocol.errors import TokenError
from customresource_bridge.protocol.limits import MAX_RESPONSE_BYTES

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
IDENTITY = Identity(stack_id="arn:stack", request_id="request-1", logical_resource_id="Dns")
TOKEN = Sealed.for_request(None, IDENTITY, deadline=NOW + timedelta(hours=1))
ANSWER = {"Status": "SUCCESS", "Data": {"Password": "hidden"}}
KEY = new_key()


def ring(*keys: Secret) -> AnswerKeyring:
    return AnswerKeyring(keys or [KEY])


def message(value: Any = ANSWER) -> str:
    return ring().seal(TOKEN, value, now=NOW)


def test_it_opens_to_what_was_sealed_and_shows_nothing_on_its_way() -> None:
    text = message()
    opened = ring().open(text, now=NOW)
    assert (opened.identity, opened.value) == (IDENTITY, ANSWER)
    assert "hidden" not in text
    assert "hidden" not in repr(opened)


def test_every_key_opens_and_the_first_one_seals() -> None:
    old, new = new_key(), new_key()
    sealed = ring(new, old).seal(TOKEN, ANSWER, now=NOW)
    assert ring(old, new).open(sealed, now=NOW).value == ANSWER
    with pytest.raises(TokenError, match="not sealed with a key"):
        ring(old).open(sealed, now=NOW)


def test_a_handlers_token_is_no_answer_and_an_answer_is_no_token() -> None:
    tokens = Keyring([KEY])
    with pytest.raises(TokenError, match="not sealed with a key"):
        ring().open(tokens.seal(TOKEN, now=NOW).reveal(), now=NOW)
    with pytest.raises(TokenError):
        tokens.open(message().rstrip("="), now=NOW)


@pytest.mark.parametrize("text", [None, 7, b"gAAAAA", "", "gAAAAA", "ü", "x" * (MAX_CHARACTERS + 1), {"sealed": "x"}])
def test_what_the_gateway_has_not_sealed_does_not_open(text: object) -> None:
    with pytest.raises(TokenError):
        ring().open(text, now=NOW)


def test_a_changed_message_does_not_open() -> None:
    text = message()
    for place in range(20, len(text), 17):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(TokenError):
            ring().open(changed, now=NOW)


def test_it_is_good_as_long_as_its_response_url_and_not_a_second_longer() -> None:
    last = NOW + timedelta(hours=1) + LATE_ANSWERS
    assert ring().open(message(), now=last - timedelta(seconds=1)).identity == IDENTITY
    with pytest.raises(TokenError, match="has expired"):
        ring().open(message(), now=last)


def test_another_release_s_message_is_refused_and_not_guessed_at() -> None:
    text = ring()._fernet.encrypt(b'[2, 99999999999, "s", "r", "l", {}, "more"]').decode()
    with pytest.raises(TokenError, match="another release"):
        ring().open(text, now=NOW)


def test_the_largest_response_passes_whatever_its_letters() -> None:
    largest = {"Reason": "\x01" * MAX_RESPONSE_BYTES}
    assert ring().open(message(largest), now=NOW).value == largest


def test_a_key_that_is_none_is_named_by_its_place() -> None:
    with pytest.raises(TokenError, match="key 2, is no key"):
        ring(KEY, Secret("short"))


@pytest.mark.parametrize("outcome", list(BusOutcome))
def test_a_reply_is_read_as_it_was_written(outcome: BusOutcome) -> None:
    reply = BusReply(outcome, "why")
    assert BusReply.parse({**reply.to_dict(), "later": 1}) == reply


@pytest.mark.parametrize(
    "value", [None, "kept", {}, {"outcome": "new"}, {"outcome": ["kept"]}, {"outcome": "kept", "reason": 1}]
)
def test_of_a_reply_that_cannot_be_read_nothing_is_taken_for_kept(value: object) -> None:
    assert BusReply.parse(value).outcome is BusOutcome.NOT_YET
