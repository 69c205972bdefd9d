"""An operation on Heat's own tables (SQLite in memory); what is sent, and the answers, are the tests' own.

With Heat's Python: ``make unit-plugin``.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from heat.db import models
from heat_tables import Tables, change, make_tables
from urllib3.exceptions import MaxRetryError, NewConnectionError

from customresource_bridge import errors
from customresource_bridge.plugin.delivery import queue, signing_user
from customresource_bridge.plugin.heat import leases, queries, resource_data
from customresource_bridge.plugin.heat.authority import NoAuthorityError
from customresource_bridge.plugin.lifecycle.lease import LeaseState
from customresource_bridge.plugin.lifecycle.plan import Absent, CleanUp, Goal, Present
from customresource_bridge.plugin.lifecycle.spec import Delivery, Spec
from customresource_bridge.plugin.lifecycle.state import Entry, PhysicalResource, State
from customresource_bridge.plugin.lifecycle.wait_decision import Seen
from customresource_bridge.plugin.operation import HandlerFailed, Operation
from customresource_bridge.protocol import RequestType, Response, Status
from customresource_bridge.protocol.ids import default_physical_resource_id

QUEUE = Spec(resource_type="T", service_token="zaqar:q")
DIRECT = Spec(resource_type="T", service_token="mistral:w", delivery=Delivery.DIRECT)


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


@dataclass
class Cloud(Tables):
    """One stack, and what was done for it, in order."""

    done: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    is_without_authority: bool = False
    fails: list[BaseException] = field(default_factory=list)
    """What the next attempts to send raise."""

    problem: str | None = None
    """Why a request cannot be sent."""
    workflow: tuple[Seen, Response | None] = (Seen.MISSING, None)
    """What a look at a workflow that is to be stopped tells, and what it came to."""

    def resource(self, name: str = "a") -> Any:
        return self.ref(self.row(name), name, verify_authority=self.verify_authority)

    def verify_authority(self) -> None:
        if self.is_without_authority:
            raise NoAuthorityError("p")

    def start(self, ref: Any, goal: Goal, *, traversal: str = "op") -> Operation:
        operation = self.operation(ref, goal, traversal=traversal)
        operation.advance()
        return operation

    def operation(self, ref: Any, goal: Goal, *, traversal: str) -> Operation:
        return Operation(
            ref,
            goal,
            traversal=traversal,
            moved=lambda _state: None,
            warn=self.warnings.append,
            ways={Delivery.QUEUE: self.queue, Delivery.DIRECT: self.direct},
            now=self.clock,
        )

    def send(self, what: str) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.done.append(what)

    @property
    def queue(self) -> Any:
        kept = {name: getattr(queue, name) for name in ("send", "send_again", "look", "cancel")}
        return SimpleNamespace(check=lambda *_: self.problem, **kept)

    @property
    def direct(self) -> Any:
        return SimpleNamespace(
            check=lambda *_: None,
            send=lambda *_: self.send("started"),
            send_again=lambda *_: self.send("started"),
            look=lambda *_, interrupt: self.workflow if interrupt else (Seen.RUNNING, None),
            cancel=lambda *_: None,
        )


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    made = Cloud()
    monkeypatch.setattr(signing_user, "ensure_for", lambda _ref: made.done.append("signer"))
    monkeypatch.setattr(queue, "_post", lambda _ref, _pending: made.send("posted"))
    return made


def test_a_stack_s_signer_is_made_once_and_before_the_first_request(cloud: Cloud) -> None:
    cloud.start(cloud.resource("a"), Present(spec=QUEUE))
    cloud.start(cloud.resource("b"), Present(spec=QUEUE))
    assert cloud.done == ["signer", "posted", "posted"]


def test_a_direct_resource_makes_no_signer_so_the_first_one_with_a_queue_does(cloud: Cloud) -> None:
    cloud.start(cloud.resource("a"), Present(spec=DIRECT))
    cloud.start(cloud.resource("b"), Present(spec=QUEUE))
    assert cloud.done == ["started", "signer", "posted"]


def test_a_bridge_that_answers_heat_itself_is_asked_before_the_signer_is_made(cloud: Cloud) -> None:
    cloud.start(cloud.resource(), Present(spec=Spec(resource_type="T", service_token="mistral:w")))
    assert cloud.done == ["posted", "signer"]


def test_a_signer_that_was_removed_is_made_again(cloud: Cloud) -> None:
    cloud.start(cloud.resource("a"), Present(spec=QUEUE))
    resource_data.forget_signer(cloud.context, cloud.stack_uuid)
    assert not queries.has_signer(cloud.context, cloud.stack_uuid)
    cloud.start(cloud.resource("b"), Present(spec=QUEUE))
    assert cloud.done == ["signer", "posted", "signer", "posted"]


OLD, NEW = (PhysicalResource(physical_resource_id=name, spec=QUEUE) for name in ("k1", "k2"))
REPLACED = Entry(physical_resource_id="k1", spec=QUEUE, superseded=True)
REFUSED = errors.Forbidden("Zaqar", "store a message", "this queue is not yours", status=403)


def remember(ref: Any, state: State) -> None:
    resource_data.write(ref.context, ref.row_id, resource_data.STATE_KEY, state.to_json())


def test_a_clean_up_that_cannot_be_sent_is_a_warning_and_fails_nothing(cloud: Cloud) -> None:
    ref = cloud.resource()
    remember(ref, State(current=NEW, account=(REPLACED,)))
    cloud.fails.append(REFUSED)
    operation = cloud.start(ref, CleanUp())
    assert operation.pending is None
    assert operation.state.ids == {"k1", "k2"}, "it is not forgotten"
    assert cloud.warnings == [f"Clean-up of k1 failed: {REFUSED}"]
    assert cloud.start(ref, Absent()).pending is not None, "its own Delete is sent"


def test_a_clean_up_that_is_too_large_is_a_warning_too(cloud: Cloud) -> None:
    cloud.problem = "too large"
    ref = cloud.resource()
    remember(ref, State(current=NEW, account=(REPLACED,)))
    assert cloud.start(ref, CleanUp()).state.ids == {"k1", "k2"}
    assert cloud.warnings == ["Clean-up of k1 failed: too large"]


def test_a_request_that_cannot_be_sent_fails_its_operation(cloud: Cloud) -> None:
    cloud.fails.append(REFUSED)
    ref = cloud.resource()
    with pytest.raises(HandlerFailed, match="not yours"):
        cloud.start(ref, Present(spec=QUEUE))
    assert State.parse(resource_data.read_all(ref.context, ref.row_id)[0]) == State()


def unreachable() -> errors.ServiceError:
    error = errors.ServiceUnavailable("Zaqar", "store a message", "no connection (ConnectFailure)")
    error.__cause__ = requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused")))  # type: ignore[arg-type]
    error.__cause__.__context__ = error.__cause__.args[0]
    return error


TOO_SLOW = errors.ServiceUnavailable("Zaqar", "store a message", "it did not answer in time")


def posts(ref: Any) -> int:
    lease = leases.read(ref.context, ref.row_id)
    assert lease is not None
    return lease.posts


@pytest.mark.parametrize("spec", [QUEUE, DIRECT], ids=["queue", "direct"])
def test_what_nobody_can_have_seen_needs_no_delete(cloud: Cloud, spec: Spec) -> None:
    ref = cloud.resource()
    cloud.fails.append(unreachable())
    operation = cloud.start(ref, Present(spec=spec))
    assert posts(ref) == 0
    assert operation.pending is not None
    assert len(cloud.warnings) == 1, "the owner is told at once"
    operation.advance()
    assert len(cloud.warnings) == 1
    assert cloud.start(ref, Absent(), traversal="delete").state == State()
    assert "posted" not in cloud.done


def test_what_may_have_come_through_gets_its_delete(cloud: Cloud) -> None:
    ref = cloud.resource()
    cloud.fails.append(TOO_SLOW)
    cloud.start(ref, Present(spec=QUEUE))
    assert posts(ref) == 1
    pending = cloud.start(ref, Absent(), traversal="delete").pending
    assert pending is not None
    assert pending.request_type is RequestType.DELETE


def test_a_process_that_died_while_it_posted_may_have_posted(cloud: Cloud) -> None:
    ref = cloud.resource()
    cloud.fails.append(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        cloud.start(ref, Present(spec=QUEUE))
    assert posts(ref) == 1


def test_a_refusal_after_what_may_have_come_through_is_waited_out(cloud: Cloud) -> None:
    ref = cloud.resource()
    cloud.fails.extend([TOO_SLOW, REFUSED])
    operation = cloud.start(ref, Present(spec=QUEUE))
    cloud.clock.advance(40)
    operation.advance()
    assert operation.pending is not None


def test_the_deadline_of_what_was_never_sent(cloud: Cloud) -> None:
    ref = cloud.resource()
    cloud.fails.extend([unreachable(), unreachable()])
    operation = cloud.start(ref, Present(spec=QUEUE))
    cloud.clock.advance(40)
    operation.advance()
    operation.state = replace(operation.state, pending=replace(operation.pending, deadline=cloud.clock()))
    with pytest.raises(HandlerFailed, match=r"Could not send .* no connection"):
        operation.advance()
    assert operation.state == State()


def test_the_monitor_s_posts_that_were_none_do_not_count(cloud: Cloud) -> None:
    ref = cloud.resource()
    cloud.fails.extend([unreachable(), unreachable(), TOO_SLOW])
    pending = cloud.start(ref, Present(spec=QUEUE)).pending
    for error, count in ((errors.ServiceError, 0), (errors.ServiceError, 1)):
        lease = cloud.lease(ref.row_id)
        assert leases.swap(ref.context, ref.row_id, lease, replace(lease, posts=lease.posts + 1))
        with pytest.raises(error):
            queue.send_again(ref, pending)
        assert posts(ref) == count


def test_a_workflow_that_may_still_run_is_waited_for_before_its_delete(cloud: Cloud) -> None:
    ref = cloud.resource()
    create = cloud.start(ref, Present(spec=DIRECT)).pending
    assert create is not None
    cloud.workflow = (Seen.RUNNING, None)
    operation = cloud.start(ref, Absent(), traversal="delete")
    cloud.clock.advance(40)
    assert not operation.advance()
    assert operation.pending == create
    assert cloud.done == ["started"], "neither the Delete, nor the Create again"
    identity = ref.identity(create.request_id)
    cloud.workflow = (Seen.ENDED, Response(status=Status.SUCCESS, identity=identity, physical_resource_id="made"))
    operation.advance()
    assert operation.pending is not None
    assert operation.pending.physical_resource_id == "made"


def test_a_workflow_that_cannot_be_stopped_is_waited_for_until_its_deadline(cloud: Cloud) -> None:
    ref = cloud.resource()
    pending = cloud.start(ref, Present(spec=DIRECT)).pending
    assert pending is not None
    remember(ref, State(pending=replace(pending, deadline=cloud.clock())))
    cloud.workflow = (Seen.RUNNING, None)
    deleting = cloud.start(ref, Absent(), traversal="delete").pending
    assert deleting is not None
    assert deleting.request_type is RequestType.DELETE
    assert deleting.previous_request_id == pending.request_id


def test_a_workflow_that_was_given_up_still_tells_its_id(cloud: Cloud) -> None:
    ref = cloud.resource()
    pending = cloud.start(ref, Present(spec=DIRECT)).pending
    assert pending is not None
    remember(ref, State(pending=pending, asked=(pending.request_id,)).interrupted())
    identity = ref.identity(pending.request_id)
    cloud.workflow = (Seen.ENDED, Response(status=Status.SUCCESS, identity=identity, physical_resource_id="late"))
    deleting = cloud.start(ref, Absent(), traversal="delete").pending
    assert deleting is not None
    assert deleting.physical_resource_id == "late"


def test_a_delete_learns_of_a_post_that_was_none_while_it_was_about_to_ask(cloud: Cloud) -> None:
    ref = cloud.resource()
    cloud.start(ref, Present(spec=QUEUE))
    deleting = cloud.operation(ref, Absent(), traversal="delete")
    posted = cloud.lease(ref.row_id)
    assert leases.swap(ref.context, ref.row_id, posted, posted.one_post_less())
    assert deleting.advance()
    assert deleting.state == State(), "what no handler has seen needs no Delete"
    assert cloud.done == ["signer", "posted"]


def test_a_thread_takes_a_parked_request_over_with_all_that_was_counted(cloud: Cloud) -> None:
    ref = cloud.resource()
    cloud.start(ref, Present(spec=QUEUE))
    posted = cloud.lease(ref.row_id)
    waking = replace(posted, posts=4).waking(until=cloud.clock())
    assert leases.swap(ref.context, ref.row_id, posted, waking)
    cloud.start(ref, Present(spec=QUEUE))
    assert cloud.lease(ref.row_id) == replace(waking, state=LeaseState.THREAD)
    cloud.clock.advance(29)
    assert cloud.done == ["signer", "posted"]
    cloud.clock.advance(1)
    cloud.start(ref, Present(spec=QUEUE))
    assert cloud.done == ["signer", "posted", "signer", "posted"], "when it was due, not when the message was lost"


def test_the_answer_to_an_update_is_heard_after_its_delete_was_sent(cloud: Cloud) -> None:
    ref = cloud.resource()
    remember(ref, State(current=OLD))
    update = cloud.start(ref, Present(spec=replace(QUEUE, properties={"x": 1}))).pending
    deleting = cloud.start(ref, Absent(), traversal="delete")
    assert update is not None
    assert queries.row_of_request(cloud.context, cloud.stack_uuid, update.request_id) == (ref.row_id, "a")
    answer = {"Status": "SUCCESS", "PhysicalResourceId": "k2"}
    resource_data.write(ref.context, ref.row_id, resource_data.answer_key(update.request_id), json.dumps(answer))
    deleting.advance()
    assert [physical.physical_resource_id for physical in deleting.state.superseded] == ["k2"]


def test_only_what_this_heat_knows_as_deleted_counts_as_deleted(cloud: Cloud) -> None:
    other = Cloud()
    change(other.context, models.Stack, other.stack_uuid, deleted_at=datetime.now(UTC))
    stacks = [cloud.stack_uuid, other.stack_uuid, "another heat's"]
    assert queries.deleted_among(cloud.context, stacks) == {other.stack_uuid}


def answer(ref: Any, request_id: str, physical_resource_id: str, *, status: str = "SUCCESS") -> None:
    """Store an answer as a signal does."""
    text = json.dumps({"Status": status, "Reason": "x", "PhysicalResourceId": physical_resource_id})
    resource_data.write(ref.context, ref.row_id, resource_data.answer_key(request_id), text)


def deletes(cloud: Cloud, ref: Any, *, traversal: str = "delete") -> list[str]:
    """Delete the resource with a handler that does as it is told; return the ids that the Deletes named."""
    named: list[str] = []
    operation = cloud.start(ref, Absent(), traversal=traversal)
    while operation.pending is not None:
        named.append(operation.pending.physical_resource_id)
        answer(ref, operation.pending.request_id, named[-1])
        operation.advance()
    return named


def derived(ref: Any, request_id: str) -> str:
    return default_physical_resource_id(stack_id=ref.stack_id, logical_resource_id=ref.name, request_id=request_id)


def test_a_create_that_names_its_thing_while_its_delete_is_out_gets_a_second_delete(cloud: Cloud) -> None:
    ref = cloud.resource()
    create = cloud.start(ref, Present(spec=QUEUE)).pending
    deleting = cloud.start(ref, Absent(), traversal="delete")
    assert create is not None
    assert deleting.pending is not None
    assert deleting.pending.physical_resource_id == derived(ref, create.request_id)
    answer(ref, create.request_id, "half-1", status="FAILED")
    assert deletes(cloud, ref) == [derived(ref, create.request_id), "half-1"]


def test_a_create_s_answer_that_comes_with_that_of_its_delete_is_not_lost(cloud: Cloud) -> None:
    ref = cloud.resource()
    create = cloud.start(ref, Present(spec=QUEUE)).pending
    deleting = cloud.start(ref, Absent(), traversal="delete")
    assert create is not None
    assert deleting.pending is not None
    answer(ref, deleting.pending.request_id, "ignored")
    answer(ref, create.request_id, "half-1", status="FAILED")
    assert deletes(cloud, ref) == ["half-1"]


def test_the_delete_after_a_failed_one_names_what_was_learnt(cloud: Cloud) -> None:
    ref = cloud.resource()
    create = cloud.start(ref, Present(spec=QUEUE)).pending
    deleting = cloud.start(ref, Absent(), traversal="delete")
    assert create is not None
    assert deleting.pending is not None
    answer(ref, create.request_id, "half-1")
    answer(ref, deleting.pending.request_id, "", status="FAILED")
    with pytest.raises(HandlerFailed):
        deleting.advance()
    assert deletes(cloud, ref, traversal="again") == ["half-1"]


def test_an_unheard_update_s_answer_is_learnt_before_and_during_the_delete(cloud: Cloud) -> None:
    ref = cloud.resource()
    remember(ref, State(current=OLD))
    update = cloud.start(ref, Present(spec=replace(QUEUE, properties={"x": 1}))).pending
    assert update is not None
    answer(ref, update.request_id, "k2")
    assert sorted(deletes(cloud, ref)) == ["k1", "k2"]


def test_an_answer_from_many_requests_ago_is_found_and_counts(cloud: Cloud) -> None:
    ref = cloud.resource()
    remember(ref, State(current=OLD))
    for number in range(4):
        updating = cloud.start(ref, Present(spec=replace(QUEUE, properties={"x": number})))
        assert updating.pending is not None
        remember(ref, replace(updating.state, pending=replace(updating.pending, deadline=cloud.clock())))
        with pytest.raises(HandlerFailed, match="No answer"):
            cloud.start(ref, Present(spec=QUEUE))
    state = State.parse(resource_data.read_all(ref.context, ref.row_id)[0])
    assert len(state.account) == 4
    for number, entry in enumerate(state.account):
        assert entry.unheard is not None
        request_id = entry.unheard.request_id
        assert queries.row_of_request(cloud.context, cloud.stack_uuid, request_id) == (ref.row_id, "a")
        answer(ref, request_id, f"late-{number}")
    assert sorted(deletes(cloud, ref)) == ["k1", "late-0", "late-1", "late-2", "late-3"]


def test_what_cannot_be_deleted_beside_the_resource_is_said_and_holds_nothing_up(cloud: Cloud) -> None:
    ref = cloud.resource()
    remember(ref, State(current=NEW, account=(REPLACED,)))
    deleting = cloud.start(ref, Absent(), traversal="delete")
    assert deleting.pending is not None
    answer(ref, deleting.pending.request_id, "", status="FAILED")
    deleting.advance()
    assert cloud.warnings == ["Clean-up of k1 failed: x"]
    assert deletes(cloud, ref) == ["k2"]


def test_an_answer_that_comes_as_another_is_taken_over_stays(cloud: Cloud) -> None:
    ref = cloud.resource()
    for request_id in ("one", "two"):
        answer(ref, request_id, "k")
    resource_data.forget_answers(ref.context, ref.row_id, ["one"])
    assert list(resource_data.read_answers(ref.context, ref.row_id)) == ["two"]


def test_a_deleted_row_takes_no_answer(cloud: Cloud) -> None:
    ref = cloud.resource()
    create = cloud.start(ref, Present(spec=QUEUE)).pending
    assert create is not None
    assert queries.row_of_request(cloud.context, cloud.stack_uuid, create.request_id) == (ref.row_id, "a")
    change(cloud.context, models.Resource, ref.row_id, action="DELETE", status="COMPLETE")
    assert queries.row_of_request(cloud.context, cloud.stack_uuid, create.request_id) is None


def test_without_authority_a_delete_fails_at_once_and_forgets_nothing(cloud: Cloud) -> None:
    ref = cloud.resource()
    create = cloud.start(ref, Present(spec=QUEUE)).pending
    cloud.is_without_authority = True
    with pytest.raises(HandlerFailed, match="openstack role add"):
        cloud.start(ref, Absent(), traversal="delete")
    assert create is not None
    assert cloud.done == ["signer", "posted"], "nothing was sent"
    cloud.is_without_authority = False
    assert deletes(cloud, ref, traversal="by a member") == [derived(ref, create.request_id)]
