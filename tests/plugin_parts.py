"""What the tests of waiting resources are made of: a stack as Heat has it, and a request that is out."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from customresource_bridge.bridge.operator.threads import choose_threads
from customresource_bridge.compat import UTC

choose_threads()  # else Heat's modules load eventlet

from heat.engine.stack import ConvergenceNode  # noqa: E402

from customresource_bridge.plugin.lifecycle.spec import Spec  # noqa: E402
from customresource_bridge.plugin.lifecycle.state import Pending  # noqa: E402
from customresource_bridge.protocol import RequestType  # noqa: E402

NOW = datetime.now(UTC)
CALLER = SimpleNamespace(project_id="p", auth_token="t", to_dict=dict)
"""Who has a token of the stack's project."""


def pending(traversal: str = "mine", request_type: RequestType = RequestType.UPDATE) -> Pending:
    deadline = NOW + timedelta(hours=1)
    return Pending(
        request_id="r",
        request_type=request_type,
        spec=Spec(resource_type="T"),
        traversal=traversal,
        asked_at=NOW,
        deadline=deadline,
    )


def a_stack(**more: Any) -> Any:
    graph = {ConvergenceNode(1, True): set()}
    convergence = SimpleNamespace(graph=lambda: graph)
    values = {"status": "IN_PROGRESS", "current_traversal": "mine", "convergence_dependencies": convergence}
    values |= {
        "id": "s",
        "tenant_id": "p",
        "stored_context": lambda: CALLER,
        "action": "UPDATE",
        "SUSPEND": "SUSPEND",
        "CHECK": "CHECK",
        "has_timed_out": lambda: False,
    }
    return SimpleNamespace(IN_PROGRESS="IN_PROGRESS", CREATE="CREATE", converge=False, **{**values, **more})
