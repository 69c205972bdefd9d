"""heat-engine's log of requests: one line for each step, at INFO, in the words that the bridge and the gateway use.

What is logged as a step that has a figure is counted too.
"""

import logging

from oslo_log import log as oslo_log

from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.plugin.metrics.figures import FIGURES, TROUBLES, Step
from customresource_bridge.protocol import Identity
from customresource_bridge.protocol.naming import named, shown
from customresource_bridge.protocol.printing import one_line

LOG = oslo_log.getLogger(__name__)


def log_step(
    ref: ResourceRef, pending: Pending, said: str, *, level: int | None = None, step: Step | None = None
) -> None:
    """Log one step of a request, and count it.

    :param said: what happened; nothing secret. It may hold what a service said.
    :param level: by default a warning for a step that is one of trouble, else INFO.
    :param step: what it is counted as; None where it is not.
    """
    identity = Identity(stack_id=ref.stack_id, request_id=pending.request_id, logical_resource_id=ref.name)
    kind = str(pending.request_type)
    level = level or (logging.WARNING if step in TROUBLES else logging.INFO)
    LOG.log(level, "%s: %s", shown(identity, kind), one_line(said), extra=named(identity, kind))
    if step is not None:
        FIGURES.count(step, pending.request_type)
