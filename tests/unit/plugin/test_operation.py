"""An operation on Heat's own tables (SQLite in memory); what is sent, and the answers, are the tests' own.

With Heat's Python: ``make unit-plugin``.
"""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import requests
from heat.db import models
from heat_tables import change, make_tables
from operations import DIRECT, NEW, OLD, QUEUE, REPLACED, Cloud, answer, remember
from urllib3.exceptions import MaxRetryError, NewConnectionError

from customresource_bridge import errors
from customresource_bridge.compat import UTC
from customresource_bridge.plugin.heat import leases, queries, resource_data
from customresource_bridge.plugin.lifecycle.lease import LeaseState
from customresource_bridge.plugin.lifecycle.plan import Absent, CleanUp, Present
from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import Entry, State
from customresource_bridge.plugin.lifecycle.wait_decision import Seen
from customresource_bridge.plugin.operation import HandlerFailed
from customresource_bridge.protocol import RequestType, Response, Status


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


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


REFUSED = errors.Forbidden("Zaqar", "store a message", "this queue is not yours", status=403)


def test_a_clean_up_that_cannot_be_sent_is_a_warning_and_fails_nothing(cloud: Cloud) -> None:
    ref = cloud.resource()
    remember(ref, State(current=NEW, account=(REPLACED,)))
    cloud.fails.append(REFUSED)
    operation = cloud.start(ref, CleanUp())
    assert operation.pending is None
    assert operation.state.ids == {"k1", "k2"}, "it is not forgotten"
    (warning,) = cloud.warnings
    assert warning.startswith(f"Clean-up of k1 failed: {REFUSED} (RequestId: ")
    assert cloud.start(ref, Absent()).pending is not None, "its own Delete is sent"


def test_a_clean_up_that_is_too_large_is_a_warning_too(cloud: Cloud) -> None:
    cloud.problem = "too large"
    ref = cloud.resource()
    remember(ref, State(current=NEW, account=(REPLACED,)))
    assert cloud.start(ref, CleanUp()).state.ids == {"k1", "k2"}
    (warning,) = cloud.warnings
    assert warning.startswith("Clean-up of k1 failed: too large (RequestId: ")


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
            cloud.queue.send_again(ref, pending)
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
    assert deleting.previous == (pending.request_id,)


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


def test_a_workflow_that_was_given_up_tells_its_id_while_its_delete_is_out(cloud: Cloud) -> None:
    ref = cloud.resource()
    create = cloud.start(ref, Present(spec=DIRECT)).pending
    assert create is not None
    remember(ref, State(pending=replace(create, deadline=cloud.clock()), asked=(create.request_id,)))
    cloud.workflow = (Seen.UNKNOWN, None)
    operation = cloud.start(ref, Absent(), traversal="delete")
    deleting = operation.pending
    assert deleting is not None
    made = Response(status=Status.SUCCESS, identity=ref.identity(create.request_id), physical_resource_id="made")
    cloud.workflow = (Seen.ENDED, made)
    operation.advance()
    assert operation.state.ids != {"made"}, "Mistral is not asked at every look"
    cloud.clock.advance(15)
    operation.advance()
    assert operation.state.ids == {"made"}


def test_a_workflow_that_was_given_up_is_looked_at_again_before_its_delete_counts(cloud: Cloud) -> None:
    ref = cloud.resource()
    create = cloud.start(ref, Present(spec=DIRECT)).pending
    assert create is not None
    made_by_hand = Entry(physical_resource_id="k9", spec=QUEUE)
    given_up = State(pending=create, account=(made_by_hand,), asked=(create.request_id,)).interrupted()
    remember(ref, given_up)
    cloud.workflow = (Seen.UNKNOWN, None)
    operation = cloud.start(ref, Absent(), traversal="delete")
    assert operation.pending is not None
    made = Response(status=Status.SUCCESS, identity=ref.identity(create.request_id), physical_resource_id="made")
    cloud.workflow = (Seen.ENDED, made)
    answer(ref, operation.pending.request_id, "")
    operation.advance()
    assert operation.state.ids == {"made"}


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


def test_a_request_that_cannot_be_made_for_the_moment_is_tried_again(cloud: Cloud) -> None:
    cloud.problem = errors.ServiceUnavailable("Keystone", "say where heat-api-cfn is", "no connection")
    cloud.fails.append(cloud.problem)
    operation = cloud.start(cloud.resource(), Present(spec=QUEUE))
    assert operation.pending is not None
    assert operation.pending.hindrance == str(cloud.problem)


def test_a_request_that_can_never_be_made_fails_its_operation_and_no_clean_up(cloud: Cloud) -> None:
    cloud.problem = errors.ConfigurationError("no endpoint for heat-api-cfn")
    with pytest.raises(HandlerFailed, match="no endpoint"):
        cloud.start(cloud.resource("a"), Present(spec=QUEUE))
    replaced = cloud.resource("b")
    remember(replaced, State(current=NEW, account=(REPLACED,)))
    cloud.start(replaced, CleanUp())
    assert "no endpoint" in cloud.warnings[0]
