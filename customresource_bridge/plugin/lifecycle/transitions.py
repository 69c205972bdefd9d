"""What a resource remembers after something happened to its request: state in, state out. Pure."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from customresource_bridge.plugin.lifecycle.plan import Ask
from customresource_bridge.plugin.lifecycle.spec import ReplacePolicy, Spec
from customresource_bridge.plugin.lifecycle.state import Entry, Pending, PhysicalResource, State
from customresource_bridge.protocol import Identity, RequestType, Response, Status
from customresource_bridge.protocol.ids import default_physical_resource_id
from customresource_bridge.protocol.limits import HELD_IDS
from customresource_bridge.protocol.request import is_physical_resource_id

_LISTENED_TO = 100
"""How many Creates and Updates back an answer still counts for what it names."""

_CLOCKS_APART = timedelta(seconds=5)
"""How much earlier by its own clock a bridge may fail a request at its deadline."""


def ask(  # noqa: PLR0913 - what is known of the operation, by name
    state: State, step: Ask, *, identity: Identity, traversal: str, now: datetime, rollback: bool = False
) -> State:
    """Return ``state`` with the request of ``step`` pending; one that it interrupts is in the account.

    :param identity: the new request's.
    :param traversal: Heat's.
    :param rollback: whether that one is a rollback.
    """
    state, physical_resource_id = state.interrupted(), step.physical_resource_id
    if step.request_type is RequestType.DELETE:
        physical_resource_id = physical_resource_id or _first_derived(state, identity)
        state = _with_derived_ids(state, identity)
    pending = Pending(
        request_id=identity.request_id,
        request_type=step.request_type,
        spec=step.spec,
        traversal=traversal,
        asked_at=now,
        deadline=now + timedelta(seconds=step.spec.service_timeout),
        physical_resource_id=physical_resource_id,
        old_properties=dict(step.old.properties) if step.old else None,
        previous=step.previous,
        superseded=step.superseded,
        rollback=rollback,
        held=_named_as_held(step.held),
    )
    asked = (*state.asked, pending.request_id)[-_LISTENED_TO:] if step.request_type.makes else state.asked
    heard = tuple(saying for saying in state.heard if saying.partition(" ")[0] in asked)
    return replace(state, pending=pending, asked=asked, heard=heard)


def _named_as_held(ids: Collection[str]) -> tuple[str, ...]:
    """Return those of a Delete's ids that the request names: an adopted one may be none that a request may have."""
    return tuple(islice(filter(is_physical_resource_id, ids), HELD_IDS))


def _first_derived(state: State, identity: Identity) -> str:
    unnamed = (entry for entry in state.account if entry.can_be_deleted and not entry.physical_resource_id)
    return _named(next(unnamed), identity).physical_resource_id


def accounted(state: State, identity: Identity) -> State:
    """Return ``state`` with nothing pending, and an id for all that may exist.

    :param identity: of any of the resource's requests.
    """
    return _with_derived_ids(state.interrupted(), identity)


def _with_derived_ids(state: State, identity: Identity) -> State:
    return replace(state, account=tuple(_named(entry, identity) for entry in state.account))


def _named(entry: Entry, identity: Identity) -> Entry:
    """Return an entry under the id that stands for what its Create made, where no answer has named that."""
    if entry.physical_resource_id or not entry.can_be_deleted or entry.unheard is None:
        return entry
    return replace(entry, physical_resource_id=_derived(identity, entry.unheard.request_id))


def _derived(identity: Identity, create_id: str) -> str:
    return default_physical_resource_id(
        stack_id=identity.stack_id,
        logical_resource_id=identity.logical_resource_id,
        request_id=create_id,
    )


def accept(state: State, response: Response, *, now: datetime) -> State:
    """Return ``state`` after the pending request was answered."""
    pending = state.pending
    if pending is None:
        return state
    # FAILED at the deadline is a bridge's word: it has told the handler to stop, and tasks may still be under way.
    stopped = response.status is Status.FAILED and now >= pending.deadline - _CLOCKS_APART
    previous = state.stopped_next(pending) if stopped else ()
    answered = replace(_with_derived_ids(state, response.identity), pending=None, previous=previous)
    heard = _told(answered, pending, response.physical_resource_id or "")
    match pending.request_type:
        case RequestType.CREATE:
            return _created(heard, pending, response)
        case RequestType.UPDATE:
            return _updated(heard, pending, response)
        case RequestType.DELETE:
            return _deleted(answered, pending, response)
        case RequestType.CHECK:
            # Nothing else of it counts: a Check makes nothing.
            return replace(answered, check_failed=response.status is not Status.SUCCESS)


def _told(state: State, request: Pending, named: str) -> State:
    """Return ``state`` with what the answer to a request told, and what is no news in another: the id it was asked for.

    An Update that is answered once more by a bridge that knows no better names that id, which may be deleted by then.
    """
    told = state.told(request.request_id, named)
    return told.told(request.request_id, request.physical_resource_id) if request.physical_resource_id else told


def _created(state: State, create: Pending, response: Response) -> State:
    made = response.physical_resource_id or _derived(response.identity, create.request_id)
    if response.status is not Status.SUCCESS:
        return state.opened(Entry(physical_resource_id=made, spec=create.spec))
    return replace(state.closed(made), current=_physical(made, create, response), check_failed=False)


def _physical(physical_resource_id: str, request: Pending, response: Response) -> PhysicalResource:
    return PhysicalResource(
        physical_resource_id=physical_resource_id, spec=request.spec, data=response.data, no_echo=response.no_echo
    )


def _updated(state: State, update: Pending, response: Response) -> State:
    old = state.current
    if old is None:
        return state
    if response.status is not Status.SUCCESS:
        # The id stays, as with CloudFormation. What the handler names beside it may exist: it goes with the resource,
        # and not before, since to a handler that looks at the properties only it is the resource itself.
        failed = replace(state, current=replace(old, attempted=update.spec))
        return _learnt(failed, response.physical_resource_id, update.spec)
    made = response.physical_resource_id or old.physical_resource_id
    new = replace(state.closed(made), current=_physical(made, update, response), check_failed=False)
    # The policy is for what an update replaces, not for what a rollback puts back.
    retained = update.spec.update_replace_policy is ReplacePolicy.RETAIN and not update.rollback
    if retained:
        return new
    return new.opened(Entry(physical_resource_id=old.physical_resource_id, spec=old.spec, superseded=True))


def _learnt(state: State, physical_resource_id: str | None, spec: Spec, *, superseded: bool = False) -> State:
    if not physical_resource_id:
        return state
    return state.opened(Entry(physical_resource_id=physical_resource_id, spec=spec, superseded=superseded))


def _deleted(state: State, delete: Pending, response: Response) -> State:
    if response.status is Status.SUCCESS:
        left = state.closed(delete.physical_resource_id or "")
        return replace(left, gone=delete.spec if latest_spec(left) is None else None)
    return _left(state, delete)


def _left(state: State, delete: Pending) -> State:
    """Return ``state`` after a Delete that failed: a clean-up does not come back to it before the next one."""
    if not delete.superseded:
        return state
    return replace(
        state,
        account=tuple(
            replace(entry, tried_in=delete.traversal)
            if entry.physical_resource_id == delete.physical_resource_id
            else entry
            for entry in state.account
        ),
    )


def give_up(state: State) -> State:
    """Return ``state`` after the pending request's deadline passed unanswered."""
    pending = state.pending
    if pending is None:
        return state
    given_up = state.interrupted()
    if pending.request_type is RequestType.DELETE:
        return _left(given_up, pending)
    if pending.request_type is RequestType.UPDATE and state.current is not None:
        return replace(given_up, current=replace(state.current, attempted=pending.spec))
    return given_up


def withdraw(state: State) -> State:
    """Return ``state`` after the pending request turned out never to have been sent."""
    pending = state.pending
    if pending is None:
        return state
    asked = tuple(request_id for request_id in state.asked if request_id != pending.request_id)
    withdrawn = replace(state, pending=None, asked=asked)
    match pending.request_type:
        case RequestType.DELETE:
            return _left(withdrawn, pending)
        case RequestType.CHECK:
            return fail_check(withdrawn)
        case _:
            return withdrawn


def fail_check(state: State) -> State:
    """Return ``state`` after it could not be found out whether the resource is as it was asked for."""
    return replace(state, check_failed=True)


def forget_check(state: State) -> State:
    """Return ``state`` after an operator himself has said how the resource is."""
    checking = state.pending is not None and state.pending.request_type is RequestType.CHECK
    return replace(state.interrupted() if checking else state, check_failed=False)


def learn(state: State, late: Response) -> State:
    """Return ``state`` with what an answer tells to a request that is no longer waited for: what may exist.

    It never makes the resource other than it is: the operation that asked has ended.
    """
    request_id, named = late.identity.request_id, late.physical_resource_id or ""
    if request_id not in state.asked or state.has_told(request_id, named):
        # Of a Delete only the first answer counts, and what it names does not. A repeat names what was deleted since,
        # or retained.
        return state
    was_heard = state.was_heard(request_id)
    entry = next((entry for entry in state.account if _was_asked_by(entry, request_id)), None)
    if entry is None or entry.unheard is None:
        state = state.told(request_id, named)
        # Another answer; or the first to a Create whose Delete has succeeded, and which was handled after that.
        made = named or ("" if was_heard else _derived(late.identity, request_id))
        spec = latest_spec(state) or state.gone
        return state if spec is None else _learnt(state, made, spec)
    left = tuple(other for other in state.account if other is not entry)
    rest = _told(replace(state, account=left), entry.unheard, named)
    if entry.unheard.request_type is RequestType.CREATE:
        made = named or _derived(late.identity, request_id)
        return rest.opened(replace(entry, physical_resource_id=made, unheard=None))
    succeeded = late.status is Status.SUCCESS
    learnt = _learnt(rest, named, entry.spec, superseded=succeeded)
    # An Update that made nothing may be the last that is known: what another answer names is still to be deleted.
    return learnt if latest_spec(learnt) is not None else replace(learnt, gone=entry.spec)


def _was_asked_by(entry: Entry, request_id: str) -> bool:
    return entry.unheard is not None and entry.unheard.request_id == request_id


def latest_spec(state: State) -> Spec | None:
    """Return what a handler was last asked for; None where none was asked yet."""
    if state.current is not None:
        return state.current.last_asked
    if state.account:
        return state.account[-1].spec
    return state.pending.spec if state.pending else None


def made_by(state: State, request_id: str) -> str:
    """Return the id of what a Create or an Update may have made that was not heard; empty where none is known."""
    entry = next((entry for entry in state.account if _was_asked_by(entry, request_id)), None)
    if entry is None or entry.unheard is None:
        return ""
    return entry.physical_resource_id or entry.unheard.physical_resource_id or ""


def settle(state: State, spec: Spec, *, unasked_id: str) -> State:
    """Return ``state`` after nothing had to be asked for ``spec``: what only Heat reads of it is taken over.

    :param unasked_id: the id of a physical resource that the author asked no handler to create.
    """
    if state.current is None:
        return replace(state, current=PhysicalResource(physical_resource_id=unasked_id, spec=spec))
    settled = replace(state.current, spec=spec, attempted=None)
    return replace(state, current=settled, check_failed=False)


def hinder(state: State, problem: str) -> State:
    """Return ``state`` after the pending request could not be sent at first."""
    return replace(state, pending=replace(state.pending, hindrance=problem)) if state.pending else state


def timeout_reason(pending: Pending, *, sent: bool, limit: str = "") -> str:
    """Return why a request failed that its handler did not answer in time.

    :param sent: False where it surely never was.
    :param limit: how long it had; empty where that was its ServiceTimeout.
    """
    handler = f"ServiceToken {_shown(pending.spec.service_token)}" if pending.spec.service_token else "the handler"
    waited = int((pending.deadline - pending.asked_at).total_seconds())
    request = f"the {pending.request_type} request"
    limit = limit or f"within {waited} seconds (ServiceTimeout)"
    if not sent:
        return f"Could not send {request} to {handler} {limit}: {pending.hindrance or 'no service took it'}"
    late = f"; at first it could not be sent: {pending.hindrance}" if pending.hindrance else ""
    return f"No answer to {request} from {handler} {limit}{late}"


def _shown(service_token: str) -> str:
    # What follows the '?' may be a pre-signed queue's signature.
    return service_token.partition("?")[0][:200]
