from visibility_parts import ago, body, event, execution, resource

from customresource_bridge.clients.mistral_reader import TaskSummary
from customresource_bridge.visibility.detail import detail
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
