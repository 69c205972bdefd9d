"""What a program posts to Lambda's runtime interface is what came of its event."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from customresource_bridge.provider.workers.runtime_api import Invocation, is_an_end, is_our_own, taken

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


TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:A001 0100007F:B001 01 00000000:00000000 00:00000000 00000000  {mine}        0 1 1
   1: 0100007F:A002 0100007F:B001 01 00000000:00000000 00:00000000 00000000  {other}        0 2 1
"""


@pytest.mark.parametrize(("port", "ours"), [(0xA001, True), (0xA002, False), (0xA003, False)])
def test_another_user_of_the_host_is_told_nothing(tmp_path: Path, port: int, *, ours: bool) -> None:
    table = tmp_path / "tcp"
    table.write_text(TABLE.format(mine=os.geteuid(), other=os.geteuid() + 1))
    assert is_our_own(("127.0.0.1", port), table=table) is ours


def test_where_the_kernel_has_no_such_table_nothing_is_refused(tmp_path: Path) -> None:
    assert is_our_own(("127.0.0.1", 1), table=tmp_path / "none")


@pytest.mark.parametrize(
    ("path", "ends"),
    [
        ("/invocation/r-1/response", True),
        ("/invocation/r-1/error", True),
        ("/init/error", True),
        ("/invocation/not-the-id/response", False),
        ("/invocation/r-1/other", False),
    ],
)
def test_only_the_invocation_that_was_given_is_ended(path: str, *, ends: bool) -> None:
    assert is_an_end(f"{BASE}{path}", "r-1") is ends
