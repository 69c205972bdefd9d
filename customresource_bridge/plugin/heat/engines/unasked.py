"""Rows whose engine died between Heat's noting that something is done to them and the plugin's noting its request.

Nothing remembers what was to be asked. The row's action does not say either: a deletion may have begun since it was
updated, or another update since it was cleaned up. What counts is what the stack's operation has left of the row.
"""

from contextlib import suppress
from typing import Any

from heat.common import exception
from heat.engine import sync_point
from heat.engine.stack import ConvergenceNode

from customresource_bridge.plugin.heat import checks, queries
from customresource_bridge.plugin.heat.engines.messages import HeatCalls, fail, input_data, send

ENDED = (
    "Its heat-engine ended before it had asked the handler, and the stack's operation has ended since. "
    "The stack's next operation asks."
)
"""Why such a row fails."""


def begin_again(context: Any, caller: Any, stack: Any, row_id: int, heat: HeatCalls) -> bool:
    """Have an engine do what the stack's operation has left of a row that no engine works on.

    :param caller: the context that the message is sent with.
    :returns: whether there is any; a row whose turn is yet to come gets it from Heat.
    """
    if stack.status != stack.IN_PROGRESS or not stack.current_traversal:
        fail(caller, row_id, ENDED, heat)
        return False
    if stack.action in queries.UNANSWERED:
        return False  # Heat cannot go on with it; it is looked at again once that is over
    if stack.action == stack.CHECK:
        # Before Heat 26 a check goes through no graph, and the stack's is that of the operation before it.
        data = input_data(context, stack, row_id, is_update=True)
        send(caller, stack, row_id, data, is_update=True, heat=heat)
        return True
    node = _next_node(context, stack, row_id)
    if node is None:
        return False  # it is no part of the operation
    if node.rsrc_id == row_id:
        _when_ready(caller, stack, node, heat)
    else:
        # It replaces what the graph knows, and was made since: that one's turn has come.
        data = input_data(context, stack, row_id, is_update=node.is_update)
        send(caller, stack, row_id, data, is_update=node.is_update, heat=heat)
    return True


def _next_node(context: Any, stack: Any, row_id: int) -> ConvergenceNode | None:
    """Return which of a row's nodes in the stack's graph is to be done next; of what it replaces, if it has none."""
    graph = stack.convergence_dependencies.graph()
    kinds = (False,) if checks.is_done(context, row_id, stack.current_traversal) else (True, False)
    for entity in (row_id, queries.replaces(context, row_id)):
        for is_update in kinds:
            if (node := ConvergenceNode(entity, is_update)) in graph:
                return node
    return None


def _when_ready(caller: Any, stack: Any, node: ConvergenceNode, heat: HeatCalls) -> None:
    """Send the message for a node if all is done that it waits for; else Heat sends it when that is."""

    def ready(row_id: int, data: Any, *_of_newer_heat: Any) -> None:
        send(caller, stack, row_id, data, is_update=node.is_update, heat=heat)

    before = set(stack.convergence_dependencies.graph()[node])
    with suppress(exception.EntityNotFound):  # the operation ended meanwhile, and with it what counts who waits
        # That the node itself is named as done changes nothing; Heat does so, too.
        sync_point.sync(caller, node.rsrc_id, stack.current_traversal, node.is_update, ready, before, {node: None})
