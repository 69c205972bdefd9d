"""When a resource that was let go is looked after next. With Heat's Python: ``make unit-plugin``."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from oslo_service import backend

backend.init_backend(backend.BackendType.THREADING)  # else Heat's modules load eventlet

from customresource_bridge.plugin import parking  # noqa: E402
from customresource_bridge.plugin.spec import Delivery, Spec  # noqa: E402
from customresource_bridge.plugin.state import Pending  # noqa: E402
from customresource_bridge.protocol import RequestType  # noqa: E402


@pytest.mark.parametrize(
    ("delivery", "stack_has", "expected"),
    [(Delivery.QUEUE, 3600, 26), (Delivery.DIRECT, 3600, 1), (Delivery.QUEUE, 24, 10)],
    ids=["the next post", "a look at its workflow", "its stack's end"],
)
def test_who_waits_without_a_thread_is_looked_after(delivery: Delivery, stack_has: int, expected: int) -> None:
    now = datetime.now(UTC)
    pending = Pending(
        request_id="r",
        request_type=RequestType.CREATE,
        spec=Spec(resource_type="T", delivery=delivery),
        operation="op",
        asked_at=now - timedelta(seconds=4),
        deadline=now + timedelta(hours=1),
    )
    exchange: Any = SimpleNamespace(due=now + timedelta(seconds=26), pending=pending)
    resource = SimpleNamespace(stack=SimpleNamespace(time_remaining=lambda: stack_has))
    due = parking._due(resource, exchange)
    assert round((due - now).total_seconds()) == expected
