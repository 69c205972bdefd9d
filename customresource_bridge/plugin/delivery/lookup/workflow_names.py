"""Whether a workflow that a template names is there, and which one may be meant. A hint: Mistral may not be asked."""

from difflib import get_close_matches

from heat.common import exception
from oslo_log import log as logging

from customresource_bridge import errors
from customresource_bridge.plugin.delivery.lookup.recently_seen import RecentlySeen
from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.protocol.naming import printable

LOG = logging.getLogger(__name__)

_PATIENCE = 3.0
_SEEN = RecentlySeen(seconds=60.0)


def problem(ref: ResourceRef, workflow: str, namespace: str | None, *, seen: RecentlySeen = _SEEN) -> str | None:
    """Return what is wrong with a workflow's name; None where it is there, or Mistral does not say.

    :param seen: which workflows were there a moment ago.
    """
    key = (ref.project_id, workflow, namespace)
    if key in seen:
        return None
    try:
        mistral = ref.mistral(timeout=_PATIENCE)
        if mistral.has_workflow(workflow, namespace=namespace):
            seen.add(key)
            return None
        names = mistral.workflow_names()  # who is no Mistral, and answers 404 to everything, does so here too
    except (errors.CustomResourceError, exception.HeatException) as error:
        LOG.info("Workflow '%s' was not looked for: %s", printable(workflow[:200]), type(error).__name__)
        return None
    close = [] if namespace else get_close_matches(workflow, names, n=1)
    remedy = f"did you mean '{close[0]}'?" if close else "create it first (openstack workflow create)"
    return f"There is no workflow '{workflow[:200]}' in this project: {remedy}"
