"""A row of Heat's tables, its stack, and the messages that were sent about it; needs Heat."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from types import SimpleNamespace
from typing import Any

from heat.db import models
from heat.engine import sync_point
from heat.engine.stack import ConvergenceNode
from heat_tables import Tables
from plugin_parts import NOW, a_stack, pending

from customresource_bridge.plugin.heat.engines import retrigger
from customresource_bridge.plugin.lifecycle.lease import Lease, LeaseState
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.protocol import RequestType

Graph = Mapping[ConvergenceNode, AbstractSet[ConvergenceNode]]
"""The nodes of an operation, each with those that come before it."""
PARKED = Lease(request_id="r", posts=1, next_post_at=NOW, expires_at=NOW, state=LeaseState.PARKED)


class Bus:
    """A parked row, and the messages that were sent about it: for which traversal, and whether to update it.

    :param request_type: of its request; None for a row without one, whose engine died before it had asked.
    :param loaded: what Heat loads of it.
    """

    def __init__(
        self, request_type: RequestType | None = RequestType.CREATE, *, loaded: Any = None, **row: Any
    ) -> None:
        self.tables = Tables()
        self.row_id = self.tables.row(**row)
        state = State() if request_type is None else State(pending=pending(request_type=request_type))
        self.tables.remember(self.row_id, state, PARKED)
        self.sent: list[tuple[str, bool]] = []
        self.data: list[Any] = []
        self.heat = retrigger.HeatCalls(client=lambda: self, load=lambda *_row: loaded)

    def check_resource(self, *args: Any, **_more: Any) -> None:
        """Take a message, as Heat's client does, and what goes with it."""
        _context, _row_id, traversal, data, is_update, *_ = args
        self.sent.append((traversal, is_update))
        self.data.append(data)

    def stack(self, traversal: str = "mine", *, in_graph: bool = True, **more: Any) -> Any:
        """Return the row's stack, in whose graph it is to be updated, or cleaned up, and waits for nothing."""
        return self.stack_of({ConvergenceNode(self.row_id, in_graph): set()}, traversal, **more)

    def stack_of(self, graph: Graph, traversal: str = "mine", **more: Any) -> Any:
        """Return the row's stack with a graph that Heat counts through; without a traversal it does so no more."""
        if traversal:
            for node in (*graph, ConvergenceNode(self.tables.stack_uuid, True)):
                self.count(node, traversal)
        return a_stack(
            **{
                "id": self.tables.stack_uuid,
                "current_traversal": traversal,
                "convergence_dependencies": SimpleNamespace(graph=lambda: graph),
                "tenant_id": self.tables.context.project_id,
                "stored_context": lambda: self.tables.context,
                **more,
            }
        )

    def count(self, node: ConvergenceNode, traversal: str) -> None:
        """Have Heat count what is done of what a node waits for: nothing is yet."""
        point = {"traversal_id": traversal, "is_update": node.is_update, "atomic_key": 0, "input_data": {}}
        with self.tables.writing() as session:
            entity = {"entity_id": str(node.rsrc_id), "stack_id": self.tables.stack_uuid}
            session.add(models.SyncPoint(**entity, **point))

    def done(self, before: ConvergenceNode, node: ConvergenceNode, traversal: str = "mine") -> None:
        """Have Heat count what comes before a node as done."""
        key = (str(node.rsrc_id), traversal, node.is_update)
        with self.tables.writing() as session:
            session.get(models.SyncPoint, key).input_data = sync_point.serialize_input_data({before: {}})

    def retrigger(self, stack: Any) -> bool:
        return retrigger.retrigger(self.tables.context, stack, self.row_id, now=NOW, heat=self.heat)
