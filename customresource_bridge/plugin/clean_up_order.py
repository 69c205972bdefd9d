"""CloudFormation's clean-up order: nothing is deleted before every resource of the stack is updated."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from heat.common import exception
from heat.engine import scheduler

from customresource_bridge.plugin.heat import queries
from customresource_bridge.plugin.heat.checks import DropCheck

_LONGEST_PAUSE = 5
"""Seconds between two looks at whether a long update is done."""


def wait_for_updates(resource: Any, timeout: float, progress_callback: Callable[[], None] | None) -> None:
    """Wait until every resource of the stack is updated, as CloudFormation does before it deletes anything.

    :raises DropCheck: the stack's operation has failed; what was to be deleted may be needed again, and the
        clean-up of the operation that succeeds will come back to it.
    :raises UpdateInProgress: another operation has begun, which comes to the resource by itself; or the resource was
        updated meanwhile: as it was loaded before that, it would be deleted. Not DropCheck, at which Heat has the
        other operation check the resource a second time: of two checks at once, the one that comes too late tries
        again, and Heat, which knows whole seconds only, lets it write what it had read before the other.
    """

    def _task() -> Iterator[int]:
        failed = False
        for looks in count():
            status = _status(resource)
            if status == resource.stack.IN_PROGRESS:
                if _all_settled(resource):
                    return
            elif failed:
                raise DropCheck
            else:
                failed = True  # look once more: its rollback may be about to begin
            yield min(1 + looks // 4, _LONGEST_PAUSE)

    scheduler.TaskRunner(_task)(timeout=timeout, progress_callback=progress_callback)
    if queries.template_of(resource.context, resource.id) != resource.current_template_id:
        raise exception.UpdateInProgress(resource_name=resource.name)


def _status(resource: Any) -> str:
    standing = queries.standing(resource.context, resource.stack.id)
    if standing is None:
        raise DropCheck
    traversal, status = standing
    if traversal != resource.stack.current_traversal:
        raise exception.UpdateInProgress(resource_name=resource.name)
    return str(status)


def _all_settled(resource: Any) -> bool:
    stack = resource.stack
    wanted = set(stack.defn.enabled_rsrc_names())
    settled: set[str] = queries.settled(resource.context, stack.id, stack.t.id)
    return wanted <= settled
