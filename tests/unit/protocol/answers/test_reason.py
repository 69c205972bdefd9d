import json
import time

import golden
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.protocol import limits
from customresource_bridge.protocol.answers.reason import readable_reason

RECORDED = json.loads((golden.DATA / "state_info" / "recorded.json").read_text())
TASK = "[task_ex_id=2d2c53ba-70f7-4a02-9b08-871eaeaf6921]"
ACTION = "[action_ex_id=281b2f23-35a6-4965-8630-97af9bb818b6, idx=0]"


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_what_mistral_really_says(name: str) -> None:
    case = RECORDED[name]
    assert readable_reason(case["state_info"]) == case["reason"]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60).filter(str.strip))
def test_a_handler_s_own_words_come_through_unchanged(said: str) -> None:
    wrapped = f"Failure caused by error in tasks: add\n\n  add {TASK} -> {said}\n    {ACTION}: {said}\n"
    assert readable_reason(wrapped) == said.strip()
    assert readable_reason(said) == said.strip()


def test_a_line_above_a_traceback_that_is_in_no_known_form_is_shown() -> None:
    assert readable_reason("It broke\nTraceback (most recent call last):\n  File ...\nValueError: x") == "It broke"


def test_an_http_answer_s_headers_and_cookies_are_not_shown() -> None:
    reason = RECORDED["crb_fails_http_404_json"]
    assert "WWW-Authenticate" in reason["state_info"]
    assert "WWW-Authenticate" not in readable_reason(reason["state_info"])


@pytest.mark.parametrize(
    "text", ["{'content': 1, 'status': ", "{'content': (" * 9000 + "'status': ", "{'content': 1, 'status': 2}"]
)
def test_what_only_looks_like_an_http_answer_is_shown(text: str) -> None:
    assert readable_reason(text) == text[: limits.MAX_REASON_CHARACTERS].strip()


@pytest.mark.parametrize(
    "unit",
    [" [error= , wf= , task= ", f"  a {TASK} -> ", f", action_ex_id={TASK[13:-1]}, msg='",
     "\nTraceback (most recent call last):\n",
     "Failure caused by error in tasks: ", "  a [task_ex_id="],
)  # fmt: skip
@pytest.mark.parametrize(
    "start", ["Failed to ", "Failure caused by error in tasks: ", "The action raised an exception [action="]
)
def test_a_hostile_text_costs_no_time(start: str, unit: str) -> None:
    text = start + unit * (65_000 // len(unit)) + "']"
    began = time.process_time()
    readable_reason(text)
    assert time.process_time() - began < 1.0
