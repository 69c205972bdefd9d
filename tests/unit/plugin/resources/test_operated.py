"""How a resource's operation is carried out for Heat. ``make unit-plugin``."""

from types import SimpleNamespace
from typing import Any, Self

import pytest
from heat.common import exception
from heat.engine import resource as heat_resource
from heat_tables import Tables, make_tables
from oslo_db import exception as db_exception

from customresource_bridge import errors
from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import PhysicalResource, State
from customresource_bridge.plugin.operation import ReplacementNeeded
from customresource_bridge.plugin.resources.operated import Operated
from customresource_bridge.plugin.waiting import parking


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


class Mine(Operated):
    action = "CREATE"
    name = "a"
    stack = None  # Heat keeps a weak reference

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self:
        return object.__new__(cls)  # Heat's own looks the class up by its template

    def __init__(self, row_id: int | None = None) -> None:
        self.id = row_id
        self.context = Tables().context
        self.resource_id = None
        self.shown: list[str] = []

    def resource_id_set(self, shown: str) -> None:
        self.resource_id = shown
        self.shown.append(shown)


def operation(result: bool | Exception) -> Any:
    def advance() -> bool:
        if isinstance(result, Exception):
            raise result
        return result

    return SimpleNamespace(advance=advance, pending=None)


def test_what_a_handler_says_is_all_that_heat_shows_of_a_failure() -> None:
    with pytest.raises(exception.ResourceFailure) as raised:
        Mine()._advance(operation(errors.CustomResourceError("no quota")))
    assert str(raised.value) == "no quota"


def test_what_cannot_be_updated_is_replaced() -> None:
    with pytest.raises(heat_resource.UpdateReplace):
        Mine()._advance(operation(ReplacementNeeded()))


def test_what_a_resource_remembers_is_read_once_and_heat_is_shown_its_id() -> None:
    tables = Tables()
    row_id = tables.row()
    mine = Mine(row_id)
    assert mine.state_now() == State()
    made = State(current=PhysicalResource(physical_resource_id="x" * 300, spec=Spec(resource_type="T")))
    mine._remember(made)
    mine._remember(made)
    assert mine.shown == ["x" * 255], "as much as its column holds, and written once"
    assert Mine(row_id).state_now() == made


def test_what_has_no_row_yet_remembers_nothing() -> None:
    assert Mine().state_now() == State()


@pytest.mark.parametrize("news", ["Create asked of mistral:w", None])
def test_what_is_asked_is_told_as_it_is_let_go(monkeypatch: pytest.MonkeyPatch, news: str | None) -> None:
    events: list[str] = []
    let_go: list[Any] = []
    monkeypatch.setattr(heat_resource.Resource, "_add_event", lambda *event: events.append(event[-1]))
    monkeypatch.setattr(parking, "park", lambda *what: let_go.append(what))
    mine = Mine()
    mine.status = "IN_PROGRESS"
    mine.handle_preempt()
    assert let_go == []
    mine._operation = SimpleNamespace(news=lambda: news)
    mine.handle_preempt()
    assert len(let_go) == 1
    assert events == [text for text in [news] if text is not None]


def test_an_event_that_cannot_be_written_keeps_nothing_from_being_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_event: Any) -> None:
        raise db_exception.DBConnectionError

    let_go: list[Any] = []
    monkeypatch.setattr(heat_resource.Resource, "_add_event", away)
    monkeypatch.setattr(parking, "park", lambda *what: let_go.append(what))
    mine = Mine()
    mine.status, mine._operation = "IN_PROGRESS", SimpleNamespace(news=lambda: "Create asked of mistral:w")
    mine.handle_preempt()
    assert len(let_go) == 1
