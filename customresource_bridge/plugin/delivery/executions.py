"""The workflow executions of a resource's requests, as Mistral has them, whoever started them. It changes none."""

from heat.common import exception
from oslo_log import log as logging

from customresource_bridge import errors
from customresource_bridge.clients.mistral import Execution
from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.protocol import QueueToken, SignedQueueToken, description, ids, parse_service_token

LOG = logging.getLogger(__name__)

_PATIENCE = 3.0
"""Seconds that what is worth knowing may hold up what must be done."""


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


def found(ref: ResourceRef, pending: Pending) -> Execution | None:
    """Return the execution by which a bridge handles a request, without what went in and came out.

    A Delete may run in the place of the request that it puts an end to.

    :raises ServiceError: Mistral did not say.
    """
    mistral = ref.mistral(timeout=_PATIENCE)
    for request_id in (pending.request_id, pending.previous_request_id):
        known = None if request_id is None else mistral.glance(execution_id(ref, request_id))
        if known is not None and description.is_of(known.description, pending.request_type, pending.request_id):
            return known
    return None


def found_id(ref: ResourceRef, pending: Pending) -> str | None:
    """Return the id of the execution by which a bridge handles a request; None where none is, or none can be seen."""
    if not is_for_bridge(pending):
        return None
    try:
        known = found(ref, pending)
    except (errors.CustomResourceError, exception.HeatException) as error:
        LOG.info("Stack %s: an execution was not looked for: %s", ref.stack_uuid, type(error).__name__)
        return None
    return None if known is None else known.id
