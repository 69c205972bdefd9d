"""CloudFormation's clean-up order: nothing is deleted before every resource of the stack is updated."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Protocol

from heat.common import exception
from heat.engine import scheduler

from customresource_bridge.plugin.heat import queries
from customresource_bridge.plugin.heat.checks import DropCheck

_LONGEST_PAUSE = 5
"""Seconds between two looks at whether a long update is done."""


class Questions(Protocol):
    """What is asked of Heat's database: see ``queries``."""

    def standing(self, context: Any, stack_id: str) -> tuple[str, str] | None:
        """Return a stack's current traversal and its status, or None where it is gone."""

    def settled(self, context: Any, stack_id: str, template_id: int) -> set[str]:
        """Return the names of a stack's resources that are there, COMPLETE by a template."""

    def template_of(self, context: Any, row_id: int) -> int | None:
        """Return the template that a row was created or updated by last, or None where the row is gone."""


def wait_for_updates(
    resource: Any,
    timeout: float,
    progress_callback: Callable[[], None] | None,
    *,
    asked: Questions = queries,
    step_seconds: float = 1,
) -> None:
    """Wait until every resource of the stack is updated, as CloudFormation does before it deletes anything.

    :param step_seconds: how long a step of Heat's task runner takes: a pause is as many steps as it has seconds.

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
            status = _status(resource, asked)
            if status == resource.stack.IN_PROGRESS:
                if _all_settled(resource, asked):
                    return
            elif failed:
                raise DropCheck
            else:
                failed = True  # look once more: its rollback may be about to begin
            yield min(1 + looks // 4, _LONGEST_PAUSE)

    run = scheduler.TaskRunner(_task)
    run(wait_time=step_seconds, timeout=timeout, progress_callback=progress_callback)
    if asked.template_of(resource.context, resource.id) != resource.current_template_id:
        raise exception.UpdateInProgress(resource_name=resource.name)


def _status(resource: Any, asked: Questions) -> str:
    standing = asked.standing(resource.context, resource.stack.id)
    if standing is None:
        raise DropCheck
    traversal, status = standing
    if traversal != resource.stack.current_traversal:
        raise exception.UpdateInProgress(resource_name=resource.name)
    return str(status)


def _all_settled(resource: Any, asked: Questions) -> bool:
    stack = resource.stack
    wanted = set(stack.defn.enabled_rsrc_names())
    return wanted <= asked.settled(resource.context, stack.id, stack.t.id)
