"""The message by which Heat has an engine work on a row, what goes with it, and what is done where none is sent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from heat.common import exception
from heat.engine import resource as heat_resource
from heat.engine import sync_point
from heat.rpc import worker_client
from oslo_log import log as logging

from customresource_bridge.plugin.heat import queries

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCalls:
    """What is called of Heat.

    :ivar client: makes what sends messages to the engines.
    :ivar load: loads a resource by its row, with its definition and its stack as they are by now.
    """

    client: Callable[[], Any] = worker_client.WorkerClient
    load: Callable[..., Any] = heat_resource.Resource.load


HEAT_CALLS = HeatCalls()


def send(  # noqa: PLR0913 - what goes with it, by place
    caller: Any, stack: Any, row_id: int, data: Any, *, is_update: bool, heat: HeatCalls
) -> None:
    """Have an engine work on a row in its stack's traversal.

    :param data: what the row's predecessors in the graph left for it; None for nothing.
    """
    data = data if data is not None else sync_point.serialize_input_data({})
    traversal = stack.current_traversal
    heat.client().check_resource(caller, row_id, traversal, data, is_update, None, converge=stack.converge)


def input_data(context: Any, stack: Any, row_id: int, *, is_update: bool) -> Any:
    """Return what the row's predecessors in the graph left for it, or None where the traversal has ended."""
    for entity in (row_id, queries.replaces(context, row_id)):
        if entity is None:
            continue
        try:
            return sync_point.get(context, entity, stack.current_traversal, is_update).input_data
        except exception.EntityNotFound:
            continue
    return None


def fail(caller: Any, row_id: int, reason: str, heat: HeatCalls, *, unless: str | None = None) -> None:
    """Fail a row in the action that it is in, as its stack's operation has ended and no engine works on it.

    :param unless: the action in which it is left as it is.
    """
    resource, _definition, stack = heat.load(caller, row_id, "", False, {})
    if stack.status == stack.IN_PROGRESS or resource.action == unless:
        return  # another operation has begun since, and may count on the row
    try:
        resource.state_set(resource.action, resource.FAILED, reason, lock=resource.LOCK_RESPECT)
    except exception.UpdateInProgress:
        LOG.info("Resource %s is being worked on again", row_id)
