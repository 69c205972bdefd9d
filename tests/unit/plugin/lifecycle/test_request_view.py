from dataclasses import replace
from typing import Any

import pytest
from plugin_parts import NOW, pending

from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.progress import ProgressReport
from customresource_bridge.plugin.lifecycle.request_view import RequestExecution, handler, request_view
from customresource_bridge.plugin.lifecycle.spec import PhaseWorkflow, Spec
from customresource_bridge.plugin.lifecycle.state import Pending

RUNS = RequestExecution(id="e1", state="RUNNING", workflow="record")


def lease(posts: int = 2) -> Lease:
    return Lease(request_id="r", posts=posts, next_post_at=NOW, expires_at=NOW)


def of(**spec: Any) -> Pending:
    return replace(pending(), spec=Spec(resource_type="Custom::Dns", **spec))


def view(out: Pending | None, posts: int = 2, **seen: Any) -> dict[str, Any]:
    return request_view(out, lease(posts), **{"answered": False, "execution": None, **seen})


def test_a_request_that_is_out_is_shown_with_its_times_and_its_handler() -> None:
    shown = view(of(service_token="mistral:record"), execution=RUNS)
    assert shown == {
        "request_id": "r",
        "type": "Update",
        "stage": "taken",
        "asked": NOW.isoformat(timespec="seconds"),
        "deadline": pending().deadline.isoformat(timespec="seconds"),
        "copies": 2,
        "handler": "mistral:record",
        "taken_by": "workflow record",
        "execution": "e1",
        "execution_state": "RUNNING",
        "progress": None,
        "progress_at": None,
        "problem": None,
    }


@pytest.mark.parametrize(
    ("stage", "shown"),
    [
        ("not sent", view(replace(pending(), hindrance="Zaqar is down"), posts=0)),
        ("asked", view(pending())),
        ("answered", view(pending(), answered=True, execution=RUNS)),
        ("over", view(None, execution=RUNS)),
        ("over", view(replace(pending(), request_id="another"))),
    ],
)
def test_the_stage_is_what_can_be_seen(stage: str, shown: dict[str, Any]) -> None:
    assert shown["stage"] == stage


def test_the_last_request_is_shown_by_its_ids_when_it_is_over() -> None:
    shown = view(None, execution=RUNS)
    assert (shown["request_id"], shown["execution"], shown["type"]) == ("r", "e1", None)


def test_the_latest_progress_is_shown_of_the_request_that_it_is_of() -> None:
    report = ProgressReport(request_id="r", reason="copying 40 %", at=NOW, told_at=NOW)
    shown = request_view(pending(), lease(), answered=False, execution=None, report=report)
    assert (shown["progress"], shown["progress_at"]) == ("copying 40 %", NOW.isoformat(timespec="seconds"))
    other = replace(report, request_id="another")
    assert request_view(pending(), lease(), answered=False, execution=None, report=other)["progress"] is None


def test_the_handler_is_shown_without_a_signature() -> None:
    assert handler(of(service_token="zaqar:q?project=p&signature=secret")) == "zaqar:q"
    assert handler(of(workflows={"update": PhaseWorkflow(workflow="change")})) == "mistral:change"
    assert handler(of()) == "the handler of Custom::Dns"
