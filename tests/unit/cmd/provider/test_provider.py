"""The provider says at its start what it answers, and ends in clear words where it cannot."""

import argparse
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from customresource_bridge.cmd import provider
from customresource_bridge.cmd.daemon import ending
from customresource_bridge.cmd.handler_arguments import LoadedHandler
from customresource_bridge.cmd.provider.state import QueueHome
from customresource_bridge.compat import UTC
from customresource_bridge.errors import ConfigurationError, ServiceUnavailable
from customresource_bridge.protocol import ids
from customresource_bridge.provider import runner
from customresource_bridge.provider.queue.in_hand import InHand
from customresource_bridge.provider.queue.journal import Journal
from customresource_bridge.provider.style import HandlerStyle, Style
from customresource_bridge.testing import FakeZaqar

WORDS = ("--handler", "a:b", "--queue", "q", "--allowed-base", "https://responses")
SIGNED = """
{"project": "p", "signature": "s", "expires": "2020-01-01T00:00:00", "methods": ["GET", "POST", "PATCH", "DELETE"],
 "paths": ["/v2/queues/q/claims", "/v2/queues/q/messages"]}
"""
HANDLER = LoadedHandler(spec=runner.HandlerSpec(name="a:b"), style=HandlerStyle(style=Style.LAMBDA))

COMPLETING = LoadedHandler(
    spec=HANDLER.spec,
    style=HandlerStyle(style=Style.CDK, is_complete="a:c"),
    is_complete=runner.HandlerSpec(name="a:c"),
)
QUEUE = provider.ServedQueue(name="q", zaqar=None, home=lambda: QueueHome("http://zaqar", "p"))  # type: ignore[arg-type]


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    provider.add_arguments(parser)
    return parser.parse_args([*WORDS, *words])


@pytest.mark.parametrize("number", ["0", "-1", "x"])
def test_no_request_at_once_is_no_number(number: str) -> None:
    with pytest.raises(SystemExit):
        parsed("--parallel", number)


def test_a_signed_queue_needs_the_endpoint_that_signed_it() -> None:
    arguments = parsed()
    arguments.queue, arguments.signed_url_file = None, Path("/signed")
    with pytest.raises(ConfigurationError, match="--zaqar-url"):
        provider._queue(arguments)


def test_a_signature_that_has_expired_is_told_at_once(tmp_path: Path) -> None:
    signed = tmp_path / "signed.json"
    signed.write_text(SIGNED)
    arguments = parsed("--zaqar-url", "http://127.0.0.1:9")
    arguments.queue, arguments.signed_url_file = None, signed
    with pytest.raises(ConfigurationError, match="expired"):
        provider._queue(arguments)


def test_a_signature_that_expires_soon_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        for hours in (1, 24):
            provider._say_how_long((datetime.now(UTC) + timedelta(hours=hours)).isoformat())
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "for 59 more minutes" in caplog.messages[0]


class Consumer:
    """A queue with nothing in it, or one that cannot be used."""

    queue = "q"

    def __init__(self, problem: Exception | None = None) -> None:
        self._problem = problem
        self.stop = Event()
        self.journal = Journal("q")
        self.in_hand = InHand()
        self.served = Event()

    def serve(self) -> None:
        self.served.set()
        self.stop.wait(30)

    def waits(self) -> bool:
        return False

    def serve_one(self) -> bool:
        if self._problem:
            raise self._problem
        return False


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending.signal, "signal", lambda *_: None)
    monkeypatch.setattr(provider, "_set_up_logs", lambda _arguments: None)
    monkeypatch.setattr(provider, "_queue", lambda _arguments: QUEUE)
    monkeypatch.setattr(provider, "loaded_handler", lambda *_args, **_kwargs: HANDLER)


def run(monkeypatch: pytest.MonkeyPatch, consumer: Any, *words: str) -> int:
    monkeypatch.setattr(provider, "_consumer", lambda *_args, **_kwargs: consumer)
    return provider.run(parsed("--once", *words))


@pytest.mark.usefixtures("quiet")
def test_it_says_at_once_what_it_answers(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert run(monkeypatch, Consumer(), "--parallel", "2", "--timeout", "30") == 0
    said = "answering the requests of queue q by a:b, style lambda, 2 at once, for 30 s each; ResponseURLs under https://responses"
    assert caplog.messages[0] == said


@pytest.mark.usefixtures("quiet")
def test_it_says_that_it_is_there_and_that_it_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    zaqar: Any = FakeZaqar(lambda: 0.0)
    consumer = Consumer()

    class Posted(FakeZaqar):
        def post(self, queue: str, body: Any, *, ttl: int) -> None:
            zaqar.post(queue, body, ttl=ttl)
            consumer.stop.set()

    monkeypatch.setattr(provider, "_queue", lambda _arguments: replace(QUEUE, own=Posted(lambda: 0.0)))
    monkeypatch.setattr(provider, "_consumer", lambda *_args, **_kwargs: consumer)
    assert provider.run(parsed("--parallel", "2")) == 0
    said = [message.body for message in zaqar.messages(ids.BRIDGE_QUEUE)]
    assert [(one["mode"], one["queue"], one["workers"], one["stopped"]) for one in said] == [
        ("provider", "q", 2, False),
        ("provider", "q", 2, True),
    ]


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(("own", "words"), [(None, ()), (FakeZaqar(lambda: 0.0), ("--once",))])
def test_it_says_nothing_with_a_signature_for_one_queue_or_where_it_soon_ends(own: Any, words: tuple[str, ...]) -> None:
    assert provider._heartbeats(parsed(*words), replace(QUEUE, own=own), Consumer()) is None  # type: ignore[arg-type]


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("problem", [ServiceUnavailable("Zaqar", "claim", "away"), ValueError("secret-of-mine")])
def test_a_queue_that_cannot_be_used_ends_it_with_one(
    problem: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert run(monkeypatch, Consumer(problem)) == 1
    assert "secret-of-mine" not in caplog.text


def test_another_signature_of_the_same_queue_has_the_same_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for signature, year in (("one", 2999), ("two", 2998)):
        signed = tmp_path / "signed.json"
        signed.write_text(SIGNED.replace('"s"', f'"{signature}"').replace("2020", str(year)))
        arguments = parsed("--zaqar-url", "http://127.0.0.1:9")
        arguments.queue, arguments.signed_url_file = None, signed
        queue = provider._queue(arguments)
        provider._consumer(arguments, COMPLETING, Event(), queue=queue)
    assert len(list(tmp_path.rglob("*.sqlite"))) == 1


def test_with_an_account_keystone_says_where_the_queue_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class Session:
        def get_project_id(self) -> str:
            return "project-1"

        def get_endpoint(self, *, service_type: str, region_name: str, interface: str) -> str:
            return f"https://{service_type}.{region_name}.{interface}"

    monkeypatch.setattr(provider.sessions, "load", lambda **_kwargs: Session())
    queue = provider._queue(parsed("--os-region-name", "north"))
    assert queue.home() == QueueHome("https://messaging.north.public", "project-1")


def test_the_style_s_functions_are_called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    called: list[str] = []
    monkeypatch.setattr(provider.runner, "run", lambda spec, *_args, **_kwargs: called.append(spec.name))
    arguments = parsed("--state", str(tmp_path / "s"), "--query-interval", "2", "--total-timeout", "60")
    consumer = provider._consumer(arguments, COMPLETING, Event(), queue=QUEUE)
    assert consumer.calls.is_complete is not None
    consumer.calls.run({}, 5.0)
    consumer.calls.is_complete({}, 5.0)
    assert called == ["a:b", "a:c"]
    assert (consumer.query_interval, consumer.total_timeout, consumer.calls.style) == (2.0, 60.0, Style.CDK)


@pytest.mark.parametrize(("words", "seconds"), [((), 120.0), (("--query-interval", "2"), 2.0)])
def test_crhelper_s_interval_counts_where_none_is_asked_for(tmp_path: Path, words: Any, seconds: float) -> None:
    style = HandlerStyle(style=Style.CRHELPER, polls=True)
    handler = LoadedHandler(spec=COMPLETING.spec, style=style, query_interval=120.0)
    consumer = provider._consumer(parsed("--state", str(tmp_path / "s"), *words), handler, Event(), queue=QUEUE)
    assert (consumer.query_interval, consumer.calls.may_wait) == (seconds, True)
