"""What Heat does to a resource in one thread and without a lock: not while it waits for an answer."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Self

import pytest
from heat.common import exception
from heat.engine import resource as heat_resource
from plugin_parts import pending

from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.plugin.resources.one_thread import OneThread


class HeatsOwn(heat_resource.Resource):  # type: ignore[misc] # Heat has no types
    def check(self) -> Iterator[str]:
        yield "checked"

    def snapshot(self) -> Iterator[str]:
        yield "put into a snapshot"


class Mine(OneThread, HeatsOwn):
    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self:
        return object.__new__(cls)  # Heat's own looks the class up by its template

    def __init__(self, state: State, status: str, engine_id: str | None) -> None:
        self._known, self.status, self._calling_engine_id, self.name = state, status, engine_id, "a"


def done(mine: Mine) -> SimpleNamespace:
    return SimpleNamespace(check=list(mine.check()), snapshot=list(mine.snapshot()))


def test_what_waits_is_let_alone_and_says_for_what_it_waits() -> None:
    mine = Mine(State(pending=pending()), "IN_PROGRESS", None)
    for operation in (mine.check, mine.snapshot):
        with pytest.raises(exception.ResourceFailure, match="a waits for the answer to its Update") as refused:
            list(operation())
        assert "(RequestId: r)" in str(refused.value)


@pytest.mark.parametrize(
    ("state", "status", "engine_id"),
    [
        (State(), "COMPLETE", None),
        (State(), "IN_PROGRESS", None),
        (State(pending=pending()), "FAILED", None),
        (State(pending=pending()), "IN_PROGRESS", "engine"),
    ],
    ids=["it is there", "it is Heat's own that is under way", "nothing works on it", "the graph works on it"],
)
def test_what_does_not_wait_is_done(state: State, status: str, engine_id: str | None) -> None:
    assert done(Mine(state, status, engine_id)) == SimpleNamespace(check=["checked"], snapshot=["put into a snapshot"])
