"""An update on top of an update, at the moment its resource is parked: two checks, and the resource is worked on once.

Heat's own check of the second operation waits for the lock while the first operation's thread lets the row go; the one
who lets it go cannot know that, and sends a message too. Heat's ``CheckResource`` is its own here, on its own tables;
what it would send to the bus, and the messages that are on their way, are lists. ``make unit-plugin``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Self

import pytest
from heat.common import exception
from heat.db import models
from heat.engine import check_resource
from heat.engine import resource as heat_resource
from heat_tables import Tables, change, make_tables

from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.plugin.resources.convergence import Convergence
from customresource_bridge.plugin.waiting import parking


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


@dataclass
class Stack:
    """A stack in its second operation."""

    tables: Tables
    id: str
    current_traversal: str = "second"
    action: str = "UPDATE"
    status: str = "IN_PROGRESS"
    t: Any = field(default_factory=lambda: SimpleNamespace(id=8))
    DELETE, ROLLBACK, CHECK, RESUME, SNAPSHOT, SUSPEND = "DELETE", "ROLLBACK", "CHECK", "RESUME", "SNAPSHOT", "SUSPEND"
    IN_PROGRESS = "IN_PROGRESS"

    def has_timed_out(self) -> bool:
        return False

    def time_remaining(self) -> float:
        return 3600


class HeatsOwn(heat_resource.Resource):  # type: ignore[misc] # Heat has no types
    """What Heat does with the row, told on the row: lock it, update it, let it go."""

    work: Callable[[Any], None]

    def update_convergence(self, template_id: int, *_args: Any) -> None:
        self.work(self)
        change(self.context, models.Resource, self.id, current_template_id=template_id, status="COMPLETE")

    def make_replacement(self, _new_tmpl_id: int, _requires: Any) -> int:
        self.replacements.append(self.context)
        if self.fails:
            raise self.fails.pop()
        return 99


class Row(Convergence, HeatsOwn):
    stack = None  # Heat keeps a weak reference
    action = "UPDATE"
    name = "a"

    replaced_by = None

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self:
        return object.__new__(cls)  # Heat's own looks the class up by its template

    def __init__(self, race: "Race") -> None:
        self.stack, self.context, self.id = race.stack, race.tables.context, race.row_id
        self.work, self.replacements, self.fails = race.work, race.replacements, race.fails
        with_row = race.loaded()
        self.status, self.current_template_id = with_row.status, with_row.current_template_id
        self._known = State()


class Check(check_resource.CheckResource):  # type: ignore[misc] # Heat has no types
    """Heat's check, which writes down whether it goes on to what depends on the row."""

    def __init__(self, race: "Race") -> None:
        super().__init__("engine", SimpleNamespace(check_resource=race.send), None, None, {})
        self._race = race

    def _initiate_propagate_resource(self, *_args: Any, **_kwargs: Any) -> None:
        self._race.gone_on += 1

    def _retrigger_new_traversal(self, *_args: Any) -> None:
        pass


class Race:
    """A row that the first operation's thread has parked or is about to, and the second operation's messages."""

    def __init__(self, work: Callable[[Any], None] = lambda _row: None) -> None:
        self.tables = Tables()
        change(self.tables.context, models.Stack, self.tables.stack_uuid, current_traversal="second")
        self.row_id = self.tables.row(engine_id="first", current_template_id=7)
        due = self.tables.clock() + timedelta(seconds=26)
        self.tables.remember(self.row_id, State(), Lease(request_id="r", posts=1, next_post_at=due, expires_at=due))
        self.stack = Stack(self.tables, self.tables.stack_uuid)
        self.work = work
        self.messages: list[str] = []
        self.replacements: list[Any] = []
        self.fails: list[BaseException] = []
        self.gone_on = 0
        self.sent: list[Any] = []

    def send(self, *args: Any, **_kwargs: Any) -> None:
        self.sent.append(args)

    def loaded(self) -> Any:
        with self.tables.session() as session:
            row = session.get(models.Resource, self.row_id)
            return SimpleNamespace(status=row.status, current_template_id=row.current_template_id)

    def park(self) -> None:
        """Let the row go, with a check of the second operation waiting for its lock."""
        self.messages.append("Heat's own")
        first = SimpleNamespace(id=self.stack.id, current_traversal="first", time_remaining=lambda: 3600)
        ref = self.tables.ref(self.row_id)
        resource = SimpleNamespace(
            context=self.tables.context, id=self.row_id, _calling_engine_id="first", stack=first, ref=ref
        )
        operation: Any = SimpleNamespace(pending=None)
        parking.park(resource, operation, wake=lambda *_: self.messages.append("ours"), now=self.tables.clock)

    def check(self, row: Row | None = None) -> None:
        """Work on one message."""
        self.messages.pop(0)
        Check(self).check(None, self.row_id, "second", {}, True, None, row or Row(self), self.stack)


def test_both_messages_are_sent_for_neither_sender_can_know_of_the_other() -> None:
    race = Race()
    race.park()
    assert race.messages == ["Heat's own", "ours"]


def test_of_two_checks_the_second_is_not_gone_on_from() -> None:
    race = Race()
    race.park()
    race.check()
    race.check()
    assert race.gone_on == 1


def test_of_two_checks_that_were_loaded_at_once_the_later_is_not_gone_on_from() -> None:
    race = Race()
    race.park()
    rows = [Row(race), Row(race)]
    for row in rows:
        race.check(row)
    assert race.gone_on == 1
    assert rows[1].is_checked(), "so that it does not ask, even where it always asks"


def replaced(_row: Any) -> None:
    raise heat_resource.UpdateReplace("a")


def test_what_both_checks_want_replaced_is_replaced_once() -> None:
    race = Race(replaced)
    race.park()
    race.check()
    race.check()
    assert len(race.replacements) == 1
    assert [message[1] for message in race.sent] == [99], "one Create"


def test_a_replacement_that_could_not_be_made_is_made_by_the_next_check() -> None:
    race = Race(replaced)
    race.fails.append(exception.UpdateInProgress(resource_name="a"))
    race.park()
    race.check()
    assert race.sent == []
    race.check()
    assert [message[1] for message in race.sent] == [99]


def test_the_next_operation_goes_through_the_row_again() -> None:
    race = Race()
    race.park()
    race.check()
    race.stack.current_traversal = "third"
    race.check()
    assert race.gone_on == 2


@pytest.mark.parametrize(("status", "worked_on"), [("FAILED", 1), ("IN_PROGRESS", 2)], ids=["over", "goes on"])
def test_what_failed_is_not_worked_on_again_once_its_stack_s_operation_is_over(status: str, worked_on: int) -> None:
    met: list[str] = []

    def fails(row: Row) -> None:
        met.append("worked on")
        change(row.context, models.Resource, row.id, status="FAILED")
        race.stack.status = status
        raise check_resource.CancelOperation

    race = Race(fails)
    race.park()
    race.check()
    race.check()
    assert len(met) == worked_on
