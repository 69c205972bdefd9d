"""What Heat does to a resource in one thread, and without its lock: not while it waits for an answer."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Self

import pytest
from heat.common import exception
from heat.db import models
from heat.engine import resource as heat_resource
from heat_tables import Tables, change, make_tables
from plugin_parts import pending

from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.plugin.resources.base import CustomResource
from customresource_bridge.plugin.resources.convergence import Convergence
from customresource_bridge.plugin.resources.one_thread import OneThread
from customresource_bridge.protocol import RequestType

DONE = ["checked", "put into a snapshot", "suspended", "resumed"]
CREATE, CHECK = (pending(request_type=of) for of in (RequestType.CREATE, RequestType.CHECK))


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


class HeatsOwn(heat_resource.Resource):  # type: ignore[misc] # Heat has no types
    def check(self) -> Iterator[str]:
        yield "checked"

    def snapshot(self) -> Iterator[str]:
        yield "put into a snapshot"

    def suspend(self) -> Iterator[str]:
        yield "suspended"

    def resume(self) -> Iterator[str]:
        yield "resumed"


class Mine(OneThread, HeatsOwn):
    """A resource as the stack's thread has loaded it, when it had long been created."""

    status = "COMPLETE"

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self:
        return object.__new__(cls)  # Heat's own looks the class up by its template

    def __init__(self, state: State, action: str, status: str, engine_id: str | None = None) -> None:
        tables = Tables()
        self.context, self.name, self._calling_engine_id = tables.context, "a", engine_id
        self.id = tables.row()
        tables.remember(self.id, state)
        change(tables.context, models.Resource, self.id, action=action, status=status)

    def done(self) -> list[str]:
        return [*self.check(), *self.snapshot(), *self.suspend(), *self.resume()]


def test_what_waits_by_now_is_let_alone_and_says_for_what_it_waits() -> None:
    mine = Mine(State(pending=CREATE), "CREATE", "IN_PROGRESS")
    for operation in (mine.check, mine.snapshot, mine.suspend, mine.resume):
        with pytest.raises(exception.ResourceFailure, match=r"a waits for the answer to its Create \(RequestId: r\)"):
            list(operation())


@pytest.mark.parametrize(
    ("state", "action", "status", "engine_id"),
    [
        (State(), "CREATE", "COMPLETE", None),
        (State(pending=CREATE), "CREATE", "FAILED", None),
        (State(pending=CREATE), "SNAPSHOT", "IN_PROGRESS", None),
        (State(pending=CREATE), "CREATE", "IN_PROGRESS", "engine"),
    ],
    ids=["it is there", "nothing works on it", "Heat's own action was cut off", "the graph works on it"],
)
def test_what_does_not_wait_is_done(state: State, action: str, status: str, engine_id: str | None) -> None:
    assert Mine(state, action, status, engine_id).done() == DONE


def test_a_check_that_was_cut_off_begins_again_and_lets_no_snapshot_be_taken() -> None:
    mine = Mine(State(pending=replace(CHECK)), "CHECK", "IN_PROGRESS")
    assert list(mine.check()) == ["checked"]
    with pytest.raises(exception.ResourceFailure, match="its Check"):
        list(mine.snapshot())


def test_it_is_asked_before_heat_and_before_what_heats_graph_asks() -> None:
    order = CustomResource.__mro__
    assert order.index(OneThread) < order.index(Convergence) < order.index(heat_resource.Resource)
