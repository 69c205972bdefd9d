"""What the rows of one resource share: Heat has several while it replaces one, and a handler may give all one id.

An id is deleted once: not while a row that stays goes on with it, and of several rows that go by the oldest. And what a
younger row has asked of it since is undone by the row that stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from customresource_bridge.plugin.heat import queries, resource_data
from customresource_bridge.plugin.lifecycle.spec import ReplacePolicy, Spec
from customresource_bridge.plugin.lifecycle.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Namesake:
    """Another row of the resource.

    :ivar stays: whether it belongs to the stack as it is to be.
    """

    row_id: int
    stays: bool
    state: State


def of(resource: Any) -> list[Namesake]:
    """Return a resource's other rows, oldest first."""
    deleting = resource.stack.action == resource.stack.DELETE
    return [
        Namesake(
            row_id=row.row_id,
            stays=not deleting and row.template_id == resource.stack.t.id,
            state=State.parse(resource_data.read(resource.context, row.row_id, resource_data.STATE_KEY)),
        )
        for row in queries.namesakes(resource.context, resource.stack.id, resource.name, resource.id)
    ]


def held(row_id: int, state: State, namesakes: Sequence[Namesake]) -> Sequence[str]:
    """Return the ids that must not be deleted with a row: first what the resource is as it is to be."""
    found: list[str] = []
    for other in namesakes:
        if other.stays:
            found += _current(other.state)
        if other.stays and other.row_id > row_id:
            found += _retained(state)
    for other in namesakes:
        if other.stays or other.row_id < row_id:
            found += sorted(other.state.ids)
    return tuple(dict.fromkeys(found))


def _current(state: State) -> list[str]:
    return [] if state.current is None else [state.current.physical_resource_id]


def _retained(state: State) -> list[str]:
    """Return what the author's policy keeps when another row replaces it."""
    keeps = state.current is not None and state.current.spec.update_replace_policy is ReplacePolicy.RETAIN
    return _current(state) if keeps else []


def asked_since(row_id: int, state: State, namesakes: Sequence[Namesake]) -> Spec | None:
    """Return what a younger row has asked of a row's own physical resource, or None where none has."""
    if state.current is None:
        return None
    for other in reversed(namesakes):
        asked = _asked_of(state.current.physical_resource_id, other.state) if other.row_id > row_id else None
        if asked is not None:
            return asked
    return None


def _asked_of(physical_resource_id: str, state: State) -> Spec | None:
    if state.current is not None and state.current.physical_resource_id == physical_resource_id:
        return state.current.last_asked
    return next((entry.spec for entry in state.account if entry.physical_resource_id == physical_resource_id), None)
