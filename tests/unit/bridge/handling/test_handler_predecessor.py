"""What was not heard of a predecessor is told first: before a Delete begins, and for half of its own time at most."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from bridge_life import Steps
from one_bridge import OneBridge

from customresource_bridge.bridge.handling.routes import Routes
from customresource_bridge.bridge.in_flight import Hearing
from customresource_bridge.bridge.observability.events import Event, Started
from customresource_bridge.bridge.settings import Settings
from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.protocol import ids

PATIENCE = 30
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


class Hanging:
    """A bridge with one thread of each kind, and receivers of responses that do not answer until they may."""

    def __init__(self) -> None:
        self.came, self.may = threading.Event(), threading.Event()
        self.began: dict[str, threading.Event] = defaultdict(threading.Event)
        self.one = OneBridge(self._note, settings=Settings(workers=1), executor=None)
        self._put = self.one.put
        self.one.put = self._hang  # type: ignore[method-assign]

    def _note(self, event: Event) -> None:
        if isinstance(event, Started):
            self.began[event.entry.identity.request_id].set()

    def _hang(self, url: Any, body: bytes, *, attempt: int = 0) -> tuple[PutOutcome, str]:
        self.came.set()
        assert self.may.wait(PATIENCE)
        return self._put(url, body, attempt=attempt)

    def delete_after_a_create_that_was_not_heard(self, name: str) -> str:
        create = self.one.post(LogicalResourceId=name)
        self.one.claim()
        assert self.began[create].wait(PATIENCE)
        self.one.mistral.end(self.one.mistral.begun[-1], "ERROR", output=HALF)
        self.one.restart(Routes())
        delete = self.one.post(
            "Delete",
            LogicalResourceId=name,
            OpenStack=self.one.extras(PreviousRequestId=create, PreviousResponseURL="http://heat/previous"),
        )
        self.one.claim()
        return delete


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    made = Hanging()
    yield made
    made.may.set()
    made.one.bridge._workers.close()


def test_no_request_waits_to_be_started_for_anothers_predecessor_to_be_told(hanging: Hanging) -> None:
    delete = hanging.delete_after_a_create_that_was_not_heard("Told")
    assert hanging.came.wait(PATIENCE)
    news = [hanging.one.post(LogicalResourceId=f"New{number}") for number in range(3)]
    for _ in news:
        hanging.one.claim()
    for new in news:
        assert hanging.began[new].wait(PATIENCE)
    assert not hanging.began[delete].is_set()
    hanging.may.set()
    assert hanging.began[delete].wait(PATIENCE)


def test_a_request_begins_in_time_though_no_thread_is_free_to_tell_its_predecessors_outcome() -> None:
    steps = Steps()
    one = OneBridge(executor=steps)
    create = one.post()
    one.claim()
    steps.waiting.pop()[0](*one.bridge.table.all())
    one.mistral.end(one.mistral.begun[0], "ERROR", output=HALF)
    one.restart(Routes())
    delete = delete_after(one, create)
    one.claim()
    call, args = steps.waiting.pop()
    call(*args)
    (entry,) = one.bridge.table.all()
    assert entry.delivers
    one.later(1790)
    assert len(steps.waiting) == 1
    one.later(11)
    call, args = steps.waiting.pop()
    call(*args)
    assert named(one, delete) == ["half-1"]
    assert entry.hearings == {create: Hearing.IN_VAIN}
    call, args = steps.waiting.pop()
    call(*args)
    assert (one.answers, len(one.bridge._workers)) == ([], 0)


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


def test_a_delete_waits_for_what_began_before_the_delete_that_never_did(one: OneBridge) -> None:
    create = one.post()
    one.claim()
    (runs,) = one.mistral.begun
    one.mistral.acting.add(runs)
    before = {"RequestId": create, "ResponseURL": "http://heat/of-the-create"}
    delete = delete_after(one, "never-begun", EarlierRequests=[before])
    one.claim()
    assert one.mistral.executions[runs].state == "CANCELLED"
    one.later(20)
    assert named(one, delete) == []
    one.mistral.acting.clear()
    one.later(20)
    assert len(named(one, delete)) == 1
    assert (create, "FAILED") in [(answer["RequestId"], answer["Status"]) for answer in one.answers]
    assert "of-the-create" not in str([known.input for known in one.mistral.executions.values()])


@pytest.mark.parametrize("began", [True, False], ids=["the Create began", "nothing began"])
def test_a_late_copy_of_a_delete_stops_no_later_one_and_says_nothing_of_the_create(one: OneBridge, began: bool) -> None:
    create = one.post()
    one.claim()
    if began:
        one.mistral.end(one.mistral.begun[0], "SUCCESS", output=HALF)
    else:
        one.mistral.executions.clear()
        one.mistral.begun.clear()
    one.restart(Routes())
    older = [{"RequestId": "d-1"}, {"RequestId": create}]
    later = delete_after(one, "d-2", EarlierRequests=older)
    one.claim()
    one.later(2)
    (runs,) = [key for key in one.mistral.begun if one.mistral.executions[key].input["request"]["RequestId"] == later]
    said = len(one.answers)
    one.restart(Routes())
    late = one.post("Delete", RequestId="d-2", OpenStack=one.extras(PreviousRequestId="d-1", EarlierRequests=older[1:]))
    one.claim()
    one.later(2)
    assert one.mistral.executions[runs].state == "RUNNING"
    assert named(one, late) == []
    assert [(answer["RequestId"], answer["Status"]) for answer in one.answers[said:]] == [("d-2", "FAILED")]


def progress(one: OneBridge) -> list[dict[str, Any]]:
    """What was told before an outcome."""
    return [answer for answer in one.answers if answer["Status"] == "IN_PROGRESS"]


def test_a_delete_begins_in_time_though_a_task_of_what_it_stopped_never_ends_and_its_owner_is_told_so(
    one: OneBridge,
) -> None:
    create = one.post()
    one.claim()
    (runs,) = one.mistral.begun
    one.mistral.acting.add(runs)
    delete = delete_after(one, create)
    one.claim()
    for _ in range(120):
        one.later(16)
    (physical_resource_id,) = named(one, delete)
    (told,) = progress(one)
    assert told["RequestId"] == delete
    assert runs in told["Reason"]
    assert physical_resource_id in told["Reason"]


def test_nothing_is_said_where_no_task_is_left(one: OneBridge) -> None:
    create = one.post()
    one.claim()
    one.mistral.acting.add(one.mistral.begun[0])
    delete = delete_after(one, create, Deadline=(one.now() + timedelta(seconds=20)).isoformat())
    one.claim()
    one.mistral.acting.clear()
    one.later(11)
    assert len(named(one, delete)) == 1
    assert progress(one) == []


@pytest.mark.parametrize("late", [1, 31])
def test_a_delete_that_names_no_predecessor_runs_alone_however_late_its_creates_deadline_was_noticed(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch, late: int
) -> None:
    """Heat took the FAILED of a Create whose time was over: its Delete then names the id, and nothing that it ends."""
    told, put = [], one.put

    def note_what_runs(url: Any, body: bytes, *, attempt: int = 0) -> tuple[PutOutcome, str]:
        told.append([known.state for known in one.mistral.executions.values()])
        return put(url, body, attempt=attempt)

    monkeypatch.setattr(one, "put", note_what_runs)
    create = one.post(OpenStack=one.extras(Deadline=(one.now() + timedelta(seconds=60)).isoformat()))
    one.claim()
    one.later(60 + late)
    assert [(answer["RequestId"], answer["Status"]) for answer in one.answers] == [(create, "FAILED")]
    assert told == [["CANCELLED"]]
    delete = one.post("Delete")
    one.claim()
    assert len(named(one, delete)) == 1
    assert sorted(known.state for known in one.mistral.executions.values()) == ["CANCELLED", "RUNNING"]
