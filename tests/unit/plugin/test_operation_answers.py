"""Answers that come late, twice or beside another: what they name is in the account, and is deleted.

With Heat's Python: ``make unit-plugin``.
"""

from dataclasses import replace

import pytest
from heat.db import models
from heat_tables import change, make_tables
from operations import NEW, OLD, QUEUE, REPLACED, Cloud, answer, deletes, derived, remember

from customresource_bridge.plugin.heat import queries, resource_data
from customresource_bridge.plugin.lifecycle.plan import Absent, Checked, Present
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.plugin.operation import HandlerFailed


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


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


@pytest.mark.parametrize("named", [None, "made-1"])
def test_a_create_s_answer_that_came_after_that_of_its_delete_gets_a_second_delete(
    cloud: Cloud, named: str | None
) -> None:
    ref = cloud.resource()
    create = cloud.start(ref, Present(spec=QUEUE)).pending
    deleting = cloud.start(ref, Absent(), traversal="delete")
    assert create is not None
    assert deleting.pending is not None
    answer(ref, deleting.pending.request_id, "")
    answer(ref, create.request_id, named or "")
    assert not deleting.advance()
    assert deleting.pending.physical_resource_id == (named or derived(ref, create.request_id))


def test_a_create_s_answer_without_an_id_that_came_before_that_of_its_delete_needs_no_second_one(cloud: Cloud) -> None:
    ref = cloud.resource()
    create = cloud.start(ref, Present(spec=QUEUE)).pending
    deleting = cloud.start(ref, Absent(), traversal="delete")
    assert create is not None
    assert deleting.pending is not None
    answer(ref, create.request_id, "")
    answer(ref, deleting.pending.request_id, "")
    assert deleting.advance()


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
    assert [warning.partition(" (")[0] for warning in cloud.warnings] == ["Clean-up of k1 failed: x"]
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


def test_what_is_done_stays_done(cloud: Cloud) -> None:
    ref = cloud.resource()
    remember(ref, State(current=OLD))
    check = cloud.start(ref, Checked()).pending
    assert check is not None
    answer(ref, check.request_id, "")
    operation = cloud.start(ref, Checked())
    assert operation.advance()
    assert operation.pending is None, "no second Check"
