"""The stand-in for Mistral; the same suite runs on it and on the real one in tests/functional/bridge."""

from datetime import datetime

import pytest

from customresource_bridge import errors
from customresource_bridge.compat import UTC
from customresource_bridge.testing import FakeMistral


def started(mistral: FakeMistral, key: str = "e-1", workflow: str = "record") -> str:
    execution = mistral.start(
        key, workflow, namespace=None, workflow_input={"request": {}}, description="heat-cr Create r-1"
    )
    return execution.id


@pytest.fixture
def mistral() -> FakeMistral:
    return FakeMistral({"record": frozenset({"request"})})


def test_an_execution_begins_once_for_each_id(mistral: FakeMistral) -> None:
    assert started(mistral) == started(mistral) == "e-1"
    assert mistral.begun == ["e-1"]
    assert mistral.described("r-1") == ["e-1"]


def test_it_ends_once_and_stays_as_it_ended(mistral: FakeMistral) -> None:
    started(mistral)
    mistral.end("e-1", "SUCCESS", output={"data": {"a": 1}})
    mistral.cancel("e-1")
    mistral.end("e-1", "ERROR", state_info="late")
    execution = mistral.get("e-1")
    assert execution is not None
    assert (execution.state, execution.output, execution.final) == ("SUCCESS", {"data": {"a": 1}}, True)
    assert mistral.finished_since(datetime.now(UTC)).states == {"e-1": "SUCCESS"}


def test_what_is_no_request_s_by_its_description_is_not_told_of_when_it_ends(mistral: FakeMistral) -> None:
    mistral.start("e-1", "record", namespace=None, workflow_input={"request": {}}, description="of mine")
    mistral.cancel("e-1")
    assert mistral.finished_since(datetime.now(UTC)).states == {}


def test_a_cancelled_one_is_cancelled_and_one_that_is_not_there_is_no_error(mistral: FakeMistral) -> None:
    started(mistral)
    mistral.cancel("e-1")
    mistral.cancel("nothing")
    execution = mistral.get("e-1")
    assert execution is not None
    assert execution.state == "CANCELLED"
    assert mistral.get("nothing") is None


def test_an_unknown_workflow_and_a_wrong_input_are_refused(mistral: FakeMistral) -> None:
    with pytest.raises(errors.NotFound, match="Workflow not found"):
        started(mistral, workflow="nothing")
    with pytest.raises(errors.Rejected):
        mistral.start("e-2", "record", namespace=None, workflow_input={}, description="")
    assert mistral.begun == []
    assert mistral.has_workflow("record")
    assert not mistral.has_workflow("nothing")


def test_a_task_may_act_on_after_its_execution_was_cancelled(mistral: FakeMistral) -> None:
    key = started(mistral)
    assert mistral.acts(key)
    mistral.cancel(key)
    assert not mistral.acts(key)
    mistral.acting.add(key)
    assert mistral.acts(key)
    assert not mistral.acts("unknown")
