from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from plugin_parts import pending

from customresource_bridge.compat import UTC
from customresource_bridge.plugin.lifecycle import story
from customresource_bridge.plugin.lifecycle.request_view import RequestExecution
from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.protocol import RequestType

RID, EXECUTION = "3a715364-affe-46d0-a114-7dc2cc80fda8", "6f0c3c52-9a52-5c4e-8f5e-0e8e6f6ad001"


def test_a_reason_begins_with_the_handler_s_words_and_ends_as_cloudformation_s_do() -> None:
    assert story.with_ids("no quota", RID) == f"no quota (RequestId: {RID})"
    assert (
        story.with_ids("no quota", RID, execution=EXECUTION) == f"no quota (execution: {EXECUTION}) (RequestId: {RID})"
    )
    assert story.with_ids("no quota") == "no quota"


@pytest.mark.parametrize("execution", [None, EXECUTION])
def test_an_event_keeps_the_beginning_and_the_ids_of_what_is_too_long_for_it(execution: str | None) -> None:
    end = story.with_ids("", RID, execution=execution)
    event = story.as_event(f"Resource CREATE failed: xxx (execution: of mine) {'x' * 400}{end}")
    assert len(event) == 255
    assert event.startswith("Resource CREATE failed: xxx")
    assert event.endswith(end)


def test_an_event_of_any_other_text_is_its_beginning() -> None:
    assert story.as_event("short") == "short"
    assert story.as_event("x" * 300 + " (RequestId: r)" + "y" * 300) == "x" * 254 + "…"


NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def out(token: str = "mistral:record", hours: float = 1) -> Pending:
    until = NOON + timedelta(hours=hours)
    return replace(
        pending(), spec=Spec(resource_type="Custom::Dns", service_token=token), asked_at=NOON, deadline=until
    )


def test_what_waits_says_who_was_asked_and_until_when() -> None:
    text = story.asked(out(), execution=None)
    assert text == "Update asked of mistral:record, until 13:00:00 UTC (RequestId: r)"
    assert "until 2026-11-30 12:00:00 UTC (execution: e1)" in story.asked(out(hours=48), execution="e1")
    assert "secret" not in story.asked(out("zaqar:q?project=p&signature=secret"), execution=None)


def test_what_was_sent_after_all_says_so() -> None:
    assert story.sent_after_all(out()).startswith("Update asked of mistral:record after all, until ")


def test_what_may_stay_is_named_and_the_event_holds_its_ids_whole() -> None:
    text = story.may_stay(replace(out(), request_type=RequestType.DELETE, request_id=RID), "made-1", acting=EXECUTION)
    assert text.startswith("Delete begins, and made-1 may stay: a task of the request before it may still act")
    assert text.endswith(f"(execution: {EXECUTION}) (RequestId: {RID})")
    assert story.as_event(text) == text


@pytest.mark.parametrize(
    ("state", "ended", "said"),
    [
        ("RUNNING", False, "Workflow record runs (execution: e1)"),
        ("PAUSED", False, "Workflow record is PAUSED (execution: e1)"),
        ("SUCCESS", True, "Workflow record ended in SUCCESS, and its answer has not reached Heat: "),
    ],
)
def test_a_workflow_is_told_of_as_mistral_has_it(state: str, *, ended: bool, said: str) -> None:
    execution = RequestExecution(id="e1", state=state, workflow="record", ended=ended)
    assert story.runs(out(), execution).startswith(said)
    assert story.runs(out(), execution).endswith(" (execution: e1) (RequestId: r)")


@pytest.mark.parametrize(
    ("seconds", "age"), [(45, "45 seconds"), (90, "1 minute"), (150, "2 minutes"), (3700, "1 hour"), (90000, "1 day")]
)
def test_what_nobody_took_says_for_how_long_and_asks_the_right_question(seconds: int, age: str) -> None:
    now = NOON + timedelta(seconds=seconds)
    text = story.untaken_by_bridge(out(), hosts=None, now=now)
    assert text == f"No bridge has taken the Update request for {age}: does one run for this project? (RequestId: r)"
    text = story.untaken_by_provider(out("zaqar:q"), now=now)
    assert text.startswith(f"No provider has taken the Update request out of zaqar:q for {age}: does one run?")


def test_what_no_bridge_took_says_which_bridges_the_project_has() -> None:
    now = NOON + timedelta(seconds=90)
    begins = "No bridge has taken the Update request for 1 minute"
    text = story.untaken_by_bridge(out(), hosts=(), now=now)
    assert text == f"{begins}, and this project has none of its own: does one run for this project? (RequestId: r)"
    text = story.untaken_by_bridge(out(), hosts=("a", "b\x1b[2J"), now=now)
    assert text.startswith(f"{begins}, though this project's are there, on a, b")
    assert text.endswith(": their logs say why (RequestId: r)")
    assert "\x1b" not in text
    assert len(story.untaken_by_bridge(out(), hosts=["h" * 60] * 9, now=now)) < 255


def test_an_id_that_is_left_behind_is_told_whole_however_long_it_is() -> None:
    texts = story.left_behind("k" * 1000)
    assert max(map(len, texts)) <= 255
    assert "".join(texts) == f"Not deleted, and no longer known to the stack: {'k' * 1000}"
