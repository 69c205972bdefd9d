"""What a resource remembers after something happened to its request: state in, state out. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from customresource_bridge.plugin.lifecycle.plan import Ask
from customresource_bridge.plugin.lifecycle.spec import ReplacePolicy, Spec
from customresource_bridge.plugin.lifecycle.state import Pending, PhysicalResource, State
from customresource_bridge.protocol import Identity, RequestType, Response, Status
from customresource_bridge.protocol.ids import default_physical_resource_id


def ask(  # noqa: PLR0913 - what is known of the operation, by name
    state: State, step: Ask, *, identity: Identity, traversal: str, now: datetime, rollback: bool = False
) -> State:
    """Return ``state`` with the request of ``step`` pending.

    :param identity: the new request's.
    :param operation: Heat's traversal.
    :param rollback: whether that one is a rollback.

    A Create that never answered gets its Delete with the id that is derived for it.
    """
    physical_resource_id = step.physical_resource_id
    if step.request_type is RequestType.DELETE and not physical_resource_id:
        physical_resource_id = default_physical_resource_id(
            stack_id=identity.stack_id,
            logical_resource_id=identity.logical_resource_id,
            request_id=step.previous_request_id or identity.request_id,
        )
    pending = Pending(
        request_id=identity.request_id,
        request_type=step.request_type,
        spec=step.spec,
        traversal=traversal,
        asked_at=now,
        deadline=now + timedelta(seconds=step.spec.service_timeout),
        physical_resource_id=physical_resource_id,
        old_properties=dict(step.old.properties) if step.old else None,
        previous_request_id=step.previous_request_id,
        superseded=step.superseded,
        rollback=rollback,
    )
    interrupted = state.pending if state.pending is not None else state.abandoned
    abandoned = interrupted if step.request_type is RequestType.DELETE else None
    return replace(state, pending=pending, abandoned=abandoned)


def accept(state: State, response: Response) -> State:
    """Return ``state`` after the pending request was answered."""
    pending = state.pending
    if pending is None:
        return state
    match pending.request_type:
        case RequestType.CREATE:
            return _created(state, pending, response)
        case RequestType.UPDATE:
            return _updated(state, pending, response)
        case RequestType.DELETE:
            return _deleted(state, pending, response)


def _created(state: State, pending: Pending, response: Response) -> State:
    physical = PhysicalResource(
        physical_resource_id=_id_of(response, pending),
        spec=pending.spec,
        created=response.status is Status.SUCCESS,
        data=response.data,
        no_echo=response.no_echo,
    )
    return replace(state, current=physical, pending=None, abandoned=None)


def _id_of(response: Response, create: Pending) -> str:
    return response.physical_resource_id or default_physical_resource_id(
        stack_id=response.identity.stack_id,
        logical_resource_id=response.identity.logical_resource_id,
        request_id=create.request_id,
    )


def _updated(state: State, pending: Pending, response: Response) -> State:
    old = state.current
    if old is None:
        return replace(state, pending=None)
    if response.status is not Status.SUCCESS:
        # The stored id stays: CloudFormation ignores the id of a FAILED Update.
        return replace(state, current=replace(old, attempted=pending.spec), pending=None)
    new = PhysicalResource(
        physical_resource_id=response.physical_resource_id or old.physical_resource_id,
        spec=pending.spec,
        data=response.data,
        no_echo=response.no_echo,
    )
    superseded = [
        physical for physical in state.superseded if physical.physical_resource_id != new.physical_resource_id
    ]
    replaced = new.physical_resource_id != old.physical_resource_id
    # The policy is for what an update replaces, not for what a rollback puts back.
    retained = pending.spec.update_replace_policy is ReplacePolicy.RETAIN and not pending.rollback
    if replaced and not retained:
        superseded.append(old)
    return replace(state, current=new, pending=None, abandoned=None, superseded=tuple(superseded))


def _deleted(state: State, pending: Pending, response: Response) -> State:
    if pending.superseded:
        return _let_be(state, pending)
    if response.status is Status.SUCCESS:
        return replace(state, current=None, pending=None, abandoned=None)
    return replace(state, pending=None, current=state.current or _rest_of_create(state, pending), abandoned=None)


def _let_be(state: State, delete: Pending) -> State:
    # Best effort, as CloudFormation's clean-up: a superseded thing that will not go does not fail the stack.
    kept = tuple(
        physical for physical in state.superseded if physical.physical_resource_id != delete.physical_resource_id
    )
    return replace(state, pending=None, superseded=kept)


def _rest_of_create(state: State, pending: Pending) -> PhysicalResource | None:
    # The Delete of a Create that never answered FAILED: there is something, under the id that the Delete named.
    if state.abandoned is None or pending.physical_resource_id is None:
        return None
    return PhysicalResource(physical_resource_id=pending.physical_resource_id, spec=pending.spec, created=False)


def give_up(state: State) -> State:
    """Return ``state`` after the pending request's deadline passed unanswered."""
    pending = state.pending
    if pending is None:
        return state
    if pending.superseded:
        return _let_be(state, pending)
    physical = state.current
    if physical is not None and pending.request_type is RequestType.UPDATE:
        physical = replace(physical, attempted=pending.spec)
    if pending.request_type is RequestType.DELETE:
        physical = physical or _rest_of_create(state, pending)
    return replace(state, current=physical, pending=None, abandoned=pending)


def settle(state: State, spec: Spec, *, unasked_id: str) -> State:
    """Return ``state`` after nothing had to be asked for ``spec``: what only Heat reads of it is taken over.

    :param unasked_id: the id of a thing that the author asked nobody to create.
    """
    if state.current is None:
        return replace(state, current=PhysicalResource(physical_resource_id=unasked_id, spec=spec))
    return replace(state, current=replace(state.current, spec=spec, attempted=None))


def withdraw(state: State) -> State:
    """Return ``state`` after the pending request turned out never to have been sent."""
    pending = state.pending
    if pending is not None and pending.superseded:
        return _let_be(state, pending)
    return replace(state, pending=None)


def hinder(state: State, problem: str) -> State:
    """Return ``state`` after the pending request could not be sent at first."""
    return replace(state, pending=replace(state.pending, hindrance=problem)) if state.pending else state


def learn(state: State, late: Response) -> State:
    """Return ``state`` with what a late answer to the abandoned Create or Update tells about the thing it made.

    A Create's counts until its Delete is out: that one stops it, and finds the id where a bridge handles both.
    """
    late_one = state.abandoned
    if late_one is None:
        return state
    if late_one.request_type is RequestType.CREATE and state.current is None and state.pending is None:
        physical = PhysicalResource(physical_resource_id=_id_of(late, late_one), spec=late_one.spec, created=False)
        return replace(state, current=physical, abandoned=None)
    made = late.physical_resource_id
    if late_one.request_type is not RequestType.UPDATE or late.status is not Status.SUCCESS or not made:
        return state
    known = {
        physical.physical_resource_id for physical in (*state.superseded, *([state.current] if state.current else []))
    }
    if made in known:
        return state
    return replace(
        state, superseded=(*state.superseded, PhysicalResource(physical_resource_id=made, spec=late_one.spec))
    )


def timeout_reason(pending: Pending, *, sent: bool) -> str:
    """Return why a request failed that nobody answered in time.

    :param sent: False where it surely never was.
    """
    handler = f"ServiceToken {_named(pending.spec.service_token)}" if pending.spec.service_token else "the handler"
    waited = int((pending.deadline - pending.asked_at).total_seconds())
    request = f"the {pending.request_type} request {pending.request_id}"
    limit = f"within {waited} seconds (ServiceTimeout)"
    if not sent:
        return f"Could not send {request} to {handler} {limit}: {pending.hindrance or 'nobody took it'}"
    late = f"; at first it could not be sent: {pending.hindrance}" if pending.hindrance else ""
    return f"No answer to {request} from {handler} {limit}{late}"


def _named(service_token: str) -> str:
    # What follows the '?' may be a pre-signed queue's signature.
    return service_token.partition("?")[0][:200]
