from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from visibility_parts import NOW, ago, body, execution, request_id, resource

from customresource_bridge.visibility.asked import of_body
from customresource_bridge.visibility.join import PostedRequest, ServiceAnswers, is_custom, join
from customresource_bridge.visibility.view import RequestView, SeenStage


def posted(asked: dict[str, Any], *, claimed: bool = False, age: float = 90) -> PostedRequest:
    read = of_body(asked)
    assert read is not None
    return PostedRequest(asked=read, claimed=claimed, posted_at=ago(age))


def one(**seen: Any) -> RequestView:
    (view,) = join(ServiceAnswers(**seen))
    return view


def test_what_no_bridge_has_taken_waits_and_its_message_says_since_when_and_until_when() -> None:
    view = one(resources=[resource()], posted=[posted(body())])
    assert (view.stage, view.age(NOW), view.left(NOW)) == (SeenStage.WAITING, 90, 3000)
    assert (view.stack_name, view.resource, view.handler) == ("hello", "greeting", "mistral:greet")
    assert view.reason == "no bridge has taken it"


def test_of_copies_the_first_says_since_when_and_all_must_be_claimed() -> None:
    copies = [posted(body(), claimed=True, age=90), posted(body(), claimed=False, age=30)]
    view = one(resources=[resource()], posted=copies)
    assert (view.stage, view.age(NOW)) == (SeenStage.WAITING, 90)
    assert one(posted=[replace(copy, claimed=True) for copy in copies]).stage is SeenStage.CLAIMED


def test_what_an_execution_handles_runs_or_is_paused() -> None:
    for state, stage in (("RUNNING", SeenStage.RUNNING), ("PAUSED", SeenStage.PAUSED)):
        seen = execution(body(), state)
        view = one(resources=[resource()], executions=[seen], posted=[posted(body(), claimed=True)])
        assert (view.stage, view.execution_id, view.age(NOW)) == (stage, seen.id, 90)


def test_what_has_ended_while_its_resource_waits_is_settled() -> None:
    seen = execution(body(), "SUCCESS", began=60)
    assert one(resources=[resource()], executions=[seen]).stage is SeenStage.SETTLED
    long_ago = execution(body(), "SUCCESS", began=5000)
    still_there = [posted(body(), claimed=True)]
    assert one(resources=[resource()], executions=[long_ago], posted=still_there).stage is SeenStage.SETTLED


def test_an_execution_of_long_ago_is_not_what_its_resource_waits_for_now() -> None:
    seen = execution(body(phase="Update"), "SUCCESS", began=5000)
    before, now = join(ServiceAnswers(resources=[resource(status="UPDATE_IN_PROGRESS")], executions=[seen]))
    assert (before.stage, now.stage, now.request_type) == (SeenStage.COMPLETE, SeenStage.ASKED, "Update")


def test_a_resource_of_whose_request_nothing_is_seen_is_shown() -> None:
    view = one(resources=[resource()])
    assert (view.stage, view.request_type, view.request_id, view.age(NOW)) == (SeenStage.ASKED, "Create", "", 60)


def test_why_a_resource_failed_is_heat_s_word() -> None:
    seen = execution(body(), "ERROR", state_info="something of Mistral's")
    failed = resource(status="CREATE_FAILED", reason="Nobody to greet")
    view = one(resources=[failed], executions=[seen])
    assert (view.stage, view.reason, view.execution_id) == (SeenStage.FAILED, "Nobody to greet", seen.id)


def test_a_check_that_failed_is_told_from_what_its_resource_asked_before() -> None:
    create, check = execution(body(), "SUCCESS", began=90), execution(body(phase="Check"), "ERROR", began=50)
    failed = resource(status="CHECK_FAILED", reason="The note is gone")
    _before, view = join(ServiceAnswers(resources=[failed], executions=[create, check]))
    assert (view.stage, view.request_type, view.reason) == (SeenStage.FAILED, "Check", "The note is gone")


def test_the_request_id_in_a_reason_leads_to_the_execution() -> None:
    update, create = body(phase="Update"), body()
    executions = [execution(update, "SUCCESS", began=50), execution(create, "SUCCESS", began=90)]
    failed = resource(status="CREATE_FAILED", reason=f"It answered nonsense (RequestId: {create['RequestId']})")
    first, second = join(ServiceAnswers(resources=[failed], executions=executions))
    assert (first.stage, first.request_type) == (SeenStage.FAILED, "Create")
    assert second.stage is SeenStage.COMPLETE


def test_what_failed_without_an_execution_is_shown() -> None:
    reason = f"No answer (execution: {execution(body()).id}) (RequestId: {request_id()})"
    view = one(resources=[resource(status="CREATE_FAILED", reason=reason)])
    assert (view.stage, view.reason) == (SeenStage.FAILED, reason)
    assert (view.request_id, view.execution_id) == (request_id(), execution(body()).id)


@pytest.mark.parametrize(
    ("state", "stage", "reason"),
    [
        ("SUCCESS", SeenStage.COMPLETE, ""),
        ("ERROR", SeenStage.FAILED, "Quota of 5 exceeded"),
        ("CANCELLED", SeenStage.FAILED, "its execution is CANCELLED"),
    ],
)
def test_what_a_stack_that_is_gone_asked_is_known_by_its_execution(state: str, stage: SeenStage, reason: str) -> None:
    info = "Quota of 5 \x1b[31mexceeded" if state == "ERROR" else ""
    view = one(executions=[execution(body(), state, state_info=info)])
    assert (view.stage, view.reason, view.stack_name) == (stage, reason, "hello")
    assert view.ended_at == ago(55)


def test_a_message_that_was_set_aside_is_why_its_resource_waits() -> None:
    asked = of_body(body())
    view = one(resources=[resource()], set_aside=[(asked, "its signature is wrong")])
    assert (view.stage, view.reason) == (SeenStage.SET_ASIDE, "its signature is wrong")


def test_an_execution_with_its_author_s_own_input_is_joined_with_its_resource() -> None:
    view = one(resources=[resource()], executions=[execution(body(), input={"zone": "example.org"})])
    assert (view.stage, view.stack_name, view.request_type) == (SeenStage.RUNNING, "hello", "Create")


def test_an_old_dead_letter_is_no_request() -> None:
    assert join(ServiceAnswers(set_aside=[(of_body(body()), "why")])) == []  # type: ignore[list-item]


def test_the_oldest_is_first() -> None:
    names = ["b", "a", "c"]
    seen = [resource(name, changed=seconds) for name, seconds in zip(names, (10, 300, 20), strict=True)]
    assert [view.resource for view in join(ServiceAnswers(resources=seen))] == ["a", "c", "b"]


def test_other_resources_are_none_of_ours() -> None:
    server = resource("server", resource_type="OS::Nova::Server")
    assert not is_custom(server)
    assert join(ServiceAnswers(resources=[server])) == []
    assert is_custom(resource(resource_type="OS::Heat::CustomResource"))


def test_nothing_that_a_service_says_steers_a_terminal() -> None:
    odd = body("gre\x1b[31meting")
    view = one(executions=[execution(odd, workflow_name="greet")], resources=[resource("gre\x1b[31meting")])
    assert view.resource.isprintable()
    assert view.request_id != request_id()


def test_no_property_is_in_a_view() -> None:
    view = one(resources=[resource()], executions=[execution(body())], posted=[posted(body())])
    assert "of-mine" not in repr(view)


def test_a_waiting_request_whose_execution_began_is_as_old_as_its_message() -> None:
    view = one(executions=[execution(body(), began=10)], posted=[posted(body(), age=600)])
    assert view.asked_at == NOW - timedelta(seconds=600)
    assert view.taken_at == NOW - timedelta(seconds=10)
