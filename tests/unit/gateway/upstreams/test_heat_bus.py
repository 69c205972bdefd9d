"""What an engine's reply, or the lack of one, means for a response."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from customresource_bridge.compat import UTC
from customresource_bridge.gateway.app import Gateway
from customresource_bridge.gateway.settle import SettleOutcome
from customresource_bridge.gateway.upstream import Upstreams
from customresource_bridge.gateway.upstreams.heat_bus import BusAwayError, BusSettler, BusTroubleError, NoBus
from customresource_bridge.protocol import Identity, Status
from customresource_bridge.protocol.answers.reader import HandlerAnswer
from customresource_bridge.protocol.crypto.bus_answer import AnswerKeyring
from customresource_bridge.protocol.crypto.sealed import PATH, Keyring, Sealed, new_key

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
IDENTITY = Identity(stack_id="arn:stack", request_id="request-1", logical_resource_id="Dns")
TOKEN = Sealed.for_request(None, IDENTITY, deadline=NOW + timedelta(hours=1))
ANSWER = HandlerAnswer(identity=IDENTITY, status=Status.FAILED, reason="no quota")
KEYS = AnswerKeyring([new_key()])


def settled(call: Callable[[str], object]) -> tuple[SettleOutcome, str]:
    return BusSettler(keyring=KEYS, call=call, clock=lambda: NOW).settle(TOKEN, ANSWER)


class Engines:
    """Replies one after the other, or dies with what it has."""

    def __init__(self, *replies: Any) -> None:
        self.replies = list(replies)
        self.got: list[str] = []

    def __call__(self, message: str) -> object:
        self.got.append(message)
        reply = self.replies.pop(0)
        if isinstance(reply, str):
            return {"outcome": reply, "reason": "too large"}
        raise reply or BusTroubleError("MessagingTimeout")


@pytest.mark.parametrize(
    ("reply", "outcome", "why"),
    [
        ("kept", SettleOutcome.COMMITTED, ""),
        ("gone", SettleOutcome.GONE, ""),
        ("refused", SettleOutcome.REFUSED, "too large"),
        ("not_yet", SettleOutcome.NOT_YET, ""),
        ("seal", SettleOutcome.NOT_YET, ""),
        ("of a later release", SettleOutcome.NOT_YET, ""),
    ],
)
def test_what_the_engine_says(reply: str, outcome: SettleOutcome, why: str) -> None:
    assert settled(Engines(reply)) == (outcome, why)


def test_the_engine_is_told_what_heat_s_url_would_be_told() -> None:
    engines = Engines("kept")
    settled(engines)
    opened = KEYS.open(engines.got[0], now=NOW)
    assert (opened.identity, opened.value) == (IDENTITY, ANSWER.to_dict())


def test_where_an_engine_died_with_it_another_is_given_the_same() -> None:
    engines = Engines(None, "kept")
    assert settled(engines)[0] is SettleOutcome.COMMITTED
    assert engines.got[0] == engines.got[1]


def test_where_none_replies_twice_the_handler_is_to_come_back(caplog: pytest.LogCaptureFixture) -> None:
    engines = Engines(None, None, "kept")
    assert settled(engines)[0] is SettleOutcome.NOT_YET
    assert len(engines.got) == 2
    assert "no engine's reply came over Heat's bus: MessagingTimeout" in caplog.text


def test_where_the_bus_itself_is_away_it_is_asked_once() -> None:
    engines = Engines(BusAwayError("no reply within 16 s"), "kept")
    assert settled(engines)[0] is SettleOutcome.NOT_YET
    assert len(engines.got) == 1


def test_without_the_option_the_log_names_it(caplog: pytest.LogCaptureFixture) -> None:
    assert NoBus().settle(TOKEN, ANSWER) == (SettleOutcome.NOT_YET, "")
    assert "[gateway] heat_bus_url is not set" in caplog.text


class ByUrl:
    """Heat's signed URL, by which no answer may go here."""

    def settle(self, _url: Any, _answer: Any) -> tuple[SettleOutcome, str]:
        raise AssertionError("it went by heat-api-cfn")


def told(call: Callable[[str], object] | None) -> tuple[int, str]:
    """Return what a handler is told whose token has no URL in it."""
    ring = Keyring([new_key()])
    bus = NoBus() if call is None else BusSettler(keyring=KEYS, call=call, clock=lambda: NOW)
    settler: Any = ByUrl()
    upstreams = Upstreams.of(["http://heat:8000/"])
    gateway = Gateway(keyring=ring, settler=settler, bus=bus, upstreams=upstreams, max_body=2000, clock=lambda: NOW)
    body = b'{"Status": "SUCCESS"}'
    environ = {
        "REQUEST_METHOD": "PUT",
        "PATH_INFO": PATH + ring.seal(TOKEN, now=NOW).reveal(),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    statuses: list[str] = []
    text = b"".join(gateway(environ, lambda status, _headers: statuses.append(status)))
    return int(statuses[0].partition(" ")[0]), text.decode()


@pytest.mark.parametrize(("reply", "status"), [("kept", 200), ("gone", 200), ("not_yet", 503), ("seal", 503)])
def test_a_token_without_a_url_goes_over_the_bus_and_by_no_other_way(reply: str, status: int) -> None:
    assert told(Engines(reply))[0] == status


def test_what_the_plugin_refuses_fails_the_resource_and_the_handler_reads_why() -> None:
    engines = Engines("refused", "kept")
    status, text = told(engines)
    assert (status, "too large" in text) == (400, True)
    assert [KEYS.open(message, now=NOW).value["Status"] for message in engines.got] == ["SUCCESS", "FAILED"]


def test_without_the_bus_such_an_answer_is_to_be_sent_again() -> None:
    assert told(None)[0] == 503
