"""What Mistral is asked about executions and tasks, and how its answers are read."""

from typing import Any

import pytest
import requests_mock
from keystoneauth1 import session as ksa_session
from keystoneauth1.token_endpoint import Token

from customresource_bridge import errors
from customresource_bridge.clients.mistral.reader import OPEN_STATES, MistralReader

URL = "http://mistral.test/v2"
ROW = {"id": "e1", "state": "RUNNING", "workflow_name": "w", "created_at": "2030-01-01 12:00:00"}


@pytest.fixture
def mistral() -> MistralReader:
    return MistralReader.from_session(ksa_session.Session(auth=Token(URL, "t")))


def test_executions_are_read_page_by_page_and_never_their_outputs(
    requests_mock: requests_mock.Mocker, mistral: MistralReader
) -> None:
    pages = [{"json": {"executions": [ROW] * 100, "next": "more"}}, {"json": {"executions": [ROW]}}]
    requests_mock.get(f"{URL}/executions", pages)
    assert len(list(mistral.executions(OPEN_STATES, all_projects=True))) == 101
    asked = requests_mock.last_request.qs
    assert (asked["marker"], asked["all_projects"], asked["nulls"]) == (["e1"], ["true"], ["task_execution_id"])
    assert "output" not in asked["fields"][0].split(",")


def test_no_more_are_read_than_are_wanted(requests_mock: requests_mock.Mocker, mistral: MistralReader) -> None:
    requests_mock.get(f"{URL}/executions", json={"executions": [ROW] * 3, "next": "more"})
    assert len(list(mistral.executions(("ERROR",), most=3))) == 3
    assert requests_mock.call_count == 1
    assert requests_mock.last_request.qs["limit"] == ["3"]


@pytest.mark.parametrize(
    ("given", "read"), [('{"a": 1}', {"a": 1}), ({"a": 1}, {"a": 1}), ("{", {}), (None, {}), ([1], {})]
)
def test_an_input_is_an_object_however_it_is_sent(
    requests_mock: requests_mock.Mocker, mistral: MistralReader, given: Any, read: Any
) -> None:
    requests_mock.get(f"{URL}/executions/e1", json={**ROW, "input": given})
    found = mistral.execution("e1")
    assert found is not None
    assert (found.input, found.final, found.state_info) == (read, False, "")


def test_an_execution_of_another_project_is_none(requests_mock: requests_mock.Mocker, mistral: MistralReader) -> None:
    requests_mock.get(f"{URL}/executions/e1", status_code=404, json={})
    assert mistral.execution("e1") is None


def test_an_id_is_no_path(requests_mock: requests_mock.Mocker, mistral: MistralReader) -> None:
    requests_mock.get(f"{URL}/executions/..%2Fworkflows", status_code=404, json={})
    assert mistral.execution("../workflows") is None


def test_the_tasks_of_sub_workflows_come_with_it_in_the_order_of_their_beginning(
    requests_mock: requests_mock.Mocker, mistral: MistralReader
) -> None:
    requests_mock.get(f"{URL}/executions?root_execution_id=e1", json={"executions": [{"id": "sub"}]})
    first = {"id": "t1", "name": "call", "state": "ERROR", "created_at": "2030-01-01 12:00:00", "updated_at": "x"}
    second = {"id": "t2", "name": "send", "state": "RUNNING", "started_at": "2030-01-01 12:00:01"}
    requests_mock.get(f"{URL}/executions/e1/tasks", json={"tasks": [first]})
    requests_mock.get(f"{URL}/executions/sub/tasks", json={"tasks": [second]})
    assert [(task.name, task.finished_at) for task in mistral.tasks("e1")] == [("call", None), ("send", None)]


def test_the_tasks_at_work_are_one_list_without_their_results(
    requests_mock: requests_mock.Mocker, mistral: MistralReader
) -> None:
    row = {"id": "t1", "name": "send", "state": "RUNNING", "workflow_execution_id": "e1"}
    requests_mock.get(f"{URL}/tasks", json={"tasks": [row]})
    assert [(task.execution_id, task.name) for task in mistral.running_tasks()] == [("e1", "send")]
    asked = requests_mock.last_request.qs
    assert asked["state"] == ["in:running,delayed"]
    assert not {"result", "published"} & set(asked["fields"][0].split(","))


@pytest.mark.parametrize(
    "answer",
    [
        {"json": {}},
        {"json": []},
        {"text": "<html>"},
        {"text": "[" * 100_000},
        {"json": {"executions": [1]}},
    ],
)
def test_what_cannot_be_read_is_not_taken_for_none(
    requests_mock: requests_mock.Mocker, mistral: MistralReader, answer: dict[str, Any]
) -> None:
    requests_mock.get(f"{URL}/executions", **answer)
    with pytest.raises(errors.ServiceUnavailable):
        list(mistral.executions(OPEN_STATES))
