"""Heat's events: what a stack's owner reads of a resource beside its changes of state.

Heat's own engine threads write them by the resource; here they are written of a row whose resource is not loaded.
"""

from typing import Any

from heat.engine import event
from oslo_db import exception as db_exception
from oslo_log import log as logging

from customresource_bridge.plugin.heat import queries
from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.plugin.lifecycle import story
from customresource_bridge.protocol.printing import in_clear

LOG = logging.getLogger(__name__)


def tell(ref: ResourceRef, text: str) -> None:
    """Write an event of a resource; nothing else depends on it, and it raises nothing."""
    try:
        row = queries.standing_of(ref.context, ref.row_id)
        if row is not None:
            _event(ref, row, story.as_event(in_clear(text))).store()
    except db_exception.DBError as error:
        wrong = type(error).__name__
    else:
        return
    # Not while the error is handled: oslo.log would add its text, which quotes what was to be stored.
    LOG.warning("Stack %s: an event was not written: %s", ref.stack_uuid, wrong)


def _event(ref: ResourceRef, row: tuple[str, str, str | None, int | None], text: str) -> Any:
    action, status, physical_resource_id, properties = row
    return event.Event(
        ref.context, ref.stack, action, status, text, physical_resource_id, properties, {}, ref.name, ref.type
    )
