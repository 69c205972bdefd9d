"""A handler's functions are called in its style, and asked until its work is complete."""

import io
import logging
from collections.abc import Mapping
from typing import Any

import pytest
from oslo_config import cfg
from oslo_log import formatters
from oslo_log import log as oslo_log

from customresource_bridge.protocol import Response, Status, ids
from customresource_bridge.provider import handler_calls
from customresource_bridge.provider.ending import Ending, Returned
from customresource_bridge.provider.handler_calls import HandlerCalls, Unfinished, answer_of
from customresource_bridge.provider.style import Style
from customresource_bridge.testing import a_request

REQUEST = a_request("Create", properties={"Name": "x"})
BODY = REQUEST.to_dict()


def returns(value: Any) -> Any:
    return lambda _event, _seconds: Returned(value)


def test_lambda_s_style_gets_the_request_as_it_came() -> None:
    seen: list[Mapping[str, Any]] = []

    def handler(event: Mapping[str, Any], seconds: float) -> Ending:
        seen.append(event)
        return Returned({"Status": "SUCCESS", "Data": {"Seconds": seconds}})

    answer = HandlerCalls(run=handler).begin(REQUEST, BODY, seconds=5.0)
    assert isinstance(answer, Response)
    assert answer.data == {"Seconds": 5.0}
    assert seen == [BODY]


@pytest.mark.parametrize("style", list(Style))
def test_what_was_never_made_is_deleted_without_a_handler(style: Style) -> None:
    delete = a_request("Delete", physical_resource_id=ids.NOTHING_MADE)
    answer = HandlerCalls(run=None, style=style).begin(delete, delete.to_dict(), seconds=5)  # type: ignore[arg-type]
    assert isinstance(answer, Response)
    assert answer.status is Status.SUCCESS


def test_an_on_event_is_over_where_nothing_asks_whether_it_is_complete() -> None:
    answer = HandlerCalls(run=returns(None), style=Style.CDK).begin(REQUEST, BODY, seconds=5)
    assert isinstance(answer, Response)
    unfinished = HandlerCalls(run=returns(None), style=Style.CDK, is_complete=returns(None)).begin(
        REQUEST, BODY, seconds=5
    )
    assert isinstance(unfinished, Unfinished)
    with pytest.raises(ValueError, match="no isComplete"):
        HandlerCalls(run=returns(None)).look(unfinished, seconds=5)


def test_it_is_asked_until_it_is_complete_or_the_time_is_over() -> None:
    answers = [Returned({"IsComplete": False}), Returned({"IsComplete": False}), Returned({"IsComplete": True})]
    waits: list[bool] = []

    def calls() -> HandlerCalls:
        left = list(answers)
        return HandlerCalls(run=returns({}), style=Style.CDK, is_complete=lambda _event, _seconds: left.pop(0))

    done = answer_of(calls(), REQUEST, BODY, seconds=5, wait=lambda: not waits.append(True))
    assert (done.status, len(waits)) == (Status.SUCCESS, 2)
    late = answer_of(calls(), REQUEST, BODY, seconds=5, wait=lambda: False)
    assert (late.status, late.reason[:19]) == (Status.FAILED, "Operation timed out")
    failed = HandlerCalls(run=returns("text"), style=Style.CDK, is_complete=returns({}))
    assert answer_of(failed, REQUEST, BODY, seconds=5, wait=lambda: False).status is Status.FAILED


def test_what_goes_wrong_here_is_logged_without_what_it_quotes() -> None:
    def broken(event: Mapping[str, Any], _seconds: float) -> Ending:
        raise LookupError(event["ResponseURL"])

    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatters.ContextFormatter(project="x", version="y", config=logged()))
    logger = logging.getLogger(handler_calls.__name__)
    logger.addHandler(handler)
    try:
        answer = HandlerCalls(run=broken).begin(REQUEST, BODY, seconds=5)
    finally:
        logger.removeHandler(handler)
    assert isinstance(answer, Response)
    assert answer.reason == "The provider failed to run the handler (LookupError)"
    assert "LookupError in" in written.getvalue()
    assert REQUEST.response_url.reveal() not in written.getvalue()


def logged() -> Any:
    conf = cfg.ConfigOpts()
    oslo_log.register_options(conf)
    conf([])
    return conf


def test_a_handler_of_crhelper_s_is_called_again_until_it_answers() -> None:
    event, answer = {"CrHelperPoll": True}, {"Status": "SUCCESS", "PhysicalResourceId": "job-1"}
    endings = [Returned(None, again=event), Returned(None, again=event), Returned(answer)]
    calls = HandlerCalls(run=lambda _event, _seconds: endings.pop(0), style=Style.CRHELPER, polls=True)
    done = answer_of(calls, REQUEST, BODY, seconds=5, wait=lambda: True)
    assert (done.status, done.physical_resource_id, calls.may_wait) == (Status.SUCCESS, "job-1", True)
    late = HandlerCalls(run=returns_again, style=Style.CRHELPER, polls=True)
    assert "poll_create" in answer_of(late, REQUEST, BODY, seconds=5, wait=lambda: False).reason


def returns_again(event: Mapping[str, Any], _seconds: float) -> Ending:
    return Returned(None, again=event)
