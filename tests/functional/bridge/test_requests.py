"""One request at a time through a bridge, on the real Zaqar and Mistral, as a plain tenant."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from customresource_bridge.bridge.bridge import Bridge
from customresource_bridge.bridge.handling.routes import Route, Routes
from customresource_bridge.clients.mistral.mistral import Mistral
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.protocol import ids


@pytest.mark.usefixtures("bridge")
def test_create_update_and_delete_are_answered_and_leave_nothing_in_the_queue(stack: Any, answers: Any) -> None:
    for kind in ("Create", "Update", "Delete"):
        asked = stack.post(stack.request(kind, properties={"say": kind}))
        answer = answers.of(asked)
        assert answer["Status"] == "SUCCESS"
        assert answer["StackId"] == stack.arn
        assert answer["LogicalResourceId"] == "Thing"
        assert answer["PhysicalResourceId"] == "echo-Thing"
        assert answer["Data"]["said"] == kind
        assert answer["Data"]["seen_id"] == (None if kind == "Create" else "thing-1")
    stack.wait_empty()


@pytest.mark.usefixtures("bridge")
def test_an_answer_takes_little_longer_than_its_workflow(stack: Any, answers: Any, mistral: Mistral) -> None:
    """Beside bare executions, since a busy machine is slow to both; whoever waits for a sweep takes minutes."""

    def bare() -> None:
        execution_id, body = str(uuid.uuid4()), {"request": stack.request()}
        mistral.start(execution_id, "crbt_echo", namespace=None, workflow_input=body, description="bare")
        while not mistral.glance(execution_id).final:  # type: ignore[union-attr] # it is there, or the test fails
            time.sleep(0.05)

    def asked() -> None:
        answers.of(stack.post(stack.request()))

    pairs = [(_took(bare), _took(asked)) for _ in range(5)]
    alone, through_the_bridge = (sorted(took)[2] for took in zip(*pairs, strict=True))
    assert through_the_bridge < 4 * alone, pairs


def _took(what: Callable[[], None]) -> float:
    began = time.monotonic()
    what()
    return time.monotonic() - began


@pytest.mark.usefixtures("bridge")
def test_a_failing_workflow_fails_with_its_own_reason(stack: Any, answers: Any) -> None:
    answer = answers.of(stack.post(stack.request(token="mistral:crbt_fail")))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == "the printer is on fire"


@pytest.mark.usefixtures("bridge")
def test_an_unknown_workflow_fails_at_once_and_says_which(stack: Any, answers: Any) -> None:
    answer = answers.of(stack.post(stack.request(token="mistral:crbt_nobody")))
    assert answer["Status"] == "FAILED"
    assert "crbt_nobody" in answer["Reason"]
    assert "not found" in answer["Reason"]


@pytest.mark.usefixtures("bridge")
def test_a_workflow_that_wants_another_input_fails_at_once(stack: Any, answers: Any) -> None:
    answer = answers.of(stack.post(stack.request(token="mistral:crbt_other_input")))
    assert answer["Status"] == "FAILED"
    assert "colour" in answer["Reason"]


@pytest.mark.usefixtures("bridge")
def test_an_output_over_the_limit_fails_with_size_and_limit(stack: Any, answers: Any) -> None:
    answer = answers.of(stack.post(stack.request(token="mistral:crbt_large")))
    assert answer["Status"] == "FAILED"
    assert "262144" in answer["Reason"]


@pytest.mark.usefixtures("bridge")
def test_no_route_fails_at_once_with_what_was_looked_for(stack: Any, answers: Any) -> None:
    answer = answers.of(stack.post(stack.request(token="arn:aws:lambda:eu:1:function:dns")))
    assert answer["Status"] == "FAILED"
    assert "arn:aws:lambda:eu:1:function:dns" in answer["Reason"]
    assert "Custom::Thing" in answer["Reason"]


def test_a_route_leads_to_its_workflow(stack: Any, answers: Any, new_bridge: Callable[..., Bridge]) -> None:
    new_bridge(Routes([Route.parse("arn:aws:lambda:* Custom::* crbt_echo")]))
    answer = answers.of(stack.post(stack.request(token="arn:aws:lambda:eu:1:function:dns")))
    assert answer["Status"] == "SUCCESS"


def test_a_workflow_off_the_list_is_not_started(
    stack: Any, answers: Any, new_bridge: Callable[..., Bridge], mistral: Mistral
) -> None:
    new_bridge(Routes(allowed=["dns_*"]))
    body = stack.request()
    answer = answers.of(stack.post(body))
    assert answer["Status"] == "FAILED"
    assert "crbt_echo" in answer["Reason"]
    assert mistral.get(stack.execution_id(body)) is None


@pytest.mark.usefixtures("bridge")
def test_a_queue_token_is_none_of_the_bridges_business(stack: Any, answers: Any) -> None:
    assert answers.of(stack.post(stack.request(token="zaqar:mine")))["Status"] == "FAILED"


@pytest.mark.usefixtures("bridge")
def test_past_its_deadline_it_is_cancelled_and_fails_with_the_seconds(
    stack: Any, answers: Any, mistral: Mistral
) -> None:
    body = stack.request(token="mistral:crbt_slow", seconds=3, properties={"seconds": 60, "ServiceTimeout": "3"})
    answer = answers.of(stack.post(body))
    assert answer["Status"] == "FAILED"
    assert "3 seconds" in answer["Reason"]
    execution = mistral.get(stack.execution_id(body))
    assert execution is not None
    assert execution.state == "CANCELLED"


@pytest.mark.usefixtures("bridge")
def test_what_comes_after_its_deadline_is_not_started(stack: Any, answers: Any, mistral: Mistral) -> None:
    body = stack.request(seconds=-5)
    assert answers.of(stack.post(body))["Status"] == "FAILED"
    assert mistral.get(stack.execution_id(body)) is None


@pytest.mark.usefixtures("bridge")
def test_a_delete_first_stops_the_create_it_puts_an_end_to(stack: Any, answers: Any, mistral: Mistral) -> None:
    create = stack.request(token="mistral:crbt_slow", properties={"seconds": 6})
    stack.post(create)
    while (running := mistral.get(stack.execution_id(create))) is None or running.state != "RUNNING":
        time.sleep(0.1)
    delete = stack.request("Delete", extras={"PreviousRequestId": create["RequestId"]})
    stack.post(delete)
    while mistral.acts(stack.execution_id(create)):  # the delayed task begins though its execution was cancelled
        assert mistral.get(stack.execution_id(delete)) is None
        time.sleep(0.1)
    answer = answers.of(delete["RequestId"])
    assert answer["Status"] == "SUCCESS"
    stopped = mistral.get(stack.execution_id(create))
    assert stopped is not None
    assert stopped.state == "CANCELLED"
    assert answers.of(create["RequestId"])["Status"] == "FAILED"
    stack.wait_empty()


@pytest.mark.usefixtures("bridge")
def test_a_delete_learns_the_id_of_the_create_nobody_heard_the_answer_of(stack: Any, answers: Any) -> None:
    create = stack.request()
    answers.of(stack.post(create))
    # As the plugin does where it knows no id.
    derived = ids.default_physical_resource_id(
        stack_id=create["StackId"],
        logical_resource_id=create["LogicalResourceId"],
        request_id=create["RequestId"],
    )
    extras = {"PreviousRequestId": create["RequestId"]}
    delete = stack.request("Delete", extras=extras, PhysicalResourceId=derived)
    assert answers.of(stack.post(delete))["Data"]["seen_id"] == "echo-Thing"


@pytest.mark.usefixtures("bridge")
def test_a_request_posted_many_times_runs_once(stack: Any, answers: Any, mistral: Mistral) -> None:
    body = stack.request(token="mistral:crbt_slow", properties={"seconds": 2})
    for _ in range(5):
        stack.post(body)
    assert answers.of(body["RequestId"])["Status"] == "SUCCESS"
    stack.wait_empty()
    assert len(mistral.described(body["RequestId"])) == 1


def test_two_bridges_start_one_execution(
    stack: Any, answers: Any, mistral: Mistral, new_bridge: Callable[..., Bridge]
) -> None:
    new_bridge()
    new_bridge()
    bodies = [stack.request(LogicalResourceId=f"Thing{number}") for number in range(6)]
    for body in bodies:
        stack.post(body)
        stack.post(body)
    for body in bodies:
        assert answers.of(body["RequestId"])["Status"] == "SUCCESS"
        assert len(mistral.described(body["RequestId"])) == 1
    stack.wait_empty()


@pytest.mark.usefixtures("bridge")
def test_an_answer_is_put_again_until_it_is_accepted(stack_in_heat: Any, answers: Any) -> None:
    for status in (503, 502, 500, 429, 302):
        answers.statuses.put(status)
    asked = stack_in_heat.post(stack_in_heat.request())
    assert answers.of(asked)["Status"] == "SUCCESS"
    stack_in_heat.wait_empty()


@pytest.mark.usefixtures("bridge")
def test_nobody_waits_for_the_answer_of_a_stack_that_is_gone(stack: Any, answers: Any) -> None:
    answers.statuses.put(503)
    asked = stack.post(stack.request())
    answers.of(asked, status=503)
    stack.wait_empty()
    assert len(answers.bodies) == 1


@pytest.mark.usefixtures("bridge")
def test_a_refused_answer_is_the_end(stack: Any, answers: Any) -> None:
    answers.statuses.put(400)
    asked = stack.post(stack.request())
    answers.of(asked, status=400)
    stack.wait_empty()
    assert len([body for body in answers.bodies if body["RequestId"] == asked]) == 1


@pytest.mark.usefixtures("bridge")
def test_a_lost_bell_is_made_good_by_the_next(stack: Any, answers: Any) -> None:
    first = stack.post(stack.request(LogicalResourceId="A"), ring=False)
    second = stack.post(stack.request(LogicalResourceId="B"))
    assert answers.of(first)["Status"] == answers.of(second)["Status"] == "SUCCESS"


def test_a_sweep_finds_what_no_bell_told(stack: Any, answers: Any, new_bridge: Callable[..., Bridge]) -> None:
    new_bridge(sweep_interval=1.0)
    time.sleep(1.5)
    assert answers.of(stack.post(stack.request(), ring=False))["Status"] == "SUCCESS"


def test_a_clean_end_gives_back_what_is_in_flight_and_the_next_bridge_goes_on(
    stack: Any, answers: Any, new_bridge: Callable[..., Bridge], mistral: Mistral
) -> None:
    first = new_bridge()
    body = stack.request(token="mistral:crbt_slow", properties={"seconds": 4})
    stack.post(body)
    while mistral.get(stack.execution_id(body)) is None:
        time.sleep(0.1)
    first.stop()
    assert answers.bodies == []
    new_bridge()
    assert answers.of(body["RequestId"])["Status"] == "SUCCESS"
    assert len(mistral.described(body["RequestId"])) == 1


@pytest.mark.usefixtures("bridge")
def test_one_that_cannot_be_read_is_answered_and_the_next_is_handled(stack: Any, answers: Any) -> None:
    broken = stack.request()
    del broken["ResourceProperties"]
    asked = stack.post(broken)
    good = stack.post(stack.request())
    answer = answers.of(asked)
    assert answer["Status"] == "FAILED"
    assert "ResourceProperties" in answer["Reason"]
    assert answers.of(good)["Status"] == "SUCCESS"
    stack.wait_empty()


def test_what_nobody_can_answer_is_set_aside_with_the_reason(
    stack: Any, answers: Any, zaqar: Zaqar, bridge: Bridge
) -> None:
    assert bridge is not None
    zaqar.delete_queue(ids.DEAD_LETTER_QUEUE)
    for body in (
        [1, 2],
        "text",
        {"RequestType": "Create"},
        stack.request(StackId="arn:openstack:heat::another:stacks/x/" + stack.uuid),
        stack.request(StackId=stack.arn[:-12] + "0" * 12),
        stack.request(ResponseURL="http://169.254.169.254/latest/meta-data"),
    ):
        stack.zaqar.post(stack.queue, body, ttl=300)
    good = stack.post(stack.request())
    assert answers.of(good)["Status"] == "SUCCESS"
    stack.wait_empty()
    letters = [message.body for message in zaqar.messages(ids.DEAD_LETTER_QUEUE)]
    assert len(letters) == 6
    assert all(letter["queue"] == stack.queue and letter["reason"] for letter in letters)
    assert [body["RequestId"] for body in answers.bodies] == [good]
