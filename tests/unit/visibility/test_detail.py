from dataclasses import replace
from typing import Any

import golden
from hypothesis import given
from hypothesis import strategies as st
from visibility_parts import NOW, ago, body, event, execution, resource

from customresource_bridge.clients.mistral.reader import TaskSummary
from customresource_bridge.visibility.detail import RequestDetail, detail, with_attribute
from customresource_bridge.visibility.join import ServiceAnswers, join

ERROR = execution(body(), "ERROR", state_info="Failure caused by error in tasks: send\n", began=60)


def task(name: str, state: str, *, ended: float | None, execution_id: str = ERROR.id, why: str = "") -> TaskSummary:
    return TaskSummary(
        id=name,
        execution_id=execution_id,
        name=name,
        state=state,
        workflow_name="greet",
        state_info=why,
        started_at=ago(59),
        finished_at=None if ended is None else ago(ended),
    )


def test_the_steps_of_all_services_are_in_one_order() -> None:
    (view,) = join(ServiceAnswers(resources=[resource()], executions=[execution(body())]))
    tasks = [task("look", "SUCCESS", ended=50), task("send", "RUNNING", ended=None)]
    events = [event("greeting", "CREATE_IN_PROGRESS", at=62)]
    found = detail(view, execution=execution(body()), tasks=tasks, events=events)
    assert [step.text.partition(" execution")[0] for step in found.steps] == [
        "greeting CREATE_IN_PROGRESS: state changed",
        "workflow greet runs as",
        "task send is RUNNING",
        "task look SUCCESS",
    ]
    assert found.failed_task == ""


def test_events_of_other_requests_of_the_resource_are_left_out() -> None:
    (view,) = join(ServiceAnswers(executions=[ERROR]))
    events = [event("greeting", "UPDATE_IN_PROGRESS", at=at) for at in (900, 60, 10)]
    found = detail(view, execution=None, tasks=[], events=events)
    assert [step.at for step in found.steps] == [ago(60)]


def test_the_failed_task_is_the_one_that_took_the_others_along() -> None:
    failed = resource(status="CREATE_FAILED", reason="Quota")
    (view,) = join(ServiceAnswers(resources=[failed], executions=[ERROR]))
    tasks = [
        task("call", "ERROR", ended=50, why="Failure caused by error in tasks: send\n"),
        task("send", "ERROR", ended=50, execution_id="sub", why="Quota of 5 \x1b[31mexceeded"),
        task("look", "SUCCESS", ended=55),
    ]
    found = detail(view, execution=ERROR, tasks=tasks, events=[])
    assert (found.failed_task, found.failed_task_reason) == ("greet/send", "Quota of 5 exceeded")


def test_a_task_whose_failure_the_workflow_caught_is_not_why_it_waits() -> None:
    (view,) = join(ServiceAnswers(executions=[execution(body())]))
    found = detail(view, execution=execution(body()), tasks=[task("try", "ERROR", ended=50)], events=[])
    assert found.failed_task == ""


def test_where_a_task_is_followed_by_fail_it_is_named() -> None:
    ended = execution(body(), "ERROR", state_info="Nobody to greet")
    (view,) = join(ServiceAnswers(executions=[ended]))
    tasks = [task("look", "SUCCESS", ended=55), task("check", "SUCCESS", ended=50), task("sub", "SUCCESS", ended=40)]
    tasks[2] = replace(tasks[2], execution_id="sub")
    found = detail(view, execution=ended, tasks=tasks, events=[])
    assert (found.failed_task, found.failed_task_reason) == ("greet/check (fail)", "Nobody to greet")


def test_what_heat_says_of_a_request_is_entered_and_of_another_one_it_is_not() -> None:
    (view,) = join(ServiceAnswers(resources=[resource()]))
    said = {
        "request_id": "r-1",
        "asked": "2030-01-01T11:00:00+00:00",
        "deadline": "2030-01-01T13:00:00+00:00",
        "copies": 2,
        "problem": "Zaqar did not answer",
        "execution": None,
    }
    found = with_attribute(RequestDetail(view=view), said)
    assert (found.view.request_id, found.view.age(NOW), found.view.left(NOW)) == ("r-1", 3600, 3600)
    assert (found.copies, found.problem, found.view.execution_id) == (2, "Zaqar did not answer", "")
    assert with_attribute(found, {**said, "request_id": "r-2", "copies": 7}) == found
    assert with_attribute(found, {}) == found
    assert with_attribute(found, {**said, "copies": "12"}).copies == 12


@given(st.dictionaries(st.sampled_from(["request_id", "asked", "copies", "handler", "problem"]), golden.json_values))
def test_whatever_an_attribute_holds_is_taken_or_left(said: Any) -> None:
    (view,) = join(ServiceAnswers(resources=[resource()]))
    found = with_attribute(RequestDetail(view=view), {"request_id": "r-1"} | said)
    assert found.view.handler.isprintable()
