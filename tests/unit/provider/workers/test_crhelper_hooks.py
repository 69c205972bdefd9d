"""What crhelper has AWS do for it is done by the provider: it is called again, and answers by what it returns."""

import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import crhelper_like
import pytest

from customresource_bridge.provider.workers.crhelper_hooks import MODULE, CrhelperCall, signs

CREATE = {"RequestType": "Create", "ResponseURL": "https://answer"}
POLL = {**CREATE, "CrHelperPoll": True, "CrHelperData": {"PhysicalResourceId": "job-1", "A": "1"}}


@pytest.fixture
def helper() -> Iterator[Callable[..., Any]]:
    """Return what makes crhelper's object in the module of a handler."""
    kind = crhelper_like.make()
    library, mine = ModuleType(MODULE), ModuleType("mine")
    library.CfnResource = kind  # type: ignore[attr-defined]
    sys.modules |= {MODULE: library, "mine": mine}

    def made(**functions: Any) -> Any:
        mine.helper = found = kind(**functions)  # type: ignore[attr-defined]
        return found

    yield made
    del sys.modules[MODULE], sys.modules["mine"]


def handler(_event: Any, _context: Any) -> None: ...


handler.__module__ = "mine"


def test_a_handler_beside_crhelper_s_object_is_known_by_it(helper: Callable[..., Any]) -> None:
    assert signs(handler) is None
    found = helper(create=print)
    assert signs(handler) == {"every": None}
    assert signs(found) == {"every": None}
    helper(poll_delete=print, polling_interval=3)
    assert signs(handler) == {"every": 180.0}


def test_without_crhelper_nothing_is_looked_for() -> None:
    assert signs(handler) is None


def test_what_it_would_put_is_the_answer(helper: Callable[..., Any]) -> None:
    found, call = helper(create=lambda _event, _context: "job-1"), CrhelperCall(CREATE)
    found({**CREATE}, None)
    assert call.answer == {"Status": "SUCCESS", "Reason": "", "Data": {}, "PhysicalResourceId": "job-1"}
    assert call.again is None


def test_where_it_polls_it_is_called_again_with_what_it_kept(helper: Callable[..., Any]) -> None:
    def create(_event: Any, me: Any) -> str:
        me.Data["A"] = "1"
        return "job-1"

    found, call = helper(create=create, poll_create=print), CrhelperCall(CREATE)
    found({**CREATE}, None)
    assert (call.answer, call.again) == (None, POLL)


def test_what_is_not_complete_is_called_again_with_the_same(helper: Callable[..., Any]) -> None:
    def not_yet(_event: Any, me: Any) -> None:
        me.Data["Later"] = "forgotten, as at AWS"

    found, call = helper(poll_create=not_yet), CrhelperCall(POLL)
    found({**POLL, "CrHelperData": {**POLL["CrHelperData"]}}, None)  # type: ignore[dict-item]
    assert (call.answer, call.again) == (None, POLL)


@pytest.mark.parametrize(
    ("event", "named"),
    [
        (POLL, "job-1"),
        ({**CREATE, "RequestType": "Update", "PhysicalResourceId": "old", "CrHelperPoll": True}, "old"),
        ({**CREATE, "CrHelperPoll": True, "CrHelperData": {"PhysicalResourceId": None}}, "made up"),
    ],
)
def test_a_poll_that_returns_true_keeps_the_id_that_was_named(
    helper: Callable[..., Any], event: dict[str, Any], named: str
) -> None:
    yes = lambda _event, _context: True  # noqa: E731 - one for both
    found, call = helper(poll_create=yes, poll_update=yes), CrhelperCall(event)
    found({**event, "CrHelperData": dict(event.get("CrHelperData", {}))}, None)
    assert call.again is None
    assert call.answer is not None
    assert call.answer["PhysicalResourceId"] == named
    assert "PhysicalResourceId" not in call.answer["Data"]


def test_a_delete_does_not_wait_for_a_log(helper: Callable[..., Any]) -> None:
    event = {"RequestType": "Delete", "PhysicalResourceId": "job-1"}
    found, call = helper(delete=print), CrhelperCall(event)
    found({**event}, None)
    assert call.answer is not None
    assert (call.answer["Status"], call.answer["PhysicalResourceId"]) == ("SUCCESS", "job-1")


def test_the_first_answer_counts(helper: Callable[..., Any]) -> None:
    found, call = helper(create=lambda _event, _context: "job-1"), CrhelperCall(CREATE)
    found({**CREATE}, None)
    found._send("FAILED", "Execution timed out")
    assert call.answer is not None
    assert call.answer["Status"] == "SUCCESS"
