"""How a resource's operation is carried out for Heat. ``make unit-plugin``."""

import traceback
from types import SimpleNamespace
from typing import Any, Self

import pytest
from heat.common import exception
from heat.engine import resource as heat_resource
from heat_tables import Tables, make_tables

from customresource_bridge import errors
from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import PhysicalResource, State
from customresource_bridge.plugin.operation import ReplacementNeeded
from customresource_bridge.plugin.resources.operated import Operated


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


SAYS = "https://heat/token-of-mine"


def fails() -> None:
    raise ConnectionError(SAYS)


def test_of_an_unexpected_error_heat_is_given_nothing_that_it_says(caplog: pytest.LogCaptureFixture) -> None:
    """Heat logs what it is given with all that came before it, and shows its text as the resource's reason."""

    class Failing:
        def advance(self) -> bool:
            try:
                fails()
            except ConnectionError as error:
                raise ValueError(SAYS) from error
            return True

    with pytest.raises(exception.ResourceFailure) as raised:
        Mine()._advance(Failing())  # type: ignore[arg-type]
    logged = "".join(traceback.format_exception(raised.value))
    assert str(raised.value) == "unexpected error ValueError in heat-engine, whose log has its place"
    assert "a: unexpected error: ValueError in\n" in caplog.text
    assert "which came from ConnectionError in\n" in caplog.text
    assert "in fails" in caplog.text
    assert SAYS not in logged
    assert SAYS not in caplog.text


def test_of_an_error_of_ours_heat_is_given_nothing_that_a_client_library_said() -> None:
    class Refused:
        def advance(self) -> bool:
            try:
                fails()
            except ConnectionError as error:
                raise errors.ServiceUnavailable("Zaqar", "take the request", "ConnectionError") from error
            return True

    with pytest.raises(exception.ResourceFailure) as raised:
        Mine()._advance(Refused())  # type: ignore[arg-type]
    logged = "".join(traceback.format_exception(raised.value))
    assert "Zaqar" in logged
    assert SAYS not in logged


def test_what_heat_itself_raises_is_left_to_it() -> None:
    with pytest.raises(exception.UpdateInProgress):
        Mine()._advance(operation(exception.UpdateInProgress(resource_name="a")))


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


def test_where_heat_works_in_one_thread_an_answer_has_to_come_soon() -> None:
    """To a resource that was let go nothing would come again, and Heat would say that it is being updated."""
    given_up: list[str] = []
    asked = SimpleNamespace(give_up=given_up.append)
    with pytest.raises(exception.ResourceFailure, match=r"No answer within 4 seconds \(watch_seconds\)"):
        Mine()._give_up(asked, 4.0)  # type: ignore[arg-type]
    assert given_up == ["within 4 seconds (watch_seconds), and before OpenStack 2026.1 Heat waits no longer"]


def test_what_was_given_up_fails_by_its_own_reason() -> None:
    def give_up(limit: str) -> None:
        raise errors.CustomResourceError(f"No answer to the Check request {limit}")

    with pytest.raises(exception.ResourceFailure, match=r"^No answer to the Check request within 1 seconds"):
        Mine()._give_up(SimpleNamespace(give_up=give_up), 1.0)  # type: ignore[arg-type]
