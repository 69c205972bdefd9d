"""What to do next, as a pure decision: from what a resource remembers towards what is wanted of it, step by step.

CloudFormation's sequence is the measure; docs/reference/life-cycle.md has both sequences side by side. What an answer
means for what is remembered is in ``transitions``.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import Entry, Pending, State, after
from customresource_bridge.protocol import RequestType


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The resource is to be as ``spec`` says.

    :ivar always: ask even where nothing changed.
    :ivar overwritten: what another row has asked of the same physical resource since, or None.
    """

    spec: Spec
    always: bool = False
    overwritten: Spec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The resource is to go, with all that its account holds.

    :ivar held: ids that another row of the stack goes on using, or deletes; the weightiest first.
    """

    held: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanUp:
    """What was superseded is to go, the resource itself stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The handler is to say whether the resource still is as it was asked for."""


Goal = Present | Absent | CleanUp | Checked


def serves(request_type: RequestType, goal: Goal) -> bool:
    """Return whether a request of a type is one that a goal asks."""
    match goal:
        case Present():
            return request_type.makes
        case Checked():
            return request_type is RequestType.CHECK
        case _:
            return request_type is RequestType.DELETE


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Send a request.

    :ivar physical_resource_id: None for a Create; empty for the Delete of what a Create without an answer has made.
    :ivar previous: see :class:`Pending`.
    :ivar held: of a Delete, the ids that it has to leave alone.
    """

    request_type: RequestType
    spec: Spec
    physical_resource_id: str | None = None
    old: Spec | None = None
    previous: tuple[str, ...] = ()
    superseded: bool = False
    held: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Await:
    """A request is out."""


@dataclass(frozen=True, slots=True)
class Settle:
    """Nothing is left to do."""


@dataclass(frozen=True, slots=True)
class Replace:
    """Heat is to make another resource in this one's place."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """What is wanted cannot be done, for ``reason``."""

    reason: str


Step = Ask | Await | Settle | Replace | Refuse


def next_step(state: State, goal: Goal, *, traversal: str = "") -> Step:
    """Return the next step from ``state`` towards ``goal``.

    :param traversal: Heat's, in which the step is taken: what its clean-up could not delete waits for the next one.
    """
    if state.pending is not None and not _may_interrupt(state.pending, goal, traversal):
        return _behind(state.pending, goal)
    match goal:
        case Present():
            return _towards_presence(state.interrupted(), goal)
        case Checked():
            return _towards_check(state.interrupted())
        case Absent():
            step = _towards_absence(state.interrupted(), goal, traversal)
            # With nothing to delete yet, what is still out may make something: it is heard first.
            pending = state.pending
            makes = pending is not None and pending.request_type.makes and pending.spec.handles("delete")
            return Await() if isinstance(step, Settle) and makes else step
        case CleanUp():
            due = (entry for entry in state.superseded if entry.tried_in != traversal)
            return _delete_first(state, due, held=_used(state)) or Settle()


def left_behind(state: State, held: Collection[str]) -> list[str]:
    """Return the ids that a row does not delete any more which is gone, unless its owner wants none deleted.

    :param held: ids that another row of the stack goes on using.
    """
    left = (entry for entry in state.account if entry.spec.handles("delete"))
    ids = [entry.physical_resource_id for entry in left]
    return [physical_resource_id for physical_resource_id in ids if physical_resource_id not in {"", *held}]


def _may_interrupt(pending: Pending, goal: Goal, traversal: str) -> bool:
    if pending.request_type is RequestType.CHECK:
        return not (isinstance(goal, Checked) and pending.traversal == traversal)  # nothing is left behind
    # A Delete does not wait for a Create or an Update that may hang: it stops it, and is sent at once.
    return isinstance(goal, Absent) and pending.request_type is not RequestType.DELETE


def _behind(pending: Pending, goal: Goal) -> Step:
    if isinstance(goal, Checked) and pending.request_type is not RequestType.CHECK:
        return Refuse(f"It waits for the answer to its {pending.request_type}")
    return Await()


def _towards_presence(state: State, goal: Present) -> Step:
    if state.current is None:
        if state.account:
            return Replace()
        if not goal.spec.handles("create"):
            return Settle()
        return Ask(request_type=RequestType.CREATE, spec=goal.spec)
    last_asked = goal.overwritten or state.current.last_asked
    settled = state.current.attempted is None and not state.check_failed
    unchanged = settled and goal.spec.asks_the_same(last_asked)
    if (unchanged and not goal.always) or not goal.spec.handles("update"):
        return Settle()
    return Ask(
        request_type=RequestType.UPDATE,
        spec=goal.spec,
        physical_resource_id=state.current.physical_resource_id,
        old=last_asked,
        previous=state.previous,
    )


def _towards_check(state: State) -> Step:
    if state.current is None:
        return Refuse("Nothing is there to be checked: no Create of it has succeeded")
    return Ask(
        request_type=RequestType.CHECK,
        spec=state.current.last_asked,
        physical_resource_id=state.current.physical_resource_id,
        previous=state.previous,
    )


def _towards_absence(state: State, goal: Absent, traversal: str) -> Step:
    due = (entry for entry in state.account if not (entry.superseded and entry.tried_in == traversal))
    owed = _delete_first(state, due, held=goal.held)
    if owed is not None:
        return owed
    physical = state.current
    if physical is None or not physical.spec.handles("delete") or physical.physical_resource_id in goal.held:
        return Settle()
    return Ask(
        request_type=RequestType.DELETE,
        spec=physical.spec,
        physical_resource_id=physical.physical_resource_id,
        previous=state.previous,
        held=goal.held,
    )


def _used(state: State) -> tuple[str, ...]:
    return () if state.current is None else (state.current.physical_resource_id,)


def _delete_first(state: State, due: Iterable[Entry], *, held: Collection[str]) -> Ask | None:
    for entry in due:
        if entry.physical_resource_id in held or not entry.can_be_deleted or not entry.spec.handles("delete"):
            continue
        return Ask(
            request_type=RequestType.DELETE,
            spec=entry.spec,
            physical_resource_id=entry.physical_resource_id,
            # What made it is to be stopped and heard, also where another Delete of it has failed since.
            previous=after(state.previous, entry.unheard.request_id if entry.unheard else ""),
            superseded=entry.superseded,
            held=held,
        )
    return None
