"""A Check, as an operation on Heat's own tables: what it takes of an answer, and what goes before it or after.

With Heat's Python: ``make unit-plugin``.
"""

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
from heat_tables import make_tables
from operations import DIRECT, NEW, QUEUE, Cloud, answer, remember

from customresource_bridge import errors
from customresource_bridge.plugin.heat import resource_data
from customresource_bridge.plugin.lifecycle.plan import Absent, Checked, Present
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.plugin.lifecycle.wait_decision import Seen
from customresource_bridge.plugin.operation import HandlerFailed, Operation
from customresource_bridge.protocol import RequestType, Response


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


STANDS = State(current=NEW)
REFUSED = errors.Forbidden("Zaqar", "store a message", "this queue is not yours", status=403)


def checking(cloud: Cloud, state: State = STANDS) -> tuple[Any, Operation]:
    ref = cloud.resource()
    remember(ref, state)
    return ref, cloud.start(ref, Checked(), traversal="check")


@pytest.mark.parametrize(("status", "failed"), [("SUCCESS", False), ("FAILED", True)])
def test_a_check_takes_nothing_of_its_answer_but_whether_all_is_well(
    cloud: Cloud, status: str, *, failed: bool
) -> None:
    ref, operation = checking(cloud)
    assert operation.pending is not None
    assert (operation.pending.request_type, operation.pending.physical_resource_id) == (RequestType.CHECK, "k2")
    answer(ref, operation.pending.request_id, "another", status=status)
    with pytest.raises(HandlerFailed, match=r"^x \(RequestId: ") if failed else nullcontext():
        assert operation.advance()
    assert operation.state == replace(STANDS, check_failed=failed)


def test_a_check_whose_answer_came_before_its_thread_did_is_not_asked_again(cloud: Cloud) -> None:
    ref, operation = checking(cloud)
    assert operation.pending is not None
    answer(ref, operation.pending.request_id, "k2")
    woken = cloud.start(ref, Checked(), traversal="check")
    assert woken.advance()
    assert cloud.done == ["signer", "posted"]


def test_a_check_without_an_answer_fails_at_its_deadline(cloud: Cloud) -> None:
    _ref, operation = checking(cloud)
    cloud.clock.advance(QUEUE.service_timeout)
    with pytest.raises(HandlerFailed, match=r"No answer to the Check request .* within 3600 seconds"):
        operation.advance()
    assert operation.state.check_failed


def test_a_check_that_is_waited_for_no_longer_decides_nothing_of_the_next(cloud: Cloud) -> None:
    """Where Heat checks in one thread, both are of one traversal."""
    ref, operation = checking(cloud)
    first = operation.pending
    assert first is not None
    with pytest.raises(HandlerFailed, match=r"No answer to the Check request .* within four seconds"):
        operation.give_up("within four seconds")
    assert (operation.pending, operation.state.check_failed) == (None, True)
    answer(ref, first.request_id, "k2")
    again = cloud.start(ref, Checked(), traversal="check")
    assert again.pending is not None
    assert again.pending.request_id != first.request_id
    answer(ref, again.pending.request_id, "k2")
    assert again.advance()
    assert not again.state.check_failed


def test_what_another_operation_has_asked_since_is_not_given_up(cloud: Cloud) -> None:
    ref, operation = checking(cloud)
    update = cloud.start(ref, Present(spec=replace(QUEUE, properties={"Size": 2})), traversal="update")
    operation.give_up("within four seconds")
    assert State.parse(resource_data.read_all(ref.context, ref.row_id)[0]) == update.state


def test_a_check_that_cannot_be_sent_fails(cloud: Cloud) -> None:
    cloud.fails.append(REFUSED)
    with pytest.raises(HandlerFailed, match="not yours"):
        checking(cloud)


def test_what_a_check_found_wanting_is_mended_by_an_update(cloud: Cloud) -> None:
    ref, operation = checking(cloud)
    assert operation.pending is not None
    answer(ref, operation.pending.request_id, "", status="FAILED")
    with pytest.raises(HandlerFailed):
        operation.advance()
    update = cloud.start(ref, Present(spec=QUEUE), traversal="update")
    assert update.pending is not None
    assert update.pending.request_type is RequestType.UPDATE
    answer(ref, update.pending.request_id, "k2")
    assert update.advance()
    assert update.state.current == STANDS.current
    assert not update.state.check_failed


def test_an_answer_to_a_check_that_an_update_found_decides_whether_there_is_one(cloud: Cloud) -> None:
    ref, operation = checking(cloud)
    assert operation.pending is not None
    answer(ref, operation.pending.request_id, "k2")
    update = cloud.operation(ref, Present(spec=QUEUE), traversal="update")
    assert update.advance()
    assert update.pending is None
    assert cloud.done == ["signer", "posted"], "the Check alone"


def test_what_waits_is_not_checked_and_is_not_replaced_for_that(cloud: Cloud) -> None:
    ref = cloud.resource()
    remember(ref, STANDS)
    cloud.start(ref, Present(spec=replace(QUEUE, properties={"Size": 2})), traversal="update")
    operation = cloud.operation(ref, Checked(), traversal="check")
    with pytest.raises(HandlerFailed, match="It waits for the answer to its Update"):
        operation.advance()
    assert operation.state.check_failed
    assert operation.pending is not None


def test_a_check_by_a_workflow_is_stopped_before_the_delete(cloud: Cloud) -> None:
    direct = replace(STANDS, current=replace(NEW, spec=DIRECT))
    ref, operation = checking(cloud, direct)
    assert operation.pending is not None
    delete = cloud.operation(ref, Absent(), traversal="delete")
    cloud.workflow = (Seen.RUNNING, None)
    assert not delete.advance()
    assert cloud.done == ["started"]
    cloud.workflow = (Seen.ENDED, Response.failed(ref.identity(operation.pending.request_id), "stopped"))
    assert not delete.advance()
    assert delete.pending is not None
    assert delete.pending.request_type is RequestType.DELETE
