"""What a report, or its absence, says of how a handler ended; real processes are in the functional tests."""

import json
import os
from typing import Any

import pytest

from customresource_bridge.provider.box.launcher import BoxEnd
from customresource_bridge.provider.box.limits import Limits
from customresource_bridge.provider.ending import Broke, Returned
from customresource_bridge.provider.runner import HandlerSpec, _Account, _ended, _ending, _environment


def ended(report: Any, status: int = 0) -> Any:
    return _ending(json.dumps(report).encode(), status)


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        ({"import_failed": "SyntaxError: x"}, "The handler could not be loaded: SyntaxError: x"),
        ({"exited": "3"}, "The handler exited (3) instead of returning"),
        ({"raised": "ValueError: {no}"}, "The handler raised ValueError: {no}"),
        (
            {"returned": None, "not_json": "TypeError: x"},
            "The handler returned a value that is not JSON (TypeError: x)",
        ),
    ],
)
def test_each_end_has_its_sentence(report: Any, reason: str) -> None:
    assert ended(report) == Broke(reason)


def test_a_coroutine_is_told_what_to_do() -> None:
    broke = ended({"coroutine": True})
    assert isinstance(broke, Broke)
    assert "async def" in broke.reason
    assert "asyncio.run" in broke.reason


@pytest.mark.parametrize("value", [None, {}, {"Status": "SUCCESS"}, [1], "x", 0])
def test_a_value_is_returned_as_it_is(value: Any) -> None:
    assert ended({"returned": value}) == Returned(value)


def test_what_is_left_of_a_value_that_is_no_json_is_returned_with_what_was_lost() -> None:
    assert ended({"returned": {"a": 1}, "not_json": "TypeError: x"}) == Returned({"a": 1}, "TypeError: x")


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        (b"", 7, "ended with exit status 7 instead of returning"),
        (b"[1]", 0, "exit status 0"),
        (b'{"returned"', -9, "was killed by SIGKILL"),
        (b"[" * 100_000, -11, "was killed by SIGSEGV"),
        (b"", -63, "signal 63"),
    ],
)
def test_without_a_report_the_process_itself_says_how_it_ended(text: bytes, status: int, said: str) -> None:
    broke = _ending(text, status)
    assert isinstance(broke, Broke)
    assert said in broke.reason


def test_a_handler_s_environment_has_what_it_is_given_and_no_secret_in_its_repr() -> None:
    handler = HandlerSpec(name="src/app/index.handler", environment={"TOKEN": "s3cr3t"})
    environment = _environment(handler, {"RequestId": "r-1"})
    assert environment["TOKEN"] == "s3cr3t"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "src-app-index-handler"
    assert environment["_HANDLER"] == "src/app/index.handler"
    assert environment["AWS_LAMBDA_LOG_STREAM_NAME"] == "src-app-index-handler/r-1"
    assert "s3cr3t" not in repr(handler)


def test_the_provider_s_environment_is_not_the_handler_s_but_for_what_is_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("OS_PASSWORD", "AWS_REGION", "MINE"):
        monkeypatch.setenv(name, "theirs")
    environment = _environment(HandlerSpec(name="a:b"), {})
    assert not {"OS_PASSWORD", "MINE"} & set(environment)
    assert environment["AWS_REGION"] == "theirs"
    assert _environment(HandlerSpec(name="a:b", passed=("MINE",)), {})["MINE"] == "theirs"


def test_the_memory_that_it_is_told_is_what_it_has() -> None:
    environment = _environment(HandlerSpec(name="a:b", limits=Limits(memory=300)), {})
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "300"


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (BoxEnd(problem="Permission denied"), "could not be started: Permission denied"),
        (BoxEnd(killed="time"), "did not finish within 2.5 seconds and was killed"),
        (BoxEnd(killed="processes"), "had more than 256 processes at once and was killed"),
        (BoxEnd(killed="provider"), "was killed from outside"),
        (BoxEnd(status=-9), "was killed by SIGKILL"),
    ],
)
def test_an_end_that_the_box_made_says_which_limit_it_was(end: BoxEnd, said: str) -> None:
    reading, writing = os.pipe()
    os.close(writing)
    broke = _ended(end, _Account(reading, most=10), Limits(), 2.5)
    assert isinstance(broke, Broke)
    assert said in broke.reason


def test_a_report_that_is_too_large_is_not_read_to_its_end() -> None:
    reading, writing = os.pipe()
    account = _Account(reading, most=10)
    os.write(writing, b"x" * 20)
    assert _ended(BoxEnd(status=0), account, Limits(), 1) == Broke("The handler returned more than 6291456 bytes")
    os.close(writing)


def test_what_is_to_be_called_again_has_its_event() -> None:
    assert ended({"again": {"CrHelperPoll": True}}) == Returned(None, again={"CrHelperPoll": True})
