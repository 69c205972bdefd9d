"""What a program posts to Lambda's runtime interface is what came of its event."""

from types import SimpleNamespace
from typing import Any

import pytest

from customresource_bridge.provider.workers.runtime_api import Invocation, taken

BASE = "/2018-06-01/runtime"
ORDER: dict[str, Any] = {"event": {"RequestType": "Create"}, "context": {}, "seconds": 5}


@pytest.mark.parametrize(
    ("path", "body", "account"),
    [
        ("/invocation/1/response", b'{"Data": {}}', {"returned": {"Data": {}}}),
        ("/invocation/1/response", b" ", {"returned": None}),
        (
            "/invocation/1/response",
            b"no json",
            {"returned": None, "not_json": "Expecting value: line 1 column 1 (char 0)"},
        ),
        ("/invocation/1/error", b'{"errorType": "QuotaError", "errorMessage": "no"}', {"raised": "QuotaError: no"}),
        ("/invocation/1/error", b'{"errorMessage": "no"}', {"raised": "no"}),
        ("/invocation/1/error", b"[]", {"raised": "an error that it did not name"}),
        ("/init/error", b'{"errorType": "Init", "errorMessage": "no file"}', {"import_failed": "Init: no file"}),
    ],
)
def test_what_is_posted_is_what_came_of_it(path: str, body: bytes, account: dict[str, Any]) -> None:
    assert taken(f"{BASE}{path}", body) == account


def test_what_is_no_json_is_no_value() -> None:
    assert taken(f"{BASE}/invocation/1/response", b"no json")["not_json"].startswith("Expecting value")


def test_the_event_is_given_once() -> None:
    invocation = Invocation(ORDER)
    assert invocation.next() == ORDER["event"]
    assert invocation.next() is None


def test_a_program_that_asks_for_an_event_can_be_called() -> None:
    invocation = Invocation({**ORDER, "only_load": True})
    assert invocation.next() is None
    assert invocation.wait(running(None)) == {"returned": {"beside": [], "crhelper": None}}


def test_the_first_account_counts_and_so_does_an_end_without_one() -> None:
    invocation = Invocation(ORDER)
    invocation.end({"returned": 1})
    invocation.end({"raised": "late"})
    assert invocation.wait(running(0)) == {"returned": 1}
    assert Invocation(ORDER).wait(running(3)) == {"exited": "exit status 3"}


def running(code: int | None) -> Any:
    return SimpleNamespace(poll=lambda: code)
