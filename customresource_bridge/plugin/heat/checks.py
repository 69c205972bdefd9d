"""Whether a row's update is done in a stack's operation: each is worked on, and goes on to the next, once.

Heat checks a row when all that it depends on is done, and once more when a row was let go that the check found locked;
the message by which we have an engine work on a row comes on top. So two checks of one row may be on their way in one
traversal. The first that ends says so in the row, and Heat goes on from it to what depends on the row; what comes later
is dropped. Gone through twice, a resource that is replaced next would be created twice.
"""

from typing import Any

from heat.db import models
from heat.engine import check_resource

from customresource_bridge.plugin.heat.transactions import reads, retried, writes

CHECKED_KEY = "custom_resource.checked"

DropCheck: type[BaseException] = check_resource.CancelOperation
"""Raised out of a check, it ends it: Heat does not go on from it, and fails nothing."""


@reads
def is_done(context: Any, row_id: int, traversal: str) -> bool:
    """Return whether a row's update is done in a traversal."""
    found = _row(context, row_id)
    return found is not None and found.value == traversal


@retried
@writes
def finish(context: Any, row_id: int, traversal: str) -> bool:
    """Note that a row's update is done in a traversal; return False where it was noted before.

    The resource's row is locked meanwhile, so that of two at the same moment exactly one is the first.
    """
    if context.session.query(models.Resource.id).filter_by(id=row_id).with_for_update().first() is None:
        return True  # nothing is there to be checked again
    found = _row(context, row_id)
    if found is None:
        found = models.ResourceData(key=CHECKED_KEY, resource_id=row_id, redact=False, decrypt_method="")
        context.session.add(found)
    elif found.value == traversal:
        return False
    found.value = traversal
    context.session.flush()
    return True


@retried
@writes
def reopen(context: Any, row_id: int, traversal: str) -> None:
    """Take back that a row's update is done in a traversal."""
    found = _row(context, row_id)
    if found is not None and found.value == traversal:
        context.session.delete(found)
        context.session.flush()


def _row(context: Any, row_id: int) -> Any:
    return context.session.query(models.ResourceData).filter_by(resource_id=row_id, key=CHECKED_KEY).first()
