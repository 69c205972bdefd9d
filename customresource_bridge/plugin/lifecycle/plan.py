"""The life cycle as pure decisions: what an answer means, and what to do next.

``exchange`` drives it: it asks :func:`plan` for the next step, carries it out, and hands answers to :func:`accept`.
CloudFormation's sequence is the measure; docs/reference/life-cycle.md has both sequences side by side.
"""

from collections.abc import Collection
from dataclasses import dataclass

from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import Pending, State, Thing
from customresource_bridge.protocol import RequestType


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The resource is to be as ``spec`` says.

    :ivar always: ask even where nothing changed.
    """

    spec: Spec
    always: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The resource is to go, with all it ever made.

    :ivar held: ids that another row of the stack goes on using.
    """

    held: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidy:
    """Superseded things are to go, the resource itself stays."""


Goal = Present | Absent | Tidy


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Send a request.

    :ivar physical_resource_id: None for a Create.
    """

    request_type: RequestType
    spec: Spec
    physical_resource_id: str | None = None
    old: Spec | None = None
    previous_request_id: str | None = None
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """A request is out."""


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left to do."""


@dataclass(frozen=True, slots=True)
class Replace:
    """Heat is to make another resource in this one's place."""


Step = Ask | Wait | Done | Replace


def next_step(state: State, goal: Goal) -> Step:
    """Return the next step from ``state`` towards ``goal``."""
    if state.pending is not None and not _may_interrupt(state.pending, goal):
        return Wait()
    match goal:
        case Present():
            return _towards_presence(state, goal)
        case Absent():
            return _towards_absence(state, goal)
        case Tidy():
            return _delete_superseded(state, held=_held_by(state)) or Done()


def _may_interrupt(pending: Pending, goal: Goal) -> bool:
    # A Delete does not wait for a Create or an Update that may hang: it stops it, and is sent at once.
    return isinstance(goal, Absent) and pending.request_type is not RequestType.DELETE


def _towards_presence(state: State, goal: Present) -> Step:
    previous = state.abandoned.request_id if state.abandoned else None
    if state.thing is None:
        if state.abandoned is not None:
            return Replace()
        if not goal.spec.handles("create"):
            return Done()
        return Ask(request_type=RequestType.CREATE, spec=goal.spec)
    if not state.thing.created:
        return Replace()
    unchanged = goal.spec.asks_the_same(state.thing.last_asked) and state.thing.attempted is None
    if (unchanged and not goal.always) or not goal.spec.handles("update"):
        return Done()
    return Ask(
        request_type=RequestType.UPDATE,
        spec=goal.spec,
        physical_resource_id=state.thing.physical_resource_id,
        old=state.thing.last_asked,
        previous_request_id=previous,
    )


def _towards_absence(state: State, goal: Absent) -> Step:
    superseded = _delete_superseded(state, held={*goal.held, *_held_by(state)})
    if superseded is not None:
        return superseded
    unanswered = state.pending or state.abandoned
    previous = unanswered.request_id if unanswered else None
    thing = state.thing
    if thing is None and unanswered is not None and unanswered.request_type is RequestType.CREATE:
        thing = Thing(physical_resource_id="", spec=unanswered.spec)
    if thing is None or not thing.spec.handles("delete"):
        return Done()
    if thing.physical_resource_id and thing.physical_resource_id in goal.held:
        return Done()
    return Ask(
        request_type=RequestType.DELETE,
        spec=thing.spec,
        physical_resource_id=thing.physical_resource_id,
        previous_request_id=previous,
    )


def _held_by(state: State) -> set[str]:
    return {state.thing.physical_resource_id} if state.thing else set()


def _delete_superseded(state: State, *, held: Collection[str]) -> Ask | None:
    for thing in state.superseded:
        if thing.physical_resource_id in held or not thing.spec.handles("delete"):
            continue
        previous = state.pending.request_id if state.pending else None
        return Ask(
            request_type=RequestType.DELETE,
            spec=thing.spec,
            physical_resource_id=thing.physical_resource_id,
            previous_request_id=previous,
            superseded=True,
        )
    return None
