"""What may be done to a resource that waits without a lock, and by whom it is set going. ``make unit-plugin``."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Self

import pytest
from oslo_service import backend

backend.init_backend(backend.BackendType.THREADING)  # else Heat's modules load eventlet

from heat.common import exception  # noqa: E402
from heat.engine import resource as heat_resource  # noqa: E402
from heat.engine.stack import ConvergenceNode  # noqa: E402

from customresource_bridge import errors  # noqa: E402
from customresource_bridge.plugin import attending, direct, revival, rows, stack_rows  # noqa: E402
from customresource_bridge.plugin.base import CustomResource  # noqa: E402
from customresource_bridge.plugin.rows import Notice  # noqa: E402
from customresource_bridge.plugin.spec import Delivery, Spec  # noqa: E402
from customresource_bridge.plugin.state import Pending, State, Thing  # noqa: E402
from customresource_bridge.protocol import RequestType  # noqa: E402

NOW = datetime.now(UTC)


def pending(operation: str = "mine", request_type: RequestType = RequestType.UPDATE) -> Pending:
    deadline = NOW + timedelta(hours=1)
    return Pending(
        request_id="r",
        request_type=request_type,
        spec=Spec(resource_type="T"),
        operation=operation,
        asked_at=NOW,
        deadline=deadline,
    )


def a_stack(**more: Any) -> Any:
    graph = {ConvergenceNode(1, True): set()}
    convergence = SimpleNamespace(graph=lambda: graph)
    values = {"status": "IN_PROGRESS", "current_traversal": "mine", "convergence_dependencies": convergence}
    return SimpleNamespace(IN_PROGRESS="IN_PROGRESS", CREATE="CREATE", converge=False, **{**values, **more})


class Mine(CustomResource):
    stack = a_stack()

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self:
        return object.__new__(cls)  # Heat's own looks the class up by its template

    def __init__(self, state: State, status: str = "IN_PROGRESS", engine_id: str | None = None) -> None:
        self._known, self.status, self._calling_engine_id, self.name = state, status, engine_id, "a"


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    met: list[str] = []

    def meet(_self: Any, _action: str, hook: str) -> Iterator[None]:
        met.append(hook)
        yield

    monkeypatch.setattr(heat_resource.Resource, "_break_if_required", meet)
    return met


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
def test_a_hook_before_an_action_is_met_once(hooks: list[str], state: State, hook: str, expected: list[str]) -> None:
    list(Mine(state)._break_if_required("UPDATE", hook))
    assert hooks == expected


def test_heat_s_api_gets_no_lock_of_what_waits_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heat_resource.Resource, "lock", lambda _self, engine_id: f"locked by {engine_id}")
    with pytest.raises(exception.UpdateInProgress):
        Mine(State()).lock("api")
    assert Mine(State(), engine_id="worker").lock("worker") == "locked by worker"
    assert Mine(State(), status="COMPLETE").lock("api") == "locked by api"


@pytest.mark.parametrize(("stored", "taken"), [("ROLLBACK", "INIT"), ("UPDATE", "UPDATE")])
def test_what_a_rollback_brings_back_is_not_there_yet(monkeypatch: pytest.MonkeyPatch, stored: str, taken: str) -> None:
    monkeypatch.setattr(heat_resource.Resource, "_load_data", lambda self, row: setattr(self, "action", row.action))
    brought_back = Mine(State())
    brought_back._load_data(SimpleNamespace(action=stored))
    assert brought_back.action == taken


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """By what a row is set going."""
    told: list[str] = []

    class Client:
        def check_resource(self, *_args: Any, **_kwargs: Any) -> None:
            told.append("check")

    class Check:
        def __init__(self, *_args: Any) -> None:
            pass

        def retrigger_check_resource(self, *_args: Any) -> None:
            told.append("retrigger")

    monkeypatch.setattr(revival.worker_client, "WorkerClient", Client)
    monkeypatch.setattr(revival.check_resource, "CheckResource", Check)
    monkeypatch.setattr(revival, "_input_data", lambda *_args, **_kwargs: None)
    monkeypatch.setattr(stack_rows, "is_replaced", lambda *_args: False)
    return told


def remembers(monkeypatch: pytest.MonkeyPatch, state: State) -> None:
    monkeypatch.setattr(rows, "read", lambda *_args: state.to_json())


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        (a_stack(), ["check"]),
        (a_stack(current_traversal="another"), ["retrigger"]),
        (a_stack(current_traversal="another", status="FAILED"), ["check"]),
        (a_stack(current_traversal="", status="COMPLETE"), ["check"]),
    ],
    ids=["its operation", "another operation", "cancelled without rollback", "over"],
)
def test_who_goes_on_with_a_create(
    monkeypatch: pytest.MonkeyPatch, asked: list[str], stack: Any, expected: list[str]
) -> None:
    remembers(monkeypatch, State(pending=pending(request_type=RequestType.CREATE)))
    assert revival._trigger(None, stack, 1)
    assert asked == expected


@pytest.mark.parametrize("locked_again", [False, True])
def test_an_update_ends_with_its_stack(
    monkeypatch: pytest.MonkeyPatch, asked: list[str], *, locked_again: bool
) -> None:
    set_to: list[tuple[str, ...]] = []

    class Row:
        action, FAILED, LOCK_RESPECT = "UPDATE", "FAILED", "respect"

        def state_set(self, *state: str, lock: str) -> None:
            set_to.append((*state, lock))
            if locked_again:
                raise exception.UpdateInProgress("a")

    remembers(monkeypatch, State(pending=pending()))
    monkeypatch.setattr(heat_resource.Resource, "load", lambda *_args: (Row(), None, None))
    assert not revival._trigger(None, a_stack(current_traversal="", status="FAILED"), 1)
    assert set_to == [("UPDATE", "FAILED", revival.ENDED, "respect")]
    assert asked == []


def test_what_another_operation_has_replaced_is_not_replaced_again(
    monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    remembers(monkeypatch, State(pending=pending(request_type=RequestType.CREATE)))
    monkeypatch.setattr(stack_rows, "is_replaced", lambda *_args: True)
    assert not revival._trigger(None, a_stack(current_traversal="another"), 1)
    assert revival._trigger(None, a_stack(current_traversal="another"), 2)  # a node of its clean-up alone
    assert asked == ["retrigger"]


def test_a_service_that_takes_nothing_is_tried_once_and_not_for_each_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def post(place: Any, _pending: Pending) -> None:
        tried.append(place.row_id)
        raise errors.ServiceUnavailable("Zaqar", "post", "it did not answer in time")

    monkeypatch.setattr(attending.delivery, "post_again", post)
    monkeypatch.setattr(attending.rows, "exchange_notice", lambda *_args: True)
    monkeypatch.setattr(attending, "_has_ended", lambda *_args: False)
    monkeypatch.setattr(attending, "settings", lambda: SimpleNamespace(repost_after=[30, 60]))
    monkeypatch.setattr(attending, "log_step", lambda *_args, **_kwargs: None)
    attendant = attending.Attendant()
    notice = Notice(request_id="r", due=NOW - timedelta(seconds=1), posts=1, parked=True)
    for row_id in (1, 2, 3):
        place: Any = SimpleNamespace(context=None, row_id=row_id, stack=a_stack(time_remaining=lambda: 3600))
        due = attendant._attend(place, pending(), notice)
        assert due is not None
        assert due > datetime.now(UTC)
    assert tried == [1]


@pytest.mark.parametrize(("action", "revived"), [("CREATE", []), ("DELETE", [1])])
def test_a_delete_that_could_not_stop_a_workflow_tries_again(
    monkeypatch: pytest.MonkeyPatch, action: str, revived: list[int]
) -> None:
    woken: list[int] = []
    monkeypatch.setattr(attending.revival, "revive", lambda _context, _stack, row_id: woken.append(row_id))
    monkeypatch.setattr(attending, "_has_ended", lambda *_args: False)
    monkeypatch.setattr(stack_rows, "action_of", lambda *_args: action)
    direct_one = replace(pending(), spec=Spec(resource_type="T", delivery=Delivery.DIRECT))
    notice = Notice(request_id="r", due=NOW + timedelta(minutes=1), posts=1, parked=True)
    place: Any = SimpleNamespace(context=None, row_id=1, stack=a_stack(time_remaining=lambda: 3600))
    assert attending.Attendant()._attend(place, direct_one, notice) is not None
    assert woken == revived


def test_who_was_set_going_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
    written: list[Notice] = []
    remembers(monkeypatch, State(pending=pending(request_type=RequestType.CREATE)))
    overdue = Notice(request_id="r", due=NOW, posts=1, parked=True)
    monkeypatch.setattr(stack_rows, "lock_of", lambda *_args: ("IN_PROGRESS", None, 1))
    monkeypatch.setattr(rows, "read_notice", lambda *_args: written[-1] if written else overdue)
    monkeypatch.setattr(rows, "exchange_notice", lambda *args: written.append(args[-1]) or True)
    assert revival.revive(None, a_stack(), 1)
    assert not revival.revive(None, a_stack(), 1)
    assert asked == ["check"]
    assert written[0].due - datetime.now(UTC) > timedelta(seconds=29)


class Look:
    """An attendant that watches one workflow started by the plugin, and what is asked meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.fate: bool | Exception = True
        self.exchanged: list[Notice] = []
        self.attendant = attending.Attendant()
        monkeypatch.setattr(attending.direct, "runs", self._runs)
        monkeypatch.setattr(attending.rows, "exchange_notice", lambda *args: self.exchanged.append(args[-1]) or True)
        monkeypatch.setattr(attending.stack_rows, "lock_of", lambda *_args: self.asked.append("database"))
        monkeypatch.setattr(attending, "settings", lambda: SimpleNamespace(repost_after=[30, 60]))
        monkeypatch.setattr(attending, "log_step", lambda *_args: None)
        monkeypatch.setattr(attending.heat_context, "get_admin_context", lambda: None)

    def _runs(self, *_args: Any) -> bool:
        self.asked.append("Mistral")
        if isinstance(self.fate, Exception):
            raise self.fate
        return self.fate

    def watch(self, *, due: float = 60, end: float = 3600) -> None:
        now = datetime.now(UTC)
        notice = Notice(request_id="r", due=now + timedelta(seconds=due), posts=1, parked=True)
        place: Any = SimpleNamespace(context=None, row_id=1)
        watched = attending.Watched(
            place=place, pending=replace(pending(), asked_at=now), notice=notice, end=now + timedelta(seconds=end)
        )
        self.attendant._watch(watched)

    def seconds(self) -> float | None:
        again = self.attendant.attend(1)
        return None if again is None else round((again - datetime.now(UTC)).total_seconds(), 1)


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Look:
    return Look(monkeypatch)


def test_while_its_workflow_runs_nothing_but_mistral_is_asked(look: Look) -> None:
    look.watch()
    assert look.seconds() == 1
    assert look.seconds() == 1
    assert (look.asked, look.exchanged) == (["Mistral", "Mistral"], [])


def test_the_other_processes_are_told_that_somebody_looks_at_a_workflow(look: Look) -> None:
    look.watch(due=-1)
    assert look.seconds() == 1
    (kept,) = look.exchanged
    assert kept.posts == 1  # nothing was sent
    assert 29 < (kept.due - datetime.now(UTC)).total_seconds() <= 30


@pytest.mark.parametrize(
    ("fate", "end", "asked"),
    [
        (False, 3600, ["Mistral", "database"]),
        (errors.Forbidden("Mistral", "show an execution", "no", status=403), 3600, ["Mistral", "database"]),
        (True, -1, ["database"]),
    ],
    ids=["it ended", "its authority is gone", "its deadline passed"],
)
def test_where_there_is_more_to_do_the_database_is_asked(
    look: Look, fate: bool | Exception, end: float, asked: list[str]
) -> None:
    look.fate = fate
    look.watch(end=end)
    assert look.seconds() is None
    assert look.asked == asked
    look.attendant.attend(1)
    assert look.asked == [*asked, "database"]  # it is not watched any more


def test_while_mistral_does_not_answer_it_is_asked_once_in_a_while(look: Look) -> None:
    look.fate = errors.ServiceUnavailable("Mistral", "show an execution", "no answer in time")
    look.watch(due=-1)
    assert look.seconds() == 30
    assert look.seconds() == 30
    assert look.asked == ["Mistral"]


@pytest.mark.parametrize(("due", "kept"), [(60, 65), (-2, 3), (-6, None)])
def test_how_long_another_process_is_left_alone(monkeypatch: pytest.MonkeyPatch, due: int, kept: int | None) -> None:
    now = datetime.now(UTC)
    notice = Notice(request_id="r", due=now + timedelta(seconds=due), posts=1, parked=True)
    monkeypatch.setattr(attending.heat_context, "get_admin_context", lambda: None)
    monkeypatch.setattr(attending.rows, "read_notice", lambda *_args: notice)
    found = attending.kept_until(1)
    assert (found and round((found - now).total_seconds())) == kept


def test_of_several_that_take_over_one_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attending.rows, "exchange_notice", lambda *_args: False)
    monkeypatch.setattr(attending, "_has_ended", lambda *_args: False)
    monkeypatch.setattr(attending, "settings", lambda: SimpleNamespace(repost_after=[30, 60]))
    place: Any = SimpleNamespace(context=None, row_id=1, stack=a_stack(time_remaining=lambda: 3600))
    overdue = Notice(request_id="r", due=NOW - timedelta(minutes=1), posts=1, parked=True)
    assert attending.Attendant()._attend(place, pending(), overdue) is None


class Mistral:
    def __init__(self) -> None:
        self.started: list[str] = []
        self.away = False

    def start(self, execution_id: str, *_args: Any, **_kwargs: Any) -> Any:
        self.started.append(execution_id)
        return SimpleNamespace(id=execution_id)

    def get(self, _execution_id: str) -> Any:
        if self.away:
            raise errors.ServiceUnavailable("Mistral", "show an execution", "no connection")
        return SimpleNamespace(final=True, state="SUCCESS")


class Suspended(Mine):
    action = "SUSPEND"
    mistral = Mistral()
    place = property(
        lambda self: SimpleNamespace(project_id="p", stack_id="s", name="a", mistral=lambda: self.mistral)  # type: ignore[assignment]
    )


def test_a_phase_is_one_execution_for_each_operation_and_survives_that_mistral_is_away() -> None:
    suspend = direct.PhaseWorkflow(workflow="suspend")
    spec = Spec(resource_type="T", workflows={"suspend": suspend})
    thing = Suspended(State(thing=Thing(physical_resource_id="id-1", spec=spec)))
    first, again = thing.handle_suspend(), thing.handle_suspend()
    assert first == again
    thing.mistral.away = True
    assert not thing.check_suspend_complete(first)
    thing.mistral.away = False
    assert thing.check_suspend_complete(first)
