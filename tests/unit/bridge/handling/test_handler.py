"""One request on its way, where the way is not straight: errors before its execution is seen, forgeries, replays."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from one_bridge import PROJECT, QUEUE, OneBridge

from customresource_bridge import errors
from customresource_bridge.bridge.handling.routes import Routes
from customresource_bridge.bridge.settings import Settings
from customresource_bridge.clients.mistral.mistral import Execution
from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.protocol import Secret, ids
from customresource_bridge.protocol.crypto.signature import signed

NOTHING_ALLOWED = Routes(allowed=())


@pytest.fixture
def one() -> OneBridge:
    return OneBridge()


def test_an_execution_that_runs_is_followed_though_its_workflow_is_no_longer_allowed(one: OneBridge) -> None:
    one.post()
    one.claim()
    one.restart(NOTHING_ALLOWED)
    one.seconds += 130
    one.claim()
    assert one.answers == []
    one.end()
    assert [answer["Status"] for answer in one.answers] == ["SUCCESS"]


def test_an_execution_that_a_bridge_finds_at_its_start_is_as_old_as_mistral_says(one: OneBridge) -> None:
    one.post()
    one.claim()
    (begun,) = one.mistral.begun
    made = one.mistral.executions[begun]
    one.mistral.executions[begun] = replace(made, created_at=one.clock.now() - timedelta(hours=2))
    one.restart(Routes())
    one.seconds += 130
    one.claim()
    (entry,) = one.bridge.table.started()
    assert entry.started_at == one.seconds  # Heat and the metrics are told of what this bridge did
    assert entry.in_hand_since == one.seconds - 7200 - 130
    assert entry.look_at == one.seconds + 900.0


def test_what_another_bridge_had_is_looked_for_before_it_is_started_again(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def starts(*_args: Any, **_kwargs: Any) -> None:
        raise AssertionError("Mistral's engine is asked for what its API knows")

    one.post()
    one.claim()
    one.restart(Routes())
    one.seconds += 130
    monkeypatch.setattr(one.mistral, "start", starts)
    one.claim()
    assert len(one.bridge.table.started()) == 1


def test_a_new_message_is_started_unseen(one: OneBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    def looks(_execution_id: str) -> None:
        raise AssertionError("one call more for each request")

    one.post()
    monkeypatch.setattr(one.mistral, "get", looks)
    one.claim()
    assert len(one.bridge.table.started()) == 1


def test_a_start_whose_answer_was_lost_is_followed_though_the_next_is_refused(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = one.mistral.start

    def starts_and_is_not_heard(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise errors.ServiceUnavailable("Mistral", "start", "lost", status=None)

    def refuses(*_args: Any, **_kwargs: Any) -> None:
        raise errors.Forbidden("Mistral", "start", "not any more", status=403)

    monkeypatch.setattr(one.mistral, "start", starts_and_is_not_heard)
    one.post()
    one.claim()
    monkeypatch.setattr(one.mistral, "start", refuses)
    one.later(60)
    assert one.answers == []
    one.end()
    assert [answer["Status"] for answer in one.answers] == ["SUCCESS"]


def test_nothing_is_said_to_be_unmade_before_mistral_was_asked(one: OneBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_execution_id: str) -> None:
        raise errors.ServiceUnavailable("Mistral", "show", "away", status=None)

    one.restart(NOTHING_ALLOWED)
    with monkeypatch.context() as patch:
        patch.setattr(one.mistral, "get", away)
        one.post()
        one.claim()
        assert one.answers == []
    one.later(60)
    (answer,) = one.answers
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", ids.NOTHING_MADE)
    assert one.zaqar.count(QUEUE) == 0


OTHER_STACK = "22222222-2222-4222-8222-222222222222"


def test_a_delete_names_no_other_stacks_delete_as_the_one_it_puts_an_end_to(one: OneBridge) -> None:
    theirs = one.mistral.start(
        ids.execution_id(
            project_id=PROJECT,
            stack_id=f"arn:openstack:heat::{PROJECT}:stacks/other/{OTHER_STACK}",
            logical_resource_id="Thing",
            request_id="their-create",
        ),
        "w",
        namespace=None,
        workflow_input={"request": {}},
        description="heat-cr Delete their-delete after their-create",
    )
    forged = one.post("Delete", OpenStack=one.extras(PreviousRequestId="their-delete"))
    one.claim()
    assert one.mistral.get(theirs.id) == theirs
    one.end()
    assert [answer["RequestId"] for answer in one.answers] == [forged]


def test_a_delete_puts_an_end_to_one_that_had_taken_its_predecessors_place(one: OneBridge) -> None:
    first = one.post("Delete", OpenStack=one.extras(PreviousRequestId="a-create-that-never-began"))
    one.claim()
    (runs,) = one.mistral.begun
    one.restart(Routes())
    one.post("Delete", OpenStack=one.extras(PreviousRequestId=first))
    one.claim()
    stopped = one.mistral.get(runs)
    assert stopped is not None
    assert stopped.state == "CANCELLED"
    assert len(one.mistral.begun) == 2


def test_a_delete_does_not_wait_for_an_answer_that_finds_no_taker(one: OneBridge) -> None:
    one.deliveries = [(PutOutcome.RETRY, "away")] * 1000
    one.post()
    one.claim()
    one.end()
    delete = one.post("Delete")
    one.claim()
    one.later(6)
    assert [one.mistral.executions[key].input["request"]["RequestId"] for key in one.mistral.begun][1:] == [delete]


def test_a_request_that_is_blocked_fails_at_its_own_deadline(one: OneBridge) -> None:
    one.post()
    one.claim()
    soon = (one.now() + timedelta(seconds=60)).isoformat()
    update = one.post("Update", OpenStack=one.extras(Deadline=soon))
    one.claim()
    for _ in range(13):
        one.later(5)
    assert [(answer["RequestId"], answer["Status"]) for answer in one.answers] == [(update, "FAILED")]
    assert "did not respond" in one.answers[0]["Reason"]
    assert len(one.mistral.begun) == 1


SMUGGLED = {"params": {"read_only": True}, "env": {"__env": 1}, "notify": [{"type": "webhook", "url": "http://x"}]}


def test_nothing_of_mistrals_own_is_taken_from_a_message(one: OneBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    real = one.mistral.start

    def start(*args: Any, **kwargs: Any) -> Execution:
        started.append((args, kwargs))
        return real(*args, **kwargs)

    monkeypatch.setattr(one.mistral, "start", start)
    workflow = {"Name": "w", "Namespace": "mine", **SMUGGLED}
    request_id = one.post(**SMUGGLED, OpenStack=one.extras(Workflow=workflow, **SMUGGLED))
    one.claim()
    ((args, kwargs),) = started
    assert args[1:] == ("w",)
    assert kwargs.pop("workflow_input")["request"].keys().isdisjoint(SMUGGLED)
    assert kwargs.pop("description").startswith(f"heat-cr Create {request_id} of ")
    assert kwargs == {"namespace": "mine"}


def test_a_signed_message_that_is_posted_once_more_after_its_answer_starts_nothing() -> None:
    keys = (Secret("a-key-of-the-operators"),)
    one = OneBridge(settings=Settings(keys=keys))
    body = signed(one.body(), keys)
    for life in range(3):
        one.zaqar.post(QUEUE, body, ttl=7200)
        one.claim()
        one.end()
        assert len(one.answers) == life + 1
        one.restart(Routes())
    assert len(one.mistral.begun) == 1
    assert {answer["Status"] for answer in one.answers} == {"SUCCESS"}
    assert one.zaqar.count(QUEUE) == one.zaqar.count(ids.DEAD_LETTER_QUEUE) == 0


def test_a_signed_message_that_is_posted_once_more_after_its_deadline_starts_nothing() -> None:
    keys = (Secret("a-key-of-the-operators"),)
    one = OneBridge(settings=Settings(keys=keys))
    body = signed(one.body(), keys)
    one.seconds = 3601
    one.zaqar.post(QUEUE, body, ttl=7200)
    one.claim()
    assert one.mistral.begun == []
    assert [answer["Status"] for answer in one.answers] == ["FAILED"]


def test_an_execution_is_stopped_however_late_its_deadline_is_noticed(one: OneBridge) -> None:
    create = one.post(OpenStack=one.extras(Deadline=(one.now() + timedelta(seconds=60)).isoformat()))
    one.claim()
    (runs,) = one.mistral.begun
    one.seconds += 5000
    one.restart(Routes())
    one.claim()
    assert one.mistral.executions[runs].state == "CANCELLED"
    assert [(answer["RequestId"], answer["Status"]) for answer in one.answers] == [(create, "FAILED")]


def test_an_execution_is_stopped_after_an_outage_of_mistral_past_its_deadline(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any) -> None:
        raise errors.ServiceUnavailable("Mistral", "show", "away", status=None)

    one.post(OpenStack=one.extras(Deadline=(one.now() + timedelta(seconds=60)).isoformat()))
    one.claim()
    (runs,) = one.mistral.begun
    with monkeypatch.context() as patch:
        patch.setattr(one.mistral, "get", away)
        patch.setattr(one.mistral, "cancel", away)
        for _ in range(60):
            one.later(30)
    assert one.answers == []
    one.later(31)
    assert one.mistral.executions[runs].state == "CANCELLED"
    assert [answer["Status"] for answer in one.answers] == ["FAILED"]


def test_a_request_past_its_deadline_is_answered_once_heat_has_given_it_up_or_its_tasks_rest(one: OneBridge) -> None:
    one.post(OpenStack=one.extras(Deadline=(one.now() + timedelta(seconds=60)).isoformat()))
    one.claim()
    (runs,) = one.mistral.begun
    one.mistral.acting.add(runs)
    for _ in range(2):
        one.later(31)
    assert one.mistral.executions[runs].state == "CANCELLED"
    assert one.answers == []
    one.later(10)
    assert [answer["Status"] for answer in one.answers] == ["FAILED"]


def test_nothing_more_is_asked_of_mistral_where_nothing_was_cancelled(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(one.mistral, "acts", lambda key: bool(asked.append(key)))
    one.post()
    one.claim()
    one.end()
    one.post("Delete")
    one.claim()
    one.end()
    assert len(one.answers) == 2
    assert asked == []


def test_an_outage_is_a_warning_for_each_tenth_attempt(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_args: Any, **_kwargs: Any) -> None:
        raise errors.ServiceUnavailable("Mistral", "start workflow 'w'", "busy", status=503)

    with monkeypatch.context() as patch:
        patch.setattr(one.mistral, "start", away)
        one.post()
        one.claim()
        for _ in range(20):
            one.later(31)
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [line.split(": ", 1)[1] for line in warnings] == [
        f"attempt {number}: Mistral did not start workflow 'w' (503): busy" for number in (1, 11, 21)
    ]


def test_what_is_set_aside_or_answered_says_its_reason_once(one: OneBridge, caplog: pytest.LogCaptureFixture) -> None:
    one.restart(NOTHING_ALLOWED)
    one.post()
    one.claim()
    one.post(StackId="nonsense")
    one.claim()
    assert "which this bridge may not start" in one.answers[0]["Reason"]
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []
