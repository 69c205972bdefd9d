"""What was not heard of a predecessor is told first: before a Delete begins, and for half of its own time at most."""

from datetime import timedelta
from typing import Any

import pytest
from one_bridge import OneBridge

from customresource_bridge.bridge.handling.routes import Routes
from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.protocol import ids

HALF = {"physical_resource_id": "half-1"}


@pytest.fixture
def one() -> OneBridge:
    return OneBridge()


def delete_after(one: OneBridge, first: str, *, url: bool = True, known: str | None = None, **extras: Any) -> str:
    derived = ids.default_physical_resource_id(
        stack_id=one.body()["StackId"], logical_resource_id="Thing", request_id=first
    )
    if url:
        extras["PreviousResponseURL"] = "http://heat/previous-token-of-mine"
    return one.post(
        "Delete", PhysicalResourceId=known or derived, OpenStack=one.extras(PreviousRequestId=first, **extras)
    )


def named(one: OneBridge, request_id: str) -> list[str]:
    """The id that each execution of a request was given."""
    inputs = [one.mistral.executions[key].input["request"] for key in one.mistral.begun]
    return [given["PhysicalResourceId"] for given in inputs if given["RequestId"] == request_id]


@pytest.mark.parametrize("state", ["SUCCESS", "ERROR"])
@pytest.mark.parametrize("killed", [True, False], ids=["another bridge's", "the same bridge's"])
def test_what_nobody_heard_of_a_create_is_told_before_its_delete_begins(
    one: OneBridge, state: str, killed: bool
) -> None:
    create = one.post()
    one.claim()
    (runs,) = one.mistral.begun
    one.mistral.end(runs, state, output=HALF, state_info="no quota")
    if killed:
        one.restart(Routes())
    delete = delete_after(one, create)
    one.claim()
    one.bridge._watcher.tick()
    one.later(2)
    one.end()
    heard = [(answer["RequestId"], answer["PhysicalResourceId"]) for answer in one.answers]
    assert set(heard[:-1]) == {(create, "half-1")}
    assert heard[-1][0] == delete
    assert len(named(one, delete)) == 1


def test_an_updates_other_id_is_told_before_the_delete_of_the_first(one: OneBridge) -> None:
    update = one.post("Update")
    one.claim()
    one.mistral.end(one.mistral.begun[0], "SUCCESS", output={"physical_resource_id": "thing-2"})
    one.restart(Routes())
    delete = delete_after(one, update, known="thing-1")
    one.claim()
    assert [(answer["RequestId"], answer["PhysicalResourceId"]) for answer in one.answers] == [(update, "thing-2")]
    assert named(one, delete) == ["thing-1"]


def test_a_delete_waits_until_its_predecessors_outcome_is_heard(one: OneBridge) -> None:
    create = one.post()
    one.claim()
    one.mistral.end(one.mistral.begun[0], "ERROR", output=HALF)
    one.restart(Routes())
    one.deliveries = [(PutOutcome.RETRY, "away")] * 3
    delete = delete_after(one, create)
    one.claim()
    for _ in range(3):
        assert named(one, delete) == []
        one.later(30)
    assert len(named(one, delete)) == 1
    assert {answer["RequestId"] for answer in one.answers} == {create}


def test_a_predecessors_outcome_that_was_not_answered_in_time_is_not_repeated_at_once(one: OneBridge) -> None:
    create = one.post()
    one.claim()
    one.mistral.end(one.mistral.begun[0], "ERROR", output=HALF)
    one.restart(Routes())
    one.deliveries = [(PutOutcome.SLOW, "it did not answer in time")] * 1000
    delete = delete_after(one, create)
    one.claim()
    one.later(10)
    assert (len(one.deliveries), named(one, delete)) == (999, [])


def test_a_predecessors_outcome_keeps_no_request_waiting_beyond_half_of_its_time(one: OneBridge) -> None:
    create = one.post()
    one.claim()
    one.mistral.end(one.mistral.begun[0], "ERROR", output=HALF)
    one.restart(Routes())
    one.deliveries = [(PutOutcome.SLOW, "it did not answer in time")] * 1000
    delete = delete_after(one, create, Deadline=(one.now() + timedelta(seconds=20)).isoformat())
    one.claim()
    one.later(11)
    assert named(one, delete) == ["half-1"]


def test_a_delete_begins_in_time_though_its_predecessors_outcome_is_heard_by_nobody(one: OneBridge) -> None:
    create = one.post()
    one.claim()
    one.mistral.end(one.mistral.begun[0], "ERROR", output=HALF)
    one.restart(Routes())
    one.deliveries = [(PutOutcome.RETRY, "away")] * 1000
    delete = delete_after(one, create)
    one.claim()
    for _ in range(60):
        one.later(30)
    assert named(one, delete) == ["half-1"]


def test_a_delete_without_the_url_of_its_predecessor_names_what_is_learnt_all_the_same(one: OneBridge) -> None:
    create = one.post()
    one.claim()
    one.mistral.end(one.mistral.begun[0], "ERROR", output=HALF)
    one.restart(Routes())
    delete = delete_after(one, create, url=False)
    one.claim()
    assert one.answers == []
    assert named(one, delete) == ["half-1"]


def test_no_workflow_is_given_a_response_url(one: OneBridge) -> None:
    create = one.post()
    one.claim()
    one.mistral.end(one.mistral.begun[0], "ERROR", output=HALF)
    delete_after(one, create)
    one.claim()
    assert "token-of-mine" not in str([known.input for known in one.mistral.executions.values()])


def test_a_delete_begins_when_no_task_of_what_it_stopped_is_left(one: OneBridge) -> None:
    create = one.post()
    one.claim()
    (runs,) = one.mistral.begun
    one.mistral.acting.add(runs)
    delete = delete_after(one, create)
    one.claim()
    assert one.mistral.executions[runs].state == "CANCELLED"
    for _ in range(5):
        one.later(20)
        assert named(one, delete) == []
    one.mistral.acting.clear()
    one.later(20)
    assert len(named(one, delete)) == 1


def test_a_delete_begins_in_time_though_a_task_of_what_it_stopped_never_ends(one: OneBridge) -> None:
    create = one.post()
    one.claim()
    one.mistral.acting.add(one.mistral.begun[0])
    delete = delete_after(one, create)
    one.claim()
    for _ in range(120):
        one.later(16)
    assert len(named(one, delete)) == 1
