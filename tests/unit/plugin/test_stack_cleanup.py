"""When a clean-up waits for the whole stack, and when it stops. With Heat's Python: ``make unit-plugin``."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from heat.common import exception
from heat.engine import check_resource, scheduler

from customresource_bridge.plugin import clean_up_order, stack_cleanup
from customresource_bridge.plugin.delivery import (
    bridge_trust,
    signing_user,
)
from customresource_bridge.plugin.heat import queries, resource_data
from customresource_bridge.plugin.lifecycle.spec import CleanUpOrder, Spec
from customresource_bridge.plugin.lifecycle.state import Entry, Pending, PhysicalResource, State
from customresource_bridge.protocol import RequestType

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SPEC = Spec(resource_type="T", clean_up_order=CleanUpOrder.STACK)
OLD = Entry(physical_resource_id="old", spec=SPEC, superseded=True)
NEW = PhysicalResource(physical_resource_id="new", spec=SPEC)
REPLACED = State(current=NEW, account=(OLD,))


def pending(request_type: RequestType) -> Pending:
    return Pending(request_id="r", request_type=request_type, spec=SPEC, traversal="op", asked_at=NOW, deadline=NOW)


def a_resource(state: State = REPLACED, *, action: str = "UPDATE", template: int = 7) -> Any:
    stack = SimpleNamespace(
        id="s",
        action=action,
        DELETE="DELETE",
        IN_PROGRESS="IN_PROGRESS",
        current_traversal="mine",
        t=SimpleNamespace(id=7),
        defn=SimpleNamespace(enabled_rsrc_names=lambda: ["a", "b"]),
    )
    return SimpleNamespace(
        id=1, name="r", state_now=lambda: state, stack=stack, context=None, current_template_id=template
    )


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    monkeypatch.setattr(scheduler, "ENABLE_SLEEP", False)
    seen = SimpleNamespace(standing=[("mine", "IN_PROGRESS")], settled_after=0, looks=0, template=7)

    def settled(*_: Any) -> set[str]:
        seen.looks += 1
        return {"a", "b"} if seen.looks > seen.settled_after else {"a"}

    monkeypatch.setattr(
        queries, "standing", lambda *_: seen.standing.pop() if len(seen.standing) > 1 else seen.standing[0]
    )
    monkeypatch.setattr(queries, "template_of", lambda *_: seen.template)
    monkeypatch.setattr(queries, "settled", settled)
    return seen


@pytest.mark.parametrize("standing", [("mine", "FAILED"), None])
def test_the_wait_ends_when_the_operation_failed(database: Any, standing: Any) -> None:
    database.standing = [standing]
    with pytest.raises(check_resource.CancelOperation):
        clean_up_order.wait_for_updates(a_resource(), 60, None)


@pytest.mark.parametrize("before", [("mine", "IN_PROGRESS"), ("mine", "FAILED")])
def test_another_operation_comes_to_the_resource_by_itself(database: Any, before: Any) -> None:
    database.settled_after = 100
    database.standing = [("other", "IN_PROGRESS"), before]
    with pytest.raises(exception.UpdateInProgress):
        clean_up_order.wait_for_updates(a_resource(), 60, None)


def test_the_wait_ends_when_all_are_updated(database: Any) -> None:
    database.settled_after = 5
    clean_up_order.wait_for_updates(a_resource(), 3600, None)
    assert database.looks == 6


def test_the_wait_looks_ever_more_rarely(database: Any) -> None:
    database.settled_after = 30
    seconds: list[None] = []
    clean_up_order.wait_for_updates(a_resource(), 3600, lambda: seconds.append(None))
    assert database.looks == 31
    assert len(seconds) > 100


def test_what_was_updated_meanwhile_is_not_cleaned_up_as_it_was_before(database: Any) -> None:
    database.settled_after, database.template = 5, 8
    with pytest.raises(exception.UpdateInProgress):
        clean_up_order.wait_for_updates(a_resource(), 3600, None)


class Removed:
    """What a clean-up removed, of a stack whose template has the names ``template``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, asked: set[str], template: set[str]) -> None:
        self.queues: list[str] = []
        self.signers: list[str] = []
        monkeypatch.setattr(queries, "who_asked", lambda *_: asked)
        monkeypatch.setattr(queries, "anybody_left", lambda *_: False)
        monkeypatch.setattr(queries, "deleted_among", lambda _, stacks: {"gone"} & set(stacks))
        monkeypatch.setattr(stack_cleanup, "is_ours", lambda _, name: name.startswith("ours"))
        monkeypatch.setattr(bridge_trust, "remove_unneeded", lambda _: None)
        monkeypatch.setattr(resource_data, "forget_signer", lambda *_: None)
        monkeypatch.setattr(signing_user, "remove", self.signers.append)
        names = ("gone", "mine", "elsewhere")
        zaqar = SimpleNamespace(
            queues=lambda prefix: [f"{prefix}{name}" for name in names], delete_queue=self.queues.append
        )
        ref = SimpleNamespace(stack_uuid="mine", zaqar=lambda: zaqar, context=None)
        defn = SimpleNamespace(enabled_rsrc_names=lambda: sorted(template))
        stack = SimpleNamespace(id="mine", action="UPDATE", DELETE="DELETE", defn=defn)
        row = SimpleNamespace(
            state=("DELETE", "COMPLETE"), DELETE="DELETE", COMPLETE="COMPLETE", stack=stack, context=None, ref=ref
        )
        stack_cleanup.after(row)


def test_the_last_one_takes_queue_and_signer_along(monkeypatch: pytest.MonkeyPatch) -> None:
    removed = Removed(monkeypatch, asked={"ours"}, template={"other"})
    assert (removed.queues, removed.signers) == (["heat-cr-mine"], ["mine"])


def test_a_delete_whose_outcome_nobody_can_receive_is_left_its_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    removed = Removed(monkeypatch, asked={"ours", "foreign"}, template={"foreign"})
    assert (removed.queues, removed.signers) == (["heat-cr-gone"], []), "only what deleted stacks left behind goes"
