"""The workflow executions of a resource's requests, as Mistral has them, a user's own included. It changes none."""

from collections.abc import Sequence

from heat.common import exception
from oslo_log import log as logging

from customresource_bridge import errors
from customresource_bridge.clients.mistral.mistral import Execution
from customresource_bridge.plugin.delivery.lookup.recently_seen import RecentlySeen
from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.plugin.lifecycle.request_view import RequestExecution
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.protocol import QueueToken, SignedQueueToken, description, ids, parse_service_token

LOG = logging.getLogger(__name__)

_PATIENCE = 3.0
"""Seconds that what is worth knowing may hold up what must be done."""
_SILENT = RecentlySeen(seconds=30.0)
"""Projects for which Mistral did not answer: it is not asked for them, so that many deadlines at once do not add up."""


def execution_id(ref: ResourceRef, request_id: str) -> str:
    """Return the id that a request's execution has."""
    return ids.execution_id(
        project_id=ref.project_id,
        stack_id=ref.stack_id,
        logical_resource_id=ref.name,
        request_id=request_id,
    )


def is_for_bridge(pending: Pending) -> bool:
    """Return whether a bridge handles a request that is posted, by a workflow."""
    return not isinstance(parse_service_token(pending.spec.service_token), QueueToken | SignedQueueToken)


def found(ref: ResourceRef, request_id: str, *, previous: Sequence[str]) -> Execution | None:
    """Return the execution that handles a request, without what went in and came out.

    :param previous: the requests that it puts an end to: a Delete may run in the place of one of them.
    :raises ServiceError: Mistral did not say.
    """
    mistral = ref.mistral(timeout=_PATIENCE)
    own = mistral.glance(execution_id(ref, request_id))
    if own is not None and description.predecessor_in(own.description) != request_id:
        return own
    for before in previous:
        other = mistral.glance(execution_id(ref, before))
        if other is not None and description.request_in(other.description) == request_id:
            return other
    return None


def seen(
    ref: ResourceRef, request_id: str, *, previous: Sequence[str], silent: RecentlySeen = _SILENT
) -> Execution | None:
    """Return the execution that handles a request, or None where there is none, or none can be seen now.

    :param silent: the projects for which Mistral is not to be asked now.
    """
    if ref.project_id in silent:
        return None
    try:
        return found(ref, request_id, previous=previous)
    except (errors.CustomResourceError, exception.HeatException) as error:
        silent.add(ref.project_id)
        wrong = type(error).__name__
    LOG.info("Stack %s: an execution was not looked for: %s", ref.stack_uuid, wrong)
    return None


def view(ref: ResourceRef, request_id: str, pending: Pending | None) -> RequestExecution | None:
    """Return what is shown of the execution that handles a request."""
    if pending is not None and not is_for_bridge(pending):
        return None
    known = seen(ref, request_id, previous=pending.previous if pending else ())
    return None if known is None else shown(known)


def shown(known: Execution) -> RequestExecution:
    """Return what a reader is shown of an execution."""
    return RequestExecution(id=known.id, state=known.state, workflow=known.workflow_name, ended=known.final)


def id_of(ref: ResourceRef, pending: Pending, *, silent: RecentlySeen = _SILENT) -> str | None:
    """Return the id of the execution by which a bridge handles a request; None where none is, or none can be seen.

    :param silent: the projects for which Mistral is not to be asked now.
    """
    if not is_for_bridge(pending):
        return None
    known = seen(ref, pending.request_id, previous=pending.previous, silent=silent)
    return None if known is None else known.id
