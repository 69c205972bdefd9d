"""The life cycle as pure decisions: what an answer means, and what to do next.

``exchange`` drives it: it asks :func:`plan` for the next step, carries it out, and hands answers to :func:`accept`.
CloudFormation's sequence is the measure; docs/reference/life-cycle.md has both sequences side by side.
"""

from collections.abc import Collection
from dataclasses import dataclass

from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import Pending, PhysicalResource, State
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
class CleanUp:
    """Superseded things are to go, the resource itself stays."""


Goal = Present | Absent | CleanUp


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
class Await:
    """A request is out."""


@dataclass(frozen=True, slots=True)
class Settle:
    """Nothing is left to do."""


@dataclass(frozen=True, slots=True)
class Replace:
    """Heat is to make another resource in this one's place."""


Step = Ask | Await | Settle | Replace


def next_step(state: State, goal: Goal) -> Step:
    """Return the next step from ``state`` towards ``goal``."""
    if state.pending is not None and not _may_interrupt(state.pending, goal):
        return Await()
    match goal:
        case Present():
            return _towards_presence(state, goal)
        case Absent():
            return _towards_absence(state, goal)
        case CleanUp():
            return _delete_superseded(state, held=_held_by(state)) or Settle()


def _may_interrupt(pending: Pending, goal: Goal) -> bool:
    # A Delete does not wait for a Create or an Update that may hang: it stops it, and is sent at once.
    return isinstance(goal, Absent) and pending.request_type is not RequestType.DELETE


def _towards_presence(state: State, goal: Present) -> Step:
    previous = state.abandoned.request_id if state.abandoned else None
    if state.current is None:
        if state.abandoned is not None:
            return Replace()
        if not goal.spec.handles("create"):
            return Settle()
        return Ask(request_type=RequestType.CREATE, spec=goal.spec)
    if not state.current.created:
        return Replace()
    unchanged = goal.spec.asks_the_same(state.current.last_asked) and state.current.attempted is None
    if (unchanged and not goal.always) or not goal.spec.handles("update"):
        return Settle()
    return Ask(
        request_type=RequestType.UPDATE,
        spec=goal.spec,
        physical_resource_id=state.current.physical_resource_id,
        old=state.current.last_asked,
        previous_request_id=previous,
    )


def _towards_absence(state: State, goal: Absent) -> Step:
    superseded = _delete_superseded(state, held={*goal.held, *_held_by(state)})
    if superseded is not None:
        return superseded
    unanswered = state.pending or state.abandoned
    previous = unanswered.request_id if unanswered else None
    physical = state.current
    if physical is None and unanswered is not None and unanswered.request_type is RequestType.CREATE:
        physical = PhysicalResource(physical_resource_id="", spec=unanswered.spec)
    if physical is None or not physical.spec.handles("delete"):
        return Settle()
    if physical.physical_resource_id and physical.physical_resource_id in goal.held:
        return Settle()
    return Ask(
        request_type=RequestType.DELETE,
        spec=physical.spec,
        physical_resource_id=physical.physical_resource_id,
        previous_request_id=previous,
    )


def _held_by(state: State) -> set[str]:
    return {state.current.physical_resource_id} if state.current else set()


def _delete_superseded(state: State, *, held: Collection[str]) -> Ask | None:
    for physical in state.superseded:
        if physical.physical_resource_id in held or not physical.spec.handles("delete"):
            continue
        previous = state.pending.request_id if state.pending else None
        return Ask(
            request_type=RequestType.DELETE,
            spec=physical.spec,
            physical_resource_id=physical.physical_resource_id,
            previous_request_id=previous,
            superseded=True,
        )
    return None
