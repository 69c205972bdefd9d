"""What Mistral is asked, and how its answers are read."""

import json
from datetime import datetime
from typing import Any

import pytest
import requests_mock
from keystoneauth1 import session as ksa_session
from keystoneauth1.token_endpoint import Token
from requests_mock import ANY

from customresource_bridge import errors
from customresource_bridge.clients.mistral.mistral import Mistral
from customresource_bridge.compat import UTC
from customresource_bridge.protocol.answers.workflow import LOST_OUTPUT, UNREADABLE_OUTPUT

URL = "http://mistral.test/v2"
ROW = {"id": "e1", "state": "RUNNING", "workflow_name": "w", "input": '{"a": 1}', "output": "{}"}
NOT_FOUND = {"status_code": 404, "json": {"faultstring": "Workflow not found [workflow_identifier=w]"}}


@pytest.fixture
def mistral() -> Mistral:
    return Mistral.from_session(ksa_session.Session(auth=Token(URL, "t")))


def start(mistral: Mistral, workflow: str = "w", **more: Any) -> Any:
    return mistral.start("e1", workflow, namespace=None, workflow_input={"a": 1}, description="x" * 300, **more)


def test_a_start_names_the_id_and_a_short_description(requests_mock: requests_mock.Mocker, mistral: Mistral) -> None:
    requests_mock.post(f"{URL}/executions", json=ROW, status_code=201)
    started = start(mistral)
    body = requests_mock.last_request.json()
    assert body == {"id": "e1", "workflow_name": "w", "input": '{"a": 1}', "description": "x" * 255}
    assert (started.id, started.state, started.input, started.final) == ("e1", "RUNNING", {"a": 1}, False)


def test_a_workflow_given_by_its_id_is_named_so(requests_mock: requests_mock.Mocker, mistral: Mistral) -> None:
    requests_mock.post(f"{URL}/executions", json=ROW, status_code=201)
    start(mistral, "8c1f5e0a-1111-4222-8333-444455556666", params={"env": {}})
    body = requests_mock.last_request.json()
    assert body["workflow_id"] == "8c1f5e0a-1111-4222-8333-444455556666"
    assert json.loads(body["params"]) == {"env": {}}


def test_a_workflow_that_is_not_there_is_told_from_a_proxys_404(
    requests_mock: requests_mock.Mocker, mistral: Mistral
) -> None:
    requests_mock.post(f"{URL}/executions", [NOT_FOUND, {"status_code": 404, "text": "<html>"}])
    with pytest.raises(errors.NotFound, match="Workflow not found"):
        start(mistral)
    with pytest.raises(errors.ServiceUnavailable, match="something else than Mistral"):
        start(mistral)


def test_an_execution_of_another_project_is_none(requests_mock: requests_mock.Mocker, mistral: Mistral) -> None:
    requests_mock.get(f"{URL}/executions/e1", status_code=404, json={"faultstring": "WorkflowExecution not found"})
    assert mistral.get("e1") is None
    assert mistral.glance("e1") is None


@pytest.mark.parametrize(
    ("created_at", "age"),
    [
        ("2026-01-02 03:04:05", 3600.0),
        ("2026-01-02 04:03:06", 0.0),  # 59 s: the clocks may differ by as much
        ("2026-01-02 05:04:05", 0.0),  # to come
        (None, 0.0),
    ],
)
def test_an_executions_age_is_more_than_two_clocks_may_differ_by(
    requests_mock: requests_mock.Mocker, mistral: Mistral, created_at: str | None, age: float
) -> None:
    requests_mock.post(f"{URL}/executions", json={**ROW, "created_at": created_at}, status_code=201)
    requests_mock.get(f"{URL}/executions/e1", json={**ROW, "created_at": created_at})
    now = datetime(2026, 1, 2, 4, 4, 5, tzinfo=UTC)
    assert start(mistral).age(now) == age
    read = mistral.get("e1")
    assert read is not None
    assert read.age(now) == age
    assert "created_at" in requests_mock.last_request.query


def test_a_glance_asks_for_nothing_that_may_be_large(requests_mock: requests_mock.Mocker, mistral: Mistral) -> None:
    row = {"id": "e1", "state": "ERROR", "workflow_name": "w", "description": "mine"}
    requests_mock.get(f"{URL}/executions/e1", json=row)
    found = mistral.glance("e1")
    assert found is not None
    assert (found.state, found.description, found.input) == ("ERROR", "mine", {})
    assert "put" not in requests_mock.last_request.query


@pytest.mark.parametrize(
    ("ended", "interface", "read"),
    [
        (("SUCCESS", {}), {"input": ["request"], "output": ["data"]}, LOST_OUTPUT),
        (("SUCCESS", {}), {"input": ["request"], "output": []}, {}),
        (("SUCCESS", {}), None, {}),
        (("SUCCESS", {"data": None}), {"output": ["data"]}, {"data": None}),
        (("ERROR", {}), {"output": ["data"]}, {}),
        (("RUNNING", {}), {"output": ["data"]}, {}),
    ],
)
def test_an_output_that_was_dropped_for_its_size_is_told_from_one_that_is_empty(
    requests_mock: requests_mock.Mocker, mistral: Mistral, ended: tuple[str, Any], interface: Any, read: Any
) -> None:
    row = {**ROW, "state": ended[0], "output": json.dumps(ended[1]), "workflow_id": "w-1"}
    requests_mock.get(f"{URL}/executions/e1", json=row)
    requests_mock.get(f"{URL}/workflows/w-1", json={"id": "w-1", "name": "w", "interface": interface})
    execution = mistral.get("e1")
    assert execution is not None
    assert execution.output == read


def test_a_workflow_that_is_gone_says_nothing_of_its_output(
    requests_mock: requests_mock.Mocker, mistral: Mistral
) -> None:
    requests_mock.get(f"{URL}/executions/e1", json={**ROW, "state": "SUCCESS", "workflow_id": "w-1"})
    requests_mock.get(f"{URL}/workflows/w-1", **NOT_FOUND)
    execution = mistral.get("e1")
    assert execution is not None
    assert execution.output == {}


def test_finished_ones_are_read_page_by_page(requests_mock: requests_mock.Mocker, mistral: Mistral) -> None:
    first = [{"id": f"e{n}", "state": "SUCCESS", "updated_at": f"2030-01-01 00:00:0{n}"} for n in (1, 2)]
    last = [{"id": "e3", "state": "ERROR", "updated_at": "2030-01-01 00:00:01"}]
    requests_mock.get(f"{URL}/executions", [{"json": {"executions": page}} for page in (first, last)])
    found = mistral.finished_since(datetime(2030, 1, 1, tzinfo=UTC), limit=2)
    assert found.states == {"e1": "SUCCESS", "e2": "SUCCESS", "e3": "ERROR"}
    assert found.latest == datetime(2030, 1, 1, 0, 0, 2, tzinfo=UTC)
    asked = requests_mock.last_request.qs
    assert (asked["marker"], asked["updated_at"]) == (["e2"], ["gte:2030-01-01 00:00:00"])
    assert asked["description"] == ["has:heat-cr "]  # Mistral may be busy with what is none of ours


@pytest.mark.parametrize(
    "text",
    [
        "Database transaction has already been started.",
        "Nothing to commit. Database transaction has not",
    ],
)
def test_a_mistral_whose_database_broke_off_is_away_and_refuses_nothing(
    requests_mock: requests_mock.Mocker, mistral: Mistral, text: str
) -> None:
    requests_mock.register_uri(ANY, f"{URL}/executions/e1", status_code=400, json={"faultstring": text})
    for call in (mistral.get, mistral.glance, mistral.cancel):
        with pytest.raises(errors.ServiceUnavailable, match="Database transaction"):
            call("e1")


def test_a_cancel_of_one_that_has_ended_is_no_error(requests_mock: requests_mock.Mocker, mistral: Mistral) -> None:
    requests_mock.put(f"{URL}/executions/e1", status_code=400, json={"faultstring": "no such transition"})
    requests_mock.get(f"{URL}/executions/e1", [{"json": {**ROW, "state": "SUCCESS"}}, {"json": ROW}])
    mistral.cancel("e1")
    with pytest.raises(errors.Rejected):
        mistral.cancel("e1")


@pytest.mark.parametrize(
    ("task", "actions", "acts"),
    [
        (None, [], False),
        ("DELAYED", [], True),
        ("IDLE", [], True),
        ("RUNNING", [], True),
        ("RUNNING", [("std.http", "RUNNING")], True),
        ("RUNNING", [("std.http", "SUCCESS")], False),
        ("RUNNING", [("std.async_noop", "RUNNING")], False),
        ("RUNNING", [("std.mistral_http", "RUNNING"), ("std.http", "RUNNING")], True),
    ],
)
def test_a_task_may_still_act_unless_it_waits_to_be_completed(
    requests_mock: requests_mock.Mocker, mistral: Mistral, task: str | None, actions: list[tuple[str, str]], acts: bool
) -> None:
    tasks = {"tasks": [{"id": "t1", "state": task}] if task else []}
    listed = [{"id": str(n), "name": name, "state": state} for n, (name, state) in enumerate(actions)]
    requests_mock.get(f"{URL}/executions?root_execution_id=e1", json={"executions": [{"id": "sub1"}]})
    requests_mock.get(f"{URL}/tasks/t1/action_executions", json={"action_executions": listed})
    for where, other in (("e1", "sub1"), ("sub1", "e1")):
        requests_mock.get(f"{URL}/executions/{where}/tasks", json=tasks)
        requests_mock.get(f"{URL}/executions/{other}/tasks", json={"tasks": []})
        assert mistral.acts("e1") is acts


@pytest.mark.parametrize("output", ["[" * 100_000 + "]" * 100_000, '{"a": 1%s}' % ("0" * 5000), '{"a": '])
def test_an_output_that_cannot_be_read_is_the_workflows_and_no_trouble_of_mistrals(
    requests_mock: requests_mock.Mocker, mistral: Mistral, output: str
) -> None:
    requests_mock.get(f"{URL}/executions/e1", json={**ROW, "state": "SUCCESS", "output": output})
    execution = mistral.get("e1")
    assert execution is not None
    assert (execution.state, execution.output) == ("SUCCESS", UNREADABLE_OUTPUT)


@pytest.mark.parametrize("row", ['{"id": ' * 100_000, json.dumps({**ROW, "input": "[" * 100_000})])
def test_an_answer_that_nests_too_deeply_means_later(
    requests_mock: requests_mock.Mocker, mistral: Mistral, row: str
) -> None:
    requests_mock.get(f"{URL}/executions/e1", text=row)
    with pytest.raises(errors.ServiceUnavailable, match="cannot be read"):
        mistral.get("e1")


def test_the_workflows_that_may_be_meant_are_asked_for_by_name_alone(
    requests_mock: requests_mock.Mocker, mistral: Mistral
) -> None:
    rows = [{"id": "1", "name": "greet"}, {"id": "2", "name": "record"}]
    requests_mock.get(f"{URL}/workflows", json={"workflows": rows})
    assert mistral.workflow_names() == ["greet", "record"]
    assert requests_mock.last_request.qs["fields"] == ["id,name"]
