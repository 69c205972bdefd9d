"""What a handler's own Python does with an order: finds the function, calls it, and says what came of it."""

import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import crhelper_like
import pytest

from customresource_bridge.compat import UTC
from customresource_bridge.provider.invoke import account, as_json, find, salvaged

CODE = """
class Thing:
    def method(self, event, context): ...
    @staticmethod
    def static(event, context): return "static"
    @classmethod
    def of(cls, event, context): return "class"
class Callable:
    def __call__(self, event, context): return "object"
instance = Callable()
number = 5
def on_event(event, context): raise AssertionError("it was called")
def is_complete(event, context): ...
is_complete_after = 5
def handler(event, context): return event["value"]
def raises(event, context):
    raise ValueError("no such zone")
async def coroutine(event, context): return {}
def leaves(event, context): raise SystemExit(3)
"""
NAMES = ("function_name", "function_version", "invoked_function_arn", "memory_limit_in_mb", "aws_request_id")
CONTEXT = dict.fromkeys((*NAMES, "log_group_name", "log_stream_name"), "x")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "src" / "app").mkdir(parents=True)
    for place in (tmp_path / "invoked_handler.py", tmp_path / "src" / "app" / "invoked_inner.py"):
        place.write_text(CODE)
    sys.path.insert(0, str(tmp_path))
    yield tmp_path
    sys.path.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.startswith(("invoked_", "src", "crhelper."))]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("invoked_handler:handler", "handler"),
        ("invoked_handler.handler", "handler"),
        ("src/app/invoked_inner.handler", "handler"),
        ("./src/app/invoked_inner:handler", "handler"),
        ("src.app.invoked_inner:Thing.static", "Thing.static"),
        ("invoked_handler:Thing.of", "Thing.of"),
    ],
)
def test_a_handler_is_found_as_lambda_spells_it_and_as_we_do(folder: Path, name: str, found: str) -> None:
    assert folder.exists()
    assert find(name).__qualname__ == found


def order(handler: str, value: Any = None) -> dict[str, Any]:
    return {"handler": f"invoked_handler:{handler}", "event": {"value": value}, "context": CONTEXT, "seconds": 10}


@pytest.mark.usefixtures("folder")
def test_a_method_that_needs_an_object_is_refused_in_clear_words() -> None:
    failed = account(order("Thing.method"))["import_failed"]
    assert failed.startswith("TypeError: Thing.method needs an object of its class: name a function")
    assert account(order("instance")) == {"returned": "object"}


@pytest.mark.usefixtures("folder")
def test_a_coroutine_is_none_of_lambda_s_handlers() -> None:
    assert account(order("coroutine")) == {"coroutine": True}


@pytest.mark.usefixtures("folder")
def test_an_exit_and_a_name_that_is_not_there_are_told_apart() -> None:
    assert account(order("leaves")) == {"exited": "3"}
    assert account(order("nothing"))["import_failed"].startswith("AttributeError")


@pytest.mark.parametrize(
    ("number", "written"),
    [(Decimal(5), 5), (Decimal("1.50"), 1.5), (Decimal("1E+2"), 100), ([{"a": Decimal("0.1")}], [{"a": 0.1}])],
)
@pytest.mark.usefixtures("folder")
def test_a_decimal_is_a_number(number: Any, written: Any) -> None:
    assert account(order("handler", number)) == {"returned": written}
    assert as_json(number) == written


@pytest.mark.usefixtures("folder")
def test_what_is_no_json_costs_only_itself() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    value = {"PhysicalResourceId": "vm-1", "Data": {"Expires": now}, "Reason": "made", ("a", "b"): 1}
    result = account(order("handler", value))
    assert result["returned"] == {"PhysicalResourceId": "vm-1", "Reason": "made"}
    assert "datetime is not JSON serializable" in result["not_json"]
    assert account(order("handler", object()))["returned"] is None
    circle: dict[str, Any] = {"PhysicalResourceId": "vm-1"}
    circle["Data"] = circle
    assert salvaged(circle) == {"PhysicalResourceId": "vm-1"}
    assert salvaged([SimpleNamespace()]) is None


FOUND = {"returned": {"beside": ["is_complete"], "crhelper": None}}


@pytest.mark.usefixtures("folder")
def test_a_handler_can_be_loaded_without_being_called() -> None:
    assert account({**order("on_event"), "only_load": True}) == FOUND
    assert account({**order("instance"), "only_load": True}) == FOUND
    assert account({**order("coroutine"), "only_load": True}) == {"coroutine": True}
    failed = account({**order("number"), "only_load": True})["import_failed"]
    assert failed.startswith("TypeError: number is no function")


@pytest.mark.usefixtures("folder")
def test_a_traceback_begins_with_the_handler_s_own_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert account(order("raises"))["raised"].startswith("ValueError: no such zone")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert "invoked_handler.py" in lines[1]
    assert lines[-1] == "ValueError: no such zone"


SERVED_BY_CRHELPER = """
from crhelper.resource_helper import CfnResource
def create(event, context):
    return event["value"]
helper = CfnResource(create=create)
polling = CfnResource(create=create, poll_create=lambda event, context: event.get("done"))
def handler(event, context): return helper(event, context)
def polls(event, context): return polling(event, context)
def raises(event, context): raise ValueError("no")
def own(event, context): return {"Data": {}}
def leaves_what_is_no_json(event, context):
    helper.Data = {"A": object()}
    helper._send()
"""


@pytest.fixture
def served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "crhelper", ModuleType("crhelper"))
    monkeypatch.setitem(sys.modules, "crhelper.resource_helper", ModuleType("crhelper.resource_helper"))
    (folder / "invoked_served.py").write_text(SERVED_BY_CRHELPER)


def crhelper_s(function: str, **event: Any) -> dict[str, Any]:
    sys.modules.pop("invoked_served", None)  # a process for each call
    sys.modules["crhelper.resource_helper"].CfnResource = crhelper_like.make()  # type: ignore[attr-defined]
    given = {"RequestType": "Create", "value": "job-1", **event}
    return account({**order(function), "handler": f"invoked_served:{function}", "event": given, "crhelper": True})


@pytest.mark.usefixtures("served")
def test_what_crhelper_would_put_is_returned() -> None:
    assert crhelper_s("handler")["returned"]["PhysicalResourceId"] == "job-1"
    salvaged_one = crhelper_s("leaves_what_is_no_json")
    assert salvaged_one["returned"]["Status"] == "SUCCESS"
    assert "object is not JSON" in salvaged_one["not_json"]


@pytest.mark.usefixtures("served")
def test_what_crhelper_polls_is_to_be_called_again_until_it_is_done() -> None:
    again = crhelper_s("polls")["again"]
    assert again["CrHelperData"] == {"PhysicalResourceId": "job-1"}
    assert crhelper_s("polls", **again) == {"again": again}
    assert crhelper_s("polls", **again, done="job-2")["returned"]["PhysicalResourceId"] == "job-2"


@pytest.mark.usefixtures("served")
def test_what_does_not_come_to_crhelper_ends_as_any_other() -> None:
    assert crhelper_s("raises")["raised"].startswith("ValueError: no")
    assert crhelper_s("own") == {"returned": {"Data": {}}}


@pytest.mark.usefixtures("served")
def test_that_crhelper_serves_a_handler_is_seen_as_it_is_loaded() -> None:
    crhelper_s("handler")
    found = account({**order("handler"), "handler": "invoked_served:handler", "only_load": True})
    assert found == {"returned": {"beside": [], "crhelper": {"every": 120.0}}}
