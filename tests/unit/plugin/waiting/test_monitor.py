"""Who looks after a resource that waits without a thread, when, and what is asked for it. ``make unit-plugin``."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from plugin_parts import a_stack, pending

from customresource_bridge import errors
from customresource_bridge.plugin.delivery.workflow import Seen
from customresource_bridge.plugin.heat import queries
from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.spec import Delivery, Spec
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.plugin.waiting import monitor, takeover


def direct_one() -> Pending:
    return replace(pending(), spec=Spec(resource_type="T", delivery=Delivery.DIRECT), asked_at=datetime.now(UTC))


def a_ref(row_id: int = 1) -> Any:
    return SimpleNamespace(context=None, row_id=row_id, stack=a_stack(time_remaining=lambda: 3600))


def a_lease(due: float) -> Lease:
    return Lease(request_id="r", due=datetime.now(UTC) + timedelta(seconds=due), posts=1, parked=True)


class Sweep:
    """An attendant, what it asks, and what becomes of the row's notice."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.fate: Seen | Exception = Seen.RUNS
        self.leases: list[Lease] = []
        self.lost = False
        self.woken: list[int] = []
        self.sent: list[int] = []
        self.away = False
        self.attendant = monitor.Monitor()
        monkeypatch.setattr(monitor, "_SLOW", timedelta(0))
        monkeypatch.setattr(monitor.workflow, "fate", self._fate)
        monkeypatch.setattr(monitor.workflow, "start_again", self._send)
        monkeypatch.setattr(monitor.queue, "post_again", self._send)
        monkeypatch.setattr(monitor.queue, "answer", lambda *_args: None)
        monkeypatch.setattr(monitor.retrigger, "revive", lambda _context, _stack, row_id: self.woken.append(row_id))
        monkeypatch.setattr(monitor.resource_data, "compare_and_swap_lease", self._operation)
        monkeypatch.setattr(monitor.resource_data, "read_lease", lambda *_args: self.leases[-1])
        monkeypatch.setattr(monitor.queries, "lock_of", lambda *_args: self.asked.append("database"))
        monkeypatch.setattr(monitor.queries, "action_of", lambda *_args: "CREATE")
        monkeypatch.setattr(monitor, "settings", lambda: SimpleNamespace(repost_after=[30, 60]))
        monkeypatch.setattr(monitor, "log_step", lambda *_args, **_kwargs: None)
        monkeypatch.setattr(monitor.heat_context, "get_admin_context", lambda: None)

    def _fate(self, *_args: Any) -> Seen:
        self.asked.append("Mistral")
        if isinstance(self.fate, Exception):
            raise self.fate
        return self.fate

    def _send(self, ref: Any, _pending: Pending) -> None:
        self.sent.append(ref.row_id)
        if self.away:
            raise errors.ServiceUnavailable("Zaqar", "post", "it did not answer in time")

    def _operation(self, *args: Any) -> bool:
        if not self.lost:
            self.leases.append(args[-1])
        return not self.lost

    def watch(self, *, due: float = 60, end: float = 3600) -> None:
        now = datetime.now(UTC)
        end_at = now + timedelta(seconds=end)
        watched = monitor.Watched(ref=a_ref(), pending=direct_one(), lease=a_lease(due), end=end_at)
        self.attendant._watch(watched, Seen.RUNS)

    def seconds(self, *, anew: bool = False) -> float | None:
        again = self.attendant.attend(1, anew=anew)
        return None if again is None else round((again - datetime.now(UTC)).total_seconds(), 1)


@pytest.fixture
def sweep(monkeypatch: pytest.MonkeyPatch) -> Sweep:
    return Sweep(monkeypatch)


def test_a_service_that_keeps_one_waiting_is_not_tried_for_each_resource(sweep: Sweep) -> None:
    sweep.away = True
    for row_id in (1, 2, 3):
        due = sweep.attendant._attend(a_ref(row_id), pending(), a_lease(-1))
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
    monkeypatch.setattr(queries, "action_of", lambda *_args: action)
    assert sweep.attendant._attend(a_ref(), direct_one(), a_lease(60)) is not None
    assert sweep.woken == revived


def test_while_its_workflow_runs_nothing_but_mistral_is_asked(sweep: Sweep) -> None:
    sweep.watch()
    assert sweep.seconds() == 1
    assert sweep.seconds() == 1
    assert (sweep.asked, sweep.leases) == (["Mistral", "Mistral"], [])


def test_the_other_processes_are_told_that_somebody_looks_at_a_workflow(sweep: Sweep) -> None:
    sweep.watch(due=-1)
    assert sweep.seconds() == 1
    (kept,) = sweep.leases
    assert kept.posts == 1, "nothing was sent"
    assert 29 < (kept.due - datetime.now(UTC)).total_seconds() <= 30


def test_who_lost_a_row_to_another_process_lets_it_go(sweep: Sweep) -> None:
    sweep.lost = True
    sweep.watch(due=-1)
    assert sweep.seconds() is None
    assert sweep.attendant._attend(a_ref(), pending(), a_lease(-60)) is None
    assert (sweep.asked, sweep.sent) == (["Mistral"], [])


@pytest.mark.parametrize(
    ("fate", "due", "end", "anew", "asked"),
    [
        (Seen.OVER, 60, 3600, False, ["Mistral", "database"]),
        (Seen.MISSING, 60, 3600, False, ["Mistral"]),
        (Seen.MISSING, -1, 3600, False, ["Mistral", "database"]),
        (Seen.RUNS, 60, -1, False, ["database"]),
        (Seen.RUNS, 60, 3600, True, ["database"]),
    ],
    ids=["it ended", "it may be on its way", "it never came", "its deadline passed", "another operation parked it"],
)
def test_where_there_is_more_to_do_the_database_is_asked(  # noqa: PLR0913, PLR0917 - a table
    sweep: Sweep, fate: Seen, due: float, end: float, anew: bool, asked: list[str]
) -> None:
    sweep.fate = fate
    sweep.watch(due=due, end=end)
    sweep.seconds(anew=anew)
    assert sweep.asked == asked


@pytest.mark.parametrize(
    ("fate", "sent", "woken"), [(Seen.RUNS, [], []), (Seen.MISSING, [1], []), (Seen.OVER, [], [1])]
)
def test_only_a_workflow_that_is_not_there_is_started_again(
    sweep: Sweep, fate: Seen, sent: list[int], woken: list[int]
) -> None:
    sweep.fate = fate
    sweep.attendant._attend(a_ref(), direct_one(), a_lease(-1))
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
    sweep.attendant._attend(a_ref(), direct_one(), a_lease(-1))
    assert sweep.seconds() == 31, "after those that are asked when Mistral is tried again"
    assert sweep.asked == ["Mistral"]
    assert len(sweep.leases) == 1


def test_an_update_whose_stack_is_over_is_not_waited_for(sweep: Sweep) -> None:
    ref = a_ref()
    ref.stack.status = "FAILED"
    sweep.attendant._attend(ref, pending(), a_lease(60))
    assert sweep.woken == [1]


@pytest.mark.parametrize(("due", "kept"), [(60, 65), (-2, 3), (-6, None)])
def test_how_long_another_process_is_left_alone(monkeypatch: pytest.MonkeyPatch, due: int, kept: int | None) -> None:
    now = datetime.now(UTC)
    lease = Lease(request_id="r", due=now + timedelta(seconds=due), posts=1, parked=True)
    monkeypatch.setattr(takeover.heat_context, "get_admin_context", lambda: None)
    monkeypatch.setattr(takeover.resource_data, "read_lease", lambda *_args: lease)
    found = takeover.kept_until(1)
    assert (found and round((found - now).total_seconds())) == kept
