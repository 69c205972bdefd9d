import argparse
import os
from pathlib import Path
from typing import Any

import pytest

from customresource_bridge.cmd import handler_arguments as given
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.provider.ending import Broke, Loaded
from customresource_bridge.provider.style import Style

WORDS = ("--handler", "a:b")


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    given.add_handler_arguments(parser, required=True)
    return parser.parse_args([*WORDS, *words])


def variables(folder: Path, text: str) -> argparse.Namespace:
    file = folder / "environment.json"
    file.write_text(text)
    return parsed("--environment", str(file), "--folder", str(folder))


def test_the_handler_s_variables_are_for_it_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OS_AUTH_URL", raising=False)
    arguments = variables(tmp_path, '{"OS_AUTH_URL": "https://other", "A": "it\'s"}')
    handler = given.handler_from(arguments, ca_file=None)
    assert handler.environment == {"OS_AUTH_URL": "https://other", "A": "it's"}
    assert "OS_AUTH_URL" not in os.environ
    assert "https://other" not in repr(handler)


def test_the_authorities_that_the_command_was_given_stand_above_the_variables(tmp_path: Path) -> None:
    handler = given.handler_from(variables(tmp_path, '{"SSL_CERT_FILE": "theirs"}'), ca_file=Path("/ca.pem"))
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
        given.handler_from(variables(tmp_path, text), ca_file=None)
    assert "secret-of-mine" not in str(refused.value)


S3 = ("--aws-endpoint", "s3=https://objects.example.org")
PAIR = '{"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "s3cr3t", "AWS_REGION": "north"}'


def test_an_endpoint_for_aws_s_sdks_comes_with_the_operator_s_key_pair_which_nothing_repeats(tmp_path: Path) -> None:
    (tmp_path / "pair.json").write_text(PAIR)
    handler = given.handler_from(parsed(*S3, "--environment", str(tmp_path / "pair.json")), ca_file=None)
    assert handler.environment["AWS_ENDPOINT_URL_S3"] == "https://objects.example.org"
    assert handler.environment["AWS_SECRET_ACCESS_KEY"] == "s3cr3t"
    assert handler.environment["AWS_DEFAULT_REGION"] == "north"
    assert handler.secrets == ("s3cr3t",)
    assert "s3cr3t" not in repr(handler)


def test_without_an_endpoint_the_provider_s_own_pair_is_not_the_handler_s(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "theirs")
    assert given.handler_from(parsed(), ca_file=None).environment == {}
    assert given.handler_from(parsed(*S3), ca_file=None).environment["AWS_SECRET_ACCESS_KEY"] == "theirs"


def test_an_endpoint_that_cannot_be_is_refused_without_its_password(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed("--aws-endpoint", "s3=https://user:s3cr3t@objects.example.org")
    said = capsys.readouterr().err
    assert "the URL of s3 has no user, no password" in said
    assert "s3cr3t" not in said


@pytest.mark.parametrize("words", [["--handler", "alone"], ["--folder", "/no/such/folder"]])
def test_a_handler_that_is_none_is_refused(words: list[str]) -> None:
    with pytest.raises(ConfigurationError, match=words[1]):
        given.handler_from(parsed(*words), ca_file=None)


def loading(monkeypatch: pytest.MonkeyPatch, **ends: Any) -> None:
    monkeypatch.setattr(given.runner, "load", lambda spec, *, show: ends[spec.name.partition(":")[2]])  # noqa: ARG005


BROKEN = Broke("The handler could not be loaded: SyntaxError: x")


def loaded(*words: str) -> given.LoadedHandler:
    return given.loaded_handler(parsed(*words), ca_file=None, show=print)


def test_a_handler_that_does_not_load_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    loading(monkeypatch, b=BROKEN, c=Loaded())
    with pytest.raises(ConfigurationError, match="--handler a:b: The handler could not be loaded: SyntaxError"):
        loaded()
    loading(monkeypatch, b=Loaded(), c=BROKEN)
    with pytest.raises(ConfigurationError, match="--is-complete a:c: The handler could not"):
        loaded("--is-complete", "a:c")
    with pytest.raises(ConfigurationError, match="--is-complete c: name the function too"):
        loaded("--is-complete", "c")


def test_the_style_comes_with_the_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    loading(monkeypatch, b=Loaded(("ready",)), on_event=Loaded(("is_complete",)), is_complete=Loaded())
    assert (loaded().style.style, loaded().is_complete) == (Style.LAMBDA, None)
    cdk = loaded("--handler", "a:on_event", "--timeout", "5")
    assert cdk.style.style is Style.CDK
    assert cdk.is_complete is not None
    assert (cdk.spec.name, cdk.is_complete.name) == ("a:on_event", "a:is_complete")


def test_crhelper_s_own_interval_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    loading(monkeypatch, b=Loaded(crhelper=True, polls_every=120.0))
    found = loaded()
    assert (found.style.style, found.spec.crhelper, found.query_interval) == (Style.CRHELPER, True, 120.0)
    assert loaded("--style", "lambda").query_interval is None
    assert loaded("--style", "lambda").spec.crhelper is False


@pytest.mark.parametrize("words", [("--query-interval", "0"), ("--total-timeout", "inf"), ("--style", "chef")])
def test_an_interval_or_a_style_that_cannot_be_is_refused(words: tuple[str, str]) -> None:
    with pytest.raises(SystemExit):
        parsed(*words)


def test_the_box_is_the_author_s_to_measure(tmp_path: Path) -> None:
    words = (
        "--memory",
        "64",
        "--processes",
        "9",
        "--file-size",
        "2",
        "--pass-environment",
        "A",
        "--pass-environment",
        "B",
    )
    handler = given.handler_from(parsed(*words, "--folder", str(tmp_path)), ca_file=None)
    assert (handler.limits.memory, handler.limits.processes, handler.limits.file_size) == (64, 9, 2)
    assert handler.passed == ("A", "B")
    assert handler.user is None


@pytest.mark.parametrize(
    "words", [["--memory", "0"], ["--processes", "-1"], ["--file-size", "x"], ["--memory", "9" * 30]]
)
def test_a_size_that_is_none_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(*words)
    assert words[0] in capsys.readouterr().err


def test_a_user_that_none_can_become_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--user no-such-user"):
        given.handler_from(parsed("--user", "no-such-user", "--folder", str(tmp_path)), ca_file=None)
