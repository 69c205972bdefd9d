"""Rows whose engine died between Heat's noting that something is done to them and the plugin's noting its request.

Nothing remembers what was to be asked. The row's action does not say either: a deletion may have begun since it was
updated, or another update since it was cleaned up. What counts is what the stack's operation has left of the row, and
whether its turn has come: done too soon, it would lack what others give it, and Heat takes an operation for complete
when its last row is, whatever the others do.
"""

from typing import Any

from heat.common import exception
from heat.engine import resource as heat_resource
from heat.engine import sync_point
from heat.engine.stack import ConvergenceNode

from customresource_bridge.plugin.heat import checks, queries
from customresource_bridge.plugin.heat.engines.messages import HeatCalls, fail, input_data, send

ENDED = (
    "Its heat-engine ended while it worked on this, and the stack's operation has ended since. "
    "The stack's next operation goes on with it."
)
"""Why such a row fails."""
CHECKS_BY_GRAPH = hasattr(heat_resource.Resource, "check_convergence")
"""Whether a stack's check goes through its graph, as since Heat 26; before, the graph is the last operation's."""


def begin_again(  # noqa: PLR0913, PLR0917 - what it needs, by place
    context: Any, caller: Any, stack: Any, row_id: int, heat: HeatCalls, checks_by_graph: bool = CHECKS_BY_GRAPH
) -> bool:
    """Have an engine do what the stack's operation has left of a row that no engine works on.

    :param caller: the context that the message is sent with.
    :returns: whether there is any; a row whose turn is yet to come gets it from Heat.
    """
    if stack.status != stack.IN_PROGRESS or not stack.current_traversal:
        fail(caller, row_id, ENDED, heat)
        return False
    if stack.action in queries.UNANSWERED:
        return False  # Heat cannot go on with it; it is looked at again once that is over
    if stack.action == stack.CHECK and not checks_by_graph:
        if queries.action_of(context, row_id) != stack.CHECK:
            return False
        data = input_data(context, stack, row_id, is_update=True)
        send(caller, stack, row_id, data, is_update=True, heat=heat)
        return True
    turn = _turn(context, stack, row_id)
    if turn is None and not stack.has_timed_out():
        return False
    # Heat sees that a stack's time is over where a message comes, and does nothing to the row then.
    is_update, data = turn or (True, None)
    send(caller, stack, row_id, data, is_update=is_update, heat=heat)
    return True


def _turn(context: Any, stack: Any, row_id: int) -> tuple[bool, Any] | None:
    """Return what is to be done next to a row, if its turn has come: whether to update it, and what is left for it."""
    node = _next_node(context, stack, row_id)
    # Heat makes the stack's own count last of all, and without the others' nothing that is done could be told to them.
    if node is None or _left_for(context, stack, ConvergenceNode(stack.id, True)) is None:
        return None
    left = _left_for(context, stack, node)
    before = set(stack.convergence_dependencies.graph()[node])
    if left is None or before - set(sync_point.deserialize_input_data(left)):
        return None
    return node.is_update, left


def _next_node(context: Any, stack: Any, row_id: int) -> ConvergenceNode | None:
    """Return which of a row's nodes in the stack's graph is to be done next; of what it replaces, if it has none."""
    graph = stack.convergence_dependencies.graph()
    if stack.action == stack.CHECK:
        kinds = [True]  # there is nothing to be cleaned up
    else:
        kinds = [False] if checks.is_done(context, row_id, stack.current_traversal) else [True, False]
    own = [ConvergenceNode(row_id, is_update) for is_update in kinds]
    replaced = [ConvergenceNode(queries.replaces(context, row_id), True)] if True in kinds else []
    return next((node for node in (*own, *replaced) if node in graph), None)


def _left_for(context: Any, stack: Any, node: ConvergenceNode) -> Any:
    """Return what is left for a node by those before it that are done; None before the operation counts, and after."""
    try:
        return sync_point.get(context, node.rsrc_id, stack.current_traversal, node.is_update).input_data
    except exception.EntityNotFound:
        return None
