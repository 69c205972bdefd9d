"""What a report, or its absence, says of how a handler ended; real processes are in the functional tests."""

import json
from typing import Any

import pytest

from customresource_bridge.provider.runner import Broke, HandlerSpec, Returned, _ending, _environment


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
