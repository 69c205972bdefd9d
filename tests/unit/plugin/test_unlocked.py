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
from customresource_bridge.plugin.direct import Fate  # noqa: E402
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
    created: list[int] = []
    monkeypatch.setattr(
        heat_resource.Resource, "create_convergence", lambda _self, template_id: created.append(template_id)
    )
    brought_back = Mine(State())
    brought_back.current_template_id = 7
    brought_back._load_data(SimpleNamespace(action=stored))
    assert brought_back.action == taken
    brought_back.create_convergence(7)
    assert created == [7]
    if taken == "INIT":
        # A later operation finds it as the rollback left it: Heat has loaded it by the rollback's template.
        with pytest.raises(heat_resource.UpdateReplace):
            brought_back.create_convergence(8)


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
    latest = a_stack(status="FAILED")
    set_to: list[tuple[str, ...]] = []

    class Row:
        action, DELETE, FAILED, LOCK_RESPECT = "UPDATE", "DELETE", "FAILED", "respect"

        def state_set(self, *state: str, lock: str) -> None:
            set_to.append((*state, lock))
            if locked_again:
                raise exception.UpdateInProgress("a")

    remembers(monkeypatch, State(pending=pending()))
    monkeypatch.setattr(heat_resource.Resource, "load", lambda *_args: (Row(), None, latest))
    assert not revival._trigger(None, a_stack(current_traversal="", status="FAILED"), 1)
    assert set_to == [("UPDATE", "FAILED", revival.ENDED, "respect")]
    latest.status = "IN_PROGRESS"  # another operation has begun, and counts on the row
    assert not revival._trigger(None, a_stack(current_traversal="", status="FAILED"), 1)
    assert len(set_to) == 1
    assert asked == []


def test_what_another_operation_has_replaced_is_not_replaced_again(
    monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    remembers(monkeypatch, State(pending=pending(request_type=RequestType.CREATE)))
    monkeypatch.setattr(stack_rows, "is_replaced", lambda *_args: True)
    assert not revival._trigger(None, a_stack(current_traversal="another"), 1)
    assert revival._trigger(None, a_stack(current_traversal="another"), 2)  # a node of its clean-up alone
    assert asked == ["retrigger"]


def direct_one() -> Pending:
    return replace(pending(), spec=Spec(resource_type="T", delivery=Delivery.DIRECT), asked_at=datetime.now(UTC))


def a_place(row_id: int = 1) -> Any:
    return SimpleNamespace(context=None, row_id=row_id, stack=a_stack(time_remaining=lambda: 3600))


def a_notice(due: float) -> Notice:
    return Notice(request_id="r", due=datetime.now(UTC) + timedelta(seconds=due), posts=1, parked=True)


class Sweep:
    """An attendant, what it asks, and what becomes of the row's notice."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.fate: Fate | Exception = Fate.RUNS
        self.notices: list[Notice] = []
        self.lost = False
        self.woken: list[int] = []
        self.sent: list[int] = []
        self.away = False
        self.attendant = attending.Attendant()
        monkeypatch.setattr(attending, "_SLOW", timedelta(0))
        monkeypatch.setattr(attending.direct, "fate", self._fate)
        monkeypatch.setattr(attending.direct, "start_again", self._send)
        monkeypatch.setattr(attending.delivery, "post_again", self._send)
        monkeypatch.setattr(attending.delivery, "answer", lambda *_args: None)
        monkeypatch.setattr(attending.revival, "revive", lambda _context, _stack, row_id: self.woken.append(row_id))
        monkeypatch.setattr(attending.rows, "exchange_notice", self._exchange)
        monkeypatch.setattr(attending.rows, "read_notice", lambda *_args: self.notices[-1])
        monkeypatch.setattr(attending.stack_rows, "lock_of", lambda *_args: self.asked.append("database"))
        monkeypatch.setattr(attending.stack_rows, "action_of", lambda *_args: "CREATE")
        monkeypatch.setattr(attending, "settings", lambda: SimpleNamespace(repost_after=[30, 60]))
        monkeypatch.setattr(attending, "log_step", lambda *_args, **_kwargs: None)
        monkeypatch.setattr(attending.heat_context, "get_admin_context", lambda: None)

    def _fate(self, *_args: Any) -> Fate:
        self.asked.append("Mistral")
        if isinstance(self.fate, Exception):
            raise self.fate
        return self.fate

    def _send(self, place: Any, _pending: Pending) -> None:
        self.sent.append(place.row_id)
        if self.away:
            raise errors.ServiceUnavailable("Zaqar", "post", "it did not answer in time")

    def _exchange(self, *args: Any) -> bool:
        if not self.lost:
            self.notices.append(args[-1])
        return not self.lost

    def watch(self, *, due: float = 60, end: float = 3600) -> None:
        now = datetime.now(UTC)
        end_at = now + timedelta(seconds=end)
        watched = attending.Watched(place=a_place(), pending=direct_one(), notice=a_notice(due), end=end_at)
        self.attendant._watch(watched, Fate.RUNS)

    def seconds(self, *, anew: bool = False) -> float | None:
        again = self.attendant.attend(1, anew=anew)
        return None if again is None else round((again - datetime.now(UTC)).total_seconds(), 1)


@pytest.fixture
def sweep(monkeypatch: pytest.MonkeyPatch) -> Sweep:
    return Sweep(monkeypatch)


def test_a_service_that_keeps_one_waiting_is_not_tried_for_each_resource(sweep: Sweep) -> None:
    sweep.away = True
    for row_id in (1, 2, 3):
        due = sweep.attendant._attend(a_place(row_id), pending(), a_notice(-1))
        assert due is not None
        assert due > datetime.now(UTC)
    assert sweep.sent == [1]
    sweep.watch()
    assert sweep.seconds() == 1
    assert sweep.asked == ["Mistral"], "which is another service"


@pytest.mark.parametrize(("action", "revived"), [("CREATE", []), ("DELETE", [1])])
def test_a_delete_that_could_not_stop_a_workflow_tries_again(
    monkeypatch: pytest.MonkeyPatch, sweep: Sweep, action: str, revived: list[int]
) -> None:
    monkeypatch.setattr(stack_rows, "action_of", lambda *_args: action)
    assert sweep.attendant._attend(a_place(), direct_one(), a_notice(60)) is not None
    assert sweep.woken == revived


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


def test_while_its_workflow_runs_nothing_but_mistral_is_asked(sweep: Sweep) -> None:
    sweep.watch()
    assert sweep.seconds() == 1
    assert sweep.seconds() == 1
    assert (sweep.asked, sweep.notices) == (["Mistral", "Mistral"], [])


def test_the_other_processes_are_told_that_somebody_looks_at_a_workflow(sweep: Sweep) -> None:
    sweep.watch(due=-1)
    assert sweep.seconds() == 1
    (kept,) = sweep.notices
    assert kept.posts == 1, "nothing was sent"
    assert 29 < (kept.due - datetime.now(UTC)).total_seconds() <= 30


def test_who_lost_a_row_to_another_process_lets_it_go(sweep: Sweep) -> None:
    sweep.lost = True
    sweep.watch(due=-1)
    assert sweep.seconds() is None
    assert sweep.attendant._attend(a_place(), pending(), a_notice(-60)) is None
    assert (sweep.asked, sweep.sent) == (["Mistral"], [])


@pytest.mark.parametrize(
    ("fate", "due", "end", "anew", "asked"),
    [
        (Fate.OVER, 60, 3600, False, ["Mistral", "database"]),
        (Fate.MISSING, 60, 3600, False, ["Mistral"]),
        (Fate.MISSING, -1, 3600, False, ["Mistral", "database"]),
        (Fate.RUNS, 60, -1, False, ["database"]),
        (Fate.RUNS, 60, 3600, True, ["database"]),
    ],
    ids=["it ended", "it may be on its way", "it never came", "its deadline passed", "another operation parked it"],
)
def test_where_there_is_more_to_do_the_database_is_asked(  # noqa: PLR0913, PLR0917 - a table
    sweep: Sweep, fate: Fate, due: float, end: float, anew: bool, asked: list[str]
) -> None:
    sweep.fate = fate
    sweep.watch(due=due, end=end)
    sweep.seconds(anew=anew)
    assert sweep.asked == asked


@pytest.mark.parametrize(
    ("fate", "sent", "woken"), [(Fate.RUNS, [], []), (Fate.MISSING, [1], []), (Fate.OVER, [], [1])]
)
def test_only_a_workflow_that_is_not_there_is_started_again(
    sweep: Sweep, fate: Fate, sent: list[int], woken: list[int]
) -> None:
    sweep.fate = fate
    sweep.attendant._attend(a_place(), direct_one(), a_notice(-1))
    assert (sweep.sent, sweep.woken) == (sent, woken)


@pytest.mark.parametrize(
    "error",
    [
        errors.ServiceUnavailable("Mistral", "show an execution", "no answer in time"),
        errors.Unauthorized("Keystone", "give a token", "the user is disabled", status=401),
    ],
    ids=["Mistral is away", "its owner is"],
)
def test_a_workflow_that_cannot_be_looked_at_is_kept_and_hinders_nobody(sweep: Sweep, error: Exception) -> None:
    sweep.fate = error
    sweep.attendant._attend(a_place(), direct_one(), a_notice(-1))
    assert sweep.seconds() == 31, "after those that are asked when Mistral is tried again"
    assert sweep.asked == ["Mistral"]
    assert len(sweep.notices) == 1


def test_an_update_whose_stack_is_over_is_not_waited_for(sweep: Sweep) -> None:
    place = a_place()
    place.stack.status = "FAILED"
    sweep.attendant._attend(place, pending(), a_notice(60))
    assert sweep.woken == [1]


@pytest.mark.parametrize(("due", "kept"), [(60, 65), (-2, 3), (-6, None)])
def test_how_long_another_process_is_left_alone(monkeypatch: pytest.MonkeyPatch, due: int, kept: int | None) -> None:
    now = datetime.now(UTC)
    notice = Notice(request_id="r", due=now + timedelta(seconds=due), posts=1, parked=True)
    monkeypatch.setattr(attending.heat_context, "get_admin_context", lambda: None)
    monkeypatch.setattr(attending.rows, "read_notice", lambda *_args: notice)
    found = attending.kept_until(1)
    assert (found and round((found - now).total_seconds())) == kept


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
