"""A notification publisher of Mistral's (entry point ``mistral.notification.publishers``, named ``customresource``).

Mistral calls it in its notifier once an execution has ended and that is committed. It puts a hint on the message bus
for the bridges, and nothing else: no outcome, no input, no output. Executions that are not a custom resource's cost
nothing but a look at their id. What goes wrong is Mistral's to log; the bridges look for themselves anyway.
"""

from collections.abc import Mapping
from typing import Any

import oslo_messaging
from oslo_config import cfg

from customresource_bridge.protocol import ids
from customresource_bridge.protocol.messaging import hint

ENDED = frozenset({"WORKFLOW_SUCCEEDED", "WORKFLOW_FAILED", "WORKFLOW_CANCELLED"})


class Publisher:
    """Publishes hints on the bus of Mistral's own transport_url, which is in oslo.config's global configuration."""

    def __init__(self) -> None:
        self._client: Any = None

    def publish(self, ctx: Any, ex_id: str, data: Mapping[str, Any], event: str, timestamp: Any, **kwargs: Any) -> None:
        """Tell the bridges of an execution's end."""
        del ctx, timestamp, kwargs
        if event in ENDED and not data.get("task_execution_id") and ids.is_execution_id(ex_id):
            self._bridges().cast({}, hint.METHOD, execution_id=ex_id)

    def _bridges(self) -> Any:
        if self._client is None:
            target = oslo_messaging.Target(topic=hint.TOPIC, version=hint.VERSION, fanout=True)
            # One retry: a broker in trouble must not hold up Mistral for a hint.
            self._client = oslo_messaging.get_rpc_client(oslo_messaging.get_rpc_transport(cfg.CONF), target, retry=1)
        return self._client
