"""A row of Heat's tables, its stack, and the messages that were sent about it; needs Heat."""

from types import SimpleNamespace
from typing import Any

from heat.db import models
from heat.engine.stack import ConvergenceNode
from heat_tables import Tables
from plugin_parts import NOW, a_stack, pending

from customresource_bridge.plugin.heat.engines import retrigger
from customresource_bridge.plugin.lifecycle.lease import Lease, LeaseState
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.protocol import RequestType

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
        self.heat = retrigger.HeatCalls(client=lambda: self, load=lambda *_row: loaded)

    def check_resource(self, *args: Any, **_more: Any) -> None:
        """Take a message, as Heat's client does."""
        _context, _row_id, traversal, _data, is_update, *_ = args
        self.sent.append((traversal, is_update))

    def stack(self, traversal: str = "mine", *, in_graph: bool = True, nodes: Any = (), **more: Any) -> Any:
        """Return the row's stack, in whose graph it is to be updated, or cleaned up; Heat counts what it waits for.

        :param nodes: which of the two, where it is both.
        """
        nodes = nodes or (in_graph,)
        for is_update in nodes if traversal else ():
            point = {"traversal_id": traversal, "is_update": is_update, "atomic_key": 0, "input_data": {}}
            with self.tables.writing() as session:
                session.add(models.SyncPoint(entity_id=str(self.row_id), stack_id=self.tables.stack_uuid, **point))
        dependencies = SimpleNamespace(graph=lambda: {ConvergenceNode(self.row_id, node): set() for node in nodes})
        return a_stack(
            **{
                "id": self.tables.stack_uuid,
                "current_traversal": traversal,
                "convergence_dependencies": dependencies,
                "tenant_id": self.tables.context.project_id,
                "stored_context": lambda: self.tables.context,
                **more,
            }
        )

    def retrigger(self, stack: Any) -> bool:
        return retrigger.retrigger(self.tables.context, stack, self.row_id, now=NOW, heat=self.heat)
