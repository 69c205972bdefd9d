"""Where our resources meet Heat's convergence otherwise than Heat's own. ``make unit-plugin``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Self

import pytest
from heat.common import exception
from heat.engine import resource as heat_resource
from operations import QUEUE, Cloud, answer, deletes
from oslo_db import exception as db_exception
from plugin_parts import a_stack, pending

from customresource_bridge.plugin.heat import checks
from customresource_bridge.plugin.lifecycle.plan import Absent, Present
from customresource_bridge.plugin.lifecycle.spec import CleanUpOrder, Spec
from customresource_bridge.plugin.lifecycle.state import Entry, PhysicalResource, State
from customresource_bridge.plugin.resources.convergence import Convergence
from customresource_bridge.protocol import RequestType


class HeatsOwn(heat_resource.Resource):  # type: ignore[misc] # Heat has no types
    """What Heat's own methods were asked to do."""

    met: list[Any]
    comes: list[Callable[[], None]]
    fails = False
    takes_events = True

    def _add_event(self, _action: str, _status: str, reason: str) -> None:
        self.met.append(reason)
        if not self.takes_events:
            raise db_exception.DBConnectionError

    def _break_if_required(self, _action: str, hook: str) -> Iterator[None]:
        self.met.append(hook)
        yield

    @contextmanager
    def lock(self, engine_id: str) -> Iterator[None]:
        self.met.append(f"locked by {engine_id}")
        yield
        self.met.append("unlocked")

    def check_convergence(self, *_args: Any) -> None:
        self.met.append("checked")
        if self.fails:
            raise exception.ResourceFailure("drifted", None, "CHECK")

    def _load_data(self, row: Any) -> None:
        self.action = row.action

    def delete_convergence(self, *_args: Any) -> None:
        self.status = "COMPLETE"
        self.comes.pop(0)()

    def create_convergence(self, template_id: int, *_args: Any, **_kwargs: Any) -> None:
        self.met.append(template_id)


class Mine(Convergence, HeatsOwn):
    stack = a_stack(action="UPDATE", DELETE="DELETE")

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self:
        return object.__new__(cls)  # Heat's own looks the class up by its template

    def __init__(self, state: State, status: str = "IN_PROGRESS", engine_id: str | None = None) -> None:
        self._known, self.status, self._calling_engine_id, self.name = state, status, engine_id, "a"
        self.met = []

    def _remember(self, state: State) -> None:
        self.met.append("remembered")
        self._known = state

    def _let_go(self, operation: Any) -> None:
        self.met.append(operation)


@pytest.mark.parametrize(
    ("state", "hook", "expected"),
    [
        (State(), "pre-update", ["pre-update"]),
        (State(pending=pending("former")), "pre-update", ["pre-update"]),
        (State(pending=pending()), "pre-update", []),
        (State(pending=pending()), "pre-delete", []),
        (State(pending=pending()), "post-update", ["post-update"]),
    ],
    ids=["begins", "takes over", "goes on", "goes on deleting", "is over"],
)
def test_a_hook_before_an_action_is_met_once(state: State, hook: str, expected: list[str]) -> None:
    mine = Mine(state)
    list(mine._break_if_required("UPDATE", hook))
    assert mine.met == expected


def test_heat_s_api_gets_no_lock_of_what_waits_without_one() -> None:
    waiting = Mine(State())
    with pytest.raises(exception.UpdateInProgress), waiting.lock("api"):
        pass
    assert waiting.met == []


@pytest.mark.parametrize(
    ("status", "engine_id", "who"), [("IN_PROGRESS", "worker", "worker"), ("COMPLETE", None, "api")]
)
def test_a_worker_gets_the_lock_and_so_does_the_api_of_what_does_not_wait(
    status: str, engine_id: str | None, who: str
) -> None:
    mine = Mine(State(), status, engine_id)
    with mine.lock(who):
        assert mine.met == [f"locked by {who}"]
    assert mine.met[1:] == ["unlocked"]


def test_what_an_operator_says_of_a_resource_takes_the_place_of_what_a_check_found() -> None:
    mine = Mine(State(check_failed=True), "FAILED")
    assert not mine.always_replace_on_check_failed, "an Update mends it"
    with mine.lock("api"):
        assert mine.met == ["locked by api", "remembered"]
    assert mine.always_replace_on_check_failed
    worked_on = Mine(State(check_failed=True), "FAILED", "worker")
    with worked_on.lock("worker"):
        assert not worked_on.always_replace_on_check_failed


@pytest.mark.parametrize("found", [False, True])
def test_what_a_check_found_outlives_what_makes_the_row_complete(found: bool) -> None:
    assert Mine(State(check_failed=found), "COMPLETE")._is_unsettled() is found


def test_a_check_that_was_left_unanswered_wants_no_replacement_either() -> None:
    assert not Mine(State(pending=pending(request_type=RequestType.CHECK)), "FAILED").always_replace_on_check_failed
    assert Mine(State(), "FAILED").always_replace_on_check_failed


@pytest.mark.parametrize("action", ["SNAPSHOT", "SUSPEND", "RESUME"])
def test_nothing_is_done_to_what_waits_for_a_check(action: str) -> None:
    row = Mine(State(pending=pending(request_type=RequestType.CHECK)))
    row.action = "CHECK"
    with pytest.raises(exception.ResourceFailure, match="waits for the answer to its Check"):
        getattr(row, f"{action.lower()}_convergence")("engine", 60)


@pytest.mark.parametrize("fails", [False, True])
def test_a_check_goes_on_and_two_messages_check_once(cloud: Cloud, *, fails: bool) -> None:
    row = Mine(State(pending=pending(request_type=RequestType.CHECK)))
    row.action, row.context, row.id, row.fails = "CHECK", cloud.context, cloud.row(), fails
    with pytest.raises(exception.ResourceFailure) if fails else nullcontext():
        row.check_convergence("engine", 60)
    with pytest.raises(checks.DropCheck):
        row.check_convergence("engine", 60)
    assert row.met == ["checked"]


@pytest.mark.parametrize(("stored", "taken"), [("ROLLBACK", "INIT"), ("UPDATE", "UPDATE")])
def test_what_a_rollback_brings_back_is_not_there_yet(stored: str, taken: str) -> None:
    brought_back = Mine(State())
    brought_back.current_template_id = 7
    brought_back._load_data(SimpleNamespace(action=stored))
    assert brought_back.action == taken


def test_what_another_rollback_was_to_bring_back_is_replaced() -> None:
    brought_back = Mine(State())
    brought_back.current_template_id = 7
    brought_back._load_data(SimpleNamespace(action="ROLLBACK"))
    with pytest.raises(heat_resource.UpdateReplace):
        brought_back.create_convergence(8)
    assert brought_back.met == []


@pytest.mark.parametrize("takes_events", [True, False])
@pytest.mark.parametrize("news", ["Create asked of mistral:w", None])
def test_what_is_asked_is_told_as_it_is_let_go_which_an_event_that_cannot_be_written_does_not_hinder(
    news: str | None, *, takes_events: bool
) -> None:
    mine = Mine(State())
    mine.action, mine.takes_events = "CREATE", takes_events
    mine.handle_preempt()
    assert mine.met == []
    mine._operation = waiting = SimpleNamespace(news=lambda: news)
    mine.handle_preempt()
    mine.handle_preempt()
    assert mine.met == [*([news] if news else []), waiting]


def test_a_mistake_in_what_is_told_keeps_no_row_locked() -> None:
    def news() -> str:
        raise LookupError

    mine = Mine(State())
    mine._operation = waiting = SimpleNamespace(news=news)
    with pytest.raises(LookupError):
        mine.handle_preempt()
    assert mine.met == [waiting]


SPEC = Spec(resource_type="T", clean_up_order=CleanUpOrder.STACK)
MADE = PhysicalResource(physical_resource_id="new", spec=SPEC)
GONE = Entry(physical_resource_id="old", spec=SPEC, superseded=True)
DELETING = replace(pending(request_type=RequestType.DELETE), spec=SPEC)


@pytest.mark.parametrize(
    ("state", "action", "template", "expected"),
    [
        (State(current=MADE, account=(GONE,)), "UPDATE", 7, True),
        (State(current=MADE), "UPDATE", 7, False),
        (State(current=MADE), "UPDATE", 6, True),
        (State(current=MADE, account=(GONE,)), "DELETE", 7, False),
        (State(current=MADE, account=(GONE,), pending=DELETING), "UPDATE", 7, False),
    ],
    ids=["replaced", "nothing to clean up", "removed", "stack is deleted", "its Delete is out"],
)
def test_a_clean_up_in_the_stack_s_order_waits_for_the_whole_stack(
    state: State, action: str, template: int, *, expected: bool
) -> None:
    mine = Mine(state)
    mine.stack = a_stack(action=action, DELETE="DELETE")
    mine.current_template_id = template
    assert mine._waits_for_stack(7) is expected


@pytest.mark.parametrize("action", ["CHECK", "SNAPSHOT", "SUSPEND", "RESUME"])
def test_nothing_is_done_to_what_waits(action: str) -> None:
    row = Mine(State(pending=pending(request_type=RequestType.CREATE)))
    row.action = "CREATE"
    with pytest.raises(exception.ResourceFailure, match="waits for the answer to its Create"):
        getattr(row, f"{action.lower()}_convergence")("engine", 60)
    assert row.status == "IN_PROGRESS"


class GoesOn(Mine):
    """A resource whose operation is done as soon as it has gone on."""

    resource_id = None

    def __init__(self, request_type: RequestType, *, suspended_by: str) -> None:
        super().__init__(State(pending=pending(request_type=request_type)))
        self.action = str(request_type).upper()
        self.stack = a_stack(status="FAILED", action=suspended_by)

    def _go_on(self, waiting: Any) -> Iterator[None]:
        self.met.append(waiting.request_type)
        yield


def test_what_waits_goes_on_once_the_stack_s_operation_is_over() -> None:
    row = GoesOn(RequestType.CREATE, suspended_by="SUSPEND")
    with pytest.raises(checks.DropCheck):
        row.suspend_convergence("engine", 60)
    assert row.met == [RequestType.CREATE]


@pytest.mark.parametrize("action", ["SNAPSHOT", "SUSPEND", "RESUME"])
def test_a_check_that_waits_is_no_update_once_the_stack_s_operation_is_over(action: str) -> None:
    row = GoesOn(RequestType.CHECK, suspended_by=action)
    with pytest.raises(checks.DropCheck):
        getattr(row, f"{action.lower()}_convergence")("engine", 60)
    assert row.met == []


class Deleting(Mine):
    """A resource whose Delete has succeeded, on Heat's tables; ``comes`` is what comes as Heat takes it for deleted."""

    name, action, abandon_in_progress, current_template_id = "a", "DELETE", False, 7
    ref: Any = None

    def __init__(self, cloud: Cloud, *comes: Callable[["Deleting", str], None]) -> None:
        self.ref = ref = cloud.resource()
        create = cloud.start(ref, Present(spec=QUEUE)).pending
        deleting = cloud.start(ref, Absent(), traversal="mine")
        assert create is not None
        assert deleting.pending is not None
        answer(ref, deleting.pending.request_id, "")
        assert deleting.advance()
        super().__init__(deleting.state)
        self.id, self.context, self.stack = ref.row_id, ref.context, ref.stack
        self.stack.DELETE, self.stack.t, self.stack.current_traversal = "DELETE", SimpleNamespace(id=8), "mine"
        self.stack.action = "DELETE"
        self.t = SimpleNamespace(RETAIN="Retain", deletion_policy=lambda: "Delete")
        self.comes = [lambda one=one: one(self, create.request_id) for one in comes]


def test_an_answer_that_comes_as_heat_takes_the_row_for_deleted_has_it_deleted_once_more(cloud: Cloud) -> None:
    def names(row: Deleting, create: str) -> None:
        answer(row.ref, create, "made-1")

    def is_deleted(row: Deleting, _create: str) -> None:
        assert deletes(cloud, row.ref, traversal="mine") == ["made-1"]

    row = Deleting(cloud, names, is_deleted)
    row.delete_convergence(8, "engine", 60)
    assert row.comes == []
    assert row.met == []


def leaves_something(row: Deleting, _create: str) -> None:
    row._known = State(account=(Entry(physical_resource_id="k1", spec=Spec(resource_type="T")),))


LEFT = "Not deleted, and no longer known to the stack: k1"


def test_an_event_that_cannot_be_written_fails_no_delete(cloud: Cloud) -> None:
    row = Deleting(cloud, leaves_something)
    row.takes_events = False
    row.delete_convergence(8, "engine", 60)
    assert row.met == [LEFT]
    assert row.state == ("DELETE", "COMPLETE")


def test_what_a_row_leaves_behind_is_in_an_event(cloud: Cloud) -> None:
    row = Deleting(cloud, leaves_something, lambda *_: None)
    row.delete_convergence(8, "engine", 60)
    assert row.met == [LEFT]
    row.delete_convergence(8, "engine", 60)
    assert len(row.met) == 1, "once"
