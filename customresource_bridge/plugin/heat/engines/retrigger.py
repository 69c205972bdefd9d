"""Has an engine work on a row again that waits without a thread, or whose engine died: by Heat's own message.

The lease decides that one message is sent, however many processes want it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from heat.common import context as heat_context
from heat.engine import check_resource
from heat.engine.stack import ConvergenceNode
from heat.rpc import listener_client
from oslo_log import log as logging

from customresource_bridge.plugin.heat import authority, leases, queries, resource_data
from customresource_bridge.plugin.heat.engines import unasked
from customresource_bridge.plugin.heat.engines.messages import HEAT_CALLS, HeatCalls, fail, input_data, send
from customresource_bridge.plugin.lifecycle import story
from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.schedule import LOST
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.protocol import RequestType

LOG = logging.getLogger(__name__)

ENDED = {
    RequestType.UPDATE: "The stack's update ended before this was answered. "
    "The stack's next operation takes up the answer.",
    RequestType.CHECK: "The stack's check ended before this was answered.",
}
"""Why a request fails that ends with its stack's operation."""


def retrigger(context: Any, stack: Any, row_id: int, *, now: datetime, heat: HeatCalls = HEAT_CALLS) -> bool:
    """Have an engine work on a row again, unless one does already; return whether it was asked to.

    :param stack: the row's stack, freshly loaded.
    """
    return go_on(context, row_id, lambda: stack, now=now, heat=heat)


def go_on(  # noqa: PLR0913 - what it works with, by name
    context: Any,
    row_id: int,
    find_stack: Callable[[], Any],
    *,
    now: datetime,
    alive: Callable[[str], bool] | None = None,
    heat: HeatCalls = HEAT_CALLS,
) -> bool:
    """Do as :func:`retrigger`, and load the row's stack only where an engine is to be asked.

    :param find_stack: loads it; None where it is gone.
    :param alive: returns whether an engine answers; :func:`is_alive`, if None.
    """
    lock = queries.lock_of(context, row_id)
    if lock is None or lock[0] != "IN_PROGRESS":
        return False
    engine_id = lock[1]
    if engine_id is not None:
        if (alive or is_alive)(engine_id):
            return False
        stack = find_stack()
        return stack is not None and take_over(context, stack, row_id, engine_id, now=now, heat=heat)
    lease = leases.read(context, row_id)
    if lease is None or not lease.is_parked:
        return False  # a message is on its way, and two would have two engines work on it, one after the other
    stack = find_stack()
    return stack is not None and wake(context, stack, row_id, lease, lease.waking(until=now + LOST), heat=heat)


def wake(  # noqa: PLR0913 - what it compares, by place
    context: Any, stack: Any, row_id: int, lease: Lease, waking: Lease, *, heat: HeatCalls = HEAT_CALLS
) -> bool:
    """Have an engine work on a row that no engine has locked, unless its lease changed; return whether it was asked."""
    return leases.swap(context, row_id, lease, waking) and _trigger(context, stack, row_id, heat)


def take_over(  # noqa: PLR0913 - what it needs, by place
    context: Any,
    stack: Any,
    row_id: int,
    dead_engine_id: str,
    *,
    now: datetime,
    heat: HeatCalls = HEAT_CALLS,
) -> bool:
    """Have an engine work on a row whose engine died; return whether it was asked to."""
    if not leases.take_over(context, row_id, dead_engine_id, lambda lease: lease.waking(until=now + LOST)):
        return False
    LOG.info("Engine %s died while resource %s waited; going on without it", dead_engine_id, row_id)
    return _trigger(context, stack, row_id, heat)


def is_alive(engine_id: str) -> bool:
    """Return whether an engine answers."""
    # With an administrator's context: with the stack's stored authority the call would first log in to Keystone.
    return bool(listener_client.EngineListenerClient(engine_id).is_alive(heat_context.get_admin_context()))


def _trigger(context: Any, stack: Any, row_id: int, heat: HeatCalls) -> bool:
    pending = State.parse(resource_data.read(context, row_id, resource_data.STATE_KEY)).pending
    caller = authority.for_message(stack, context)
    if pending is None:
        return unasked.begin_again(context, caller, stack, row_id, heat)
    # A stack that was cancelled has a new traversal too, but no engine goes through it.
    goes_on = stack.status == stack.IN_PROGRESS and stack.current_traversal
    checks_by_us = stack.action == stack.CHECK and pending.request_type is RequestType.CHECK
    heat_s_own = stack.action in queries.HEAT_S_OWN and not checks_by_us
    if goes_on and heat_s_own:
        return False  # it takes no answer; once it is over, the lease has the monitor come back
    if goes_on and pending.traversal != stack.current_traversal:
        return _by_heat(caller, stack, row_id, heat)
    is_update = pending.request_type is not RequestType.DELETE
    data = input_data(context, stack, row_id, is_update=is_update)
    ended = data is None or heat_s_own
    if ended and pending.request_type in ENDED:
        # Without the operation's data an Update's new properties could not be resolved, and would be stored wrong.
        reason = story.with_ids(ENDED[pending.request_type], pending.request_id)
        fail(caller, row_id, reason, heat, unless="DELETE")
        return False
    if heat_s_own:
        is_update = _node_of_heat_s_own(stack, row_id).is_update
    send(caller, stack, row_id, data, is_update=is_update, heat=heat)
    return True


def _node_of_heat_s_own(stack: Any, row_id: int) -> ConvergenceNode:
    """Return the node by which an operation of Heat's own calls the resource: see ``convergence``.

    Before Heat 26 such an operation goes through no graph: the stack's is still that of the operation before it, and
    has the row's other node.
    """
    usual = ConvergenceNode(row_id, stack.action != stack.SUSPEND)
    other = ConvergenceNode(row_id, not usual.is_update)
    graph = stack.convergence_dependencies.graph()
    return other if other in graph and usual not in graph else usual


def _by_heat(context: Any, stack: Any, row_id: int, heat: HeatCalls) -> bool:
    """Have Heat itself see whether another operation's graph is ready for the row."""
    if ConvergenceNode(row_id, True) in stack.convergence_dependencies.graph() and queries.is_replaced(context, row_id):
        return False  # that operation has put another in its place already, and cleans it up by itself
    try:
        check_resource.CheckResource(None, heat.client(), None, None, {}).retrigger_check_resource(
            context, row_id, stack
        )
    except KeyError:
        return False  # the graph does not know the row
    return True
