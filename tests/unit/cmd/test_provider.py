import argparse
import logging
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from customresource_bridge.cmd import provider
from customresource_bridge.errors import ConfigurationError, ServiceUnavailable
from customresource_bridge.provider import runner

WORDS = ("--handler", "a:b", "--queue", "q", "--allowed-base", "https://responses")


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    provider.add_arguments(parser)
    return parser.parse_args([*WORDS, *words])


def variables(folder: Path, text: str) -> argparse.Namespace:
    file = folder / "environment.json"
    file.write_text(text)
    return parsed("--environment", str(file), "--folder", str(folder))


def test_the_handler_s_variables_are_for_it_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OS_AUTH_URL", raising=False)
    arguments = variables(tmp_path, '{"OS_AUTH_URL": "https://other", "A": "it\'s"}')
    handler = provider.handler_from(arguments, ca_file=None)
    assert handler.environment == {"OS_AUTH_URL": "https://other", "A": "it's"}
    assert "OS_AUTH_URL" not in provider.os.environ
    assert "https://other" not in repr(handler)


def test_the_authorities_that_the_command_was_given_stand_above_the_variables(tmp_path: Path) -> None:
    handler = provider.handler_from(variables(tmp_path, '{"SSL_CERT_FILE": "theirs"}'), ca_file=Path("/ca.pem"))
    assert handler.environment["SSL_CERT_FILE"] == "/ca.pem"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[", "environment.json"),
        ("[]", "no JSON object"),
        ('{"A=B": "c"}', "'A=B' is no name of a variable"),
        ('{"": "c"}', "'' is no name of a variable"),
        ('{"A": 1}', "the value of A is no text"),
        ('{"A": "secret-of-mine\\u0000"}', "the value of A is no text"),
    ],
)
def test_variables_that_cannot_be_are_refused(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=problem) as refused:
        provider.handler_from(variables(tmp_path, text), ca_file=None)
    assert "secret-of-mine" not in str(refused.value)


@pytest.mark.parametrize("words", [["--handler", "alone"], ["--folder", "/no/such/folder"]])
def test_a_handler_that_is_none_is_refused(words: list[str]) -> None:
    with pytest.raises(ConfigurationError, match=words[1]):
        provider.handler_from(parsed(*words), ca_file=None)


@pytest.mark.parametrize("number", ["0", "-1", "x"])
def test_no_request_at_once_is_no_number(number: str) -> None:
    with pytest.raises(SystemExit):
        parsed("--parallel", number)


def test_a_signed_queue_needs_the_endpoint_that_signed_it() -> None:
    arguments = parsed()
    arguments.queue, arguments.signed_url_file = None, Path("/signed")
    with pytest.raises(ConfigurationError, match="--zaqar-url"):
        provider._queue(arguments)


class Consumer:
    """A queue with nothing in it, or one that cannot be used."""

    queue = "q"

    def __init__(self, problem: Exception | None = None) -> None:
        self._problem = problem

    def serve_one(self) -> bool:
        if self._problem:
            raise self._problem
        return False


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider.signal, "signal", lambda *_: None)
    monkeypatch.setattr(provider.logging, "basicConfig", lambda **_: None)


def run(monkeypatch: pytest.MonkeyPatch, consumer: Any, *words: str) -> int:
    monkeypatch.setattr(provider, "_consumer", lambda *_: consumer)
    return provider.run(parsed("--once", *words))


@pytest.mark.usefixtures("quiet")
def test_it_says_at_once_what_it_answers(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert run(monkeypatch, Consumer(), "--parallel", "2", "--timeout", "30") == 0
    said = "answering the requests of queue q by a:b, 2 at once, for 30 s each; ResponseURLs under https://responses"
    assert caplog.messages[0] == said


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("problem", [ServiceUnavailable("Zaqar", "claim", "away"), ValueError("secret-of-mine")])
def test_a_queue_that_cannot_be_used_ends_it_with_one(
    problem: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert run(monkeypatch, Consumer(problem)) == 1
    assert "secret-of-mine" not in caplog.text


def test_what_a_handler_prints_is_logged_with_the_request_s_id(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made: dict[str, Any] = {}
    monkeypatch.setattr(provider, "_queue", lambda _arguments: (None, "q"))
    monkeypatch.setattr(provider, "Consumer", lambda **given: made.update(given) or SimpleNamespace())
    monkeypatch.setattr(provider.runner, "run", lambda *_args, show, **_kwargs: show("hello \x1b[31m"))
    provider._consumer(parsed(), runner.HandlerSpec(name="a:b"), Event())
    with caplog.at_level(logging.INFO):
        made["run"]({"RequestId": "request-1"}, 5.0)
    assert caplog.messages == ["[request-1] hello ?[31m"]
