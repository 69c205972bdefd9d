"""heat-engine's log of requests: one line for each step, at INFO, in the words that the bridge and the gateway use."""

import logging

from oslo_log import log as oslo_log

from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.protocol import Identity
from customresource_bridge.protocol.naming import named, shown
from customresource_bridge.protocol.printing import one_line

LOG = oslo_log.getLogger(__name__)


def log_step(ref: ResourceRef, pending: Pending, said: str, *, level: int = logging.INFO) -> None:
    """Log one step of a request.

    :param said: what happened; nothing secret. It may hold what a service said.
    """
    identity = Identity(stack_id=ref.stack_id, request_id=pending.request_id, logical_resource_id=ref.name)
    kind = str(pending.request_type)
    LOG.log(level, "%s: %s", shown(identity, kind), one_line(said), extra=named(identity, kind))
