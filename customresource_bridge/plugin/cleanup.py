"""The end of things: a stack's queue and signer go with its last custom resource; and CloudFormation's clean-up order.

Called from the resource's clean-up. A resource is DELETE_COMPLETE before it looks whether others are left, so of
several at the same moment at least one sees that it is the last; that two may do the same is harmless.
"""

import threading
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from heat.common import exception
from heat.engine import check_resource, scheduler
from keystoneauth1 import exceptions as ksa_exceptions
from oslo_log import log as logging

from customresource_bridge import errors
from customresource_bridge.plugin import rows, signer, stack_rows, trusts
from customresource_bridge.plugin.place import Place, is_ours
from customresource_bridge.protocol.ids import stack_queue

LOG = logging.getLogger(__name__)

_LONGEST_PAUSE = 5
"""Seconds between two looks at whether a long update is done."""


def after(resource: Any) -> None:
    """Remove what belongs to the stack as a whole, if ``resource`` was its last custom resource."""
    if resource.state != (resource.DELETE, resource.COMPLETE):
        return
    stack = resource.stack
    if stack.action != stack.DELETE and _has_any(resource):
        return
    asked = stack_rows.who_asked(resource.context, stack.id)
    if not asked or stack_rows.anybody_left(resource.context, stack.id):
        return
    place = resource.place
    if _may_be_unread(stack, asked):
        _remove_queues_left(place)
        return
    _remove_queue(place)
    trusts.remove_unneeded(place)
    rows.forget_signer(resource.context, stack.id)
    if stack.action == stack.DELETE:
        # Nobody asks any more in a stack that goes, and these calls would be a fifth of its deletion's time. Only what
        # needs nothing of the owner can be late: Heat deletes the stack's trust next.
        threading.Thread(target=_remove_signer, args=(place.stack_uuid,), daemon=True).start()
        return
    _remove_signer(place.stack_uuid)
    if stack_rows.anybody_left(resource.context, stack.id):
        # A newer operation has begun to use what we just removed.
        signer.ensure_for(place)


def _has_any(resource: Any) -> bool:
    return any(is_ours(resource.stack, name) for name in resource.stack.defn.enabled_rsrc_names())


def _may_be_unread(stack: Any, asked: set[str]) -> bool:
    """Return whether a Delete was sent whose outcome cannot be received, and may still lie in the queue.

    Its handler is then left the queue; the signer too, so that its answer is refused and not taken for a trouble. Both
    stay until the next clean-up of such a kind finds the stack deleted (the signer: until an engine starts).
    """
    names = asked.intersection(stack.defn.enabled_rsrc_names())
    return not all(is_ours(stack, name) for name in names)


def _remove_queues_left(place: Place) -> None:
    try:
        zaqar = place.zaqar()
        prefix = stack_queue("")
        stacks = [queue.removeprefix(prefix) for queue in zaqar.queues(prefix)]
        for stack_uuid in stack_rows.deleted_among(place.context, stacks):
            zaqar.delete_queue(stack_queue(stack_uuid))
    except errors.CustomResourceError as error:
        LOG.warning("Queues that deleted stacks left behind stay: %s", error)


def remove_left_behind() -> None:
    """Remove what an engine left behind that died when it was about to remove it. Called once, as an engine starts."""
    try:
        signer.remove_left_behind()
    except ksa_exceptions.ClientException as error:
        LOG.warning("Signing users that were left behind stay: %s", type(error).__name__)


def _remove_queue(place: Place) -> None:
    try:
        place.zaqar().delete_queue(stack_queue(place.stack_uuid))
    except errors.CustomResourceError as error:
        LOG.warning("The queue of stack %s was not removed: %s", place.stack_uuid, error)


def _remove_signer(stack_uuid: str) -> None:
    try:
        signer.remove(stack_uuid)
    except ksa_exceptions.ClientException as error:
        LOG.warning("The signing user of stack %s was not removed: %s", stack_uuid, type(error).__name__)


def wait_for_updates(resource: Any, timeout: float, progress_callback: Callable[[], None] | None) -> None:
    """Wait until every resource of the stack is updated, as CloudFormation does before it deletes anything.

    :raises CancelOperation: the stack's operation has failed; what was to be deleted may be needed again, and the
        clean-up of the operation that succeeds will come back to it.
    :raises UpdateInProgress: another operation has begun, which comes to the resource by itself; or the resource was
        updated meanwhile: as it was loaded before that, it would be deleted. Not CancelOperation, at which Heat has the
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
                raise check_resource.CancelOperation
            else:
                failed = True  # look once more: its rollback may be about to begin
            yield min(1 + looks // 4, _LONGEST_PAUSE)

    scheduler.TaskRunner(_task)(timeout=timeout, progress_callback=progress_callback)
    if stack_rows.template_of(resource.context, resource.id) != resource.current_template_id:
        raise exception.UpdateInProgress(resource_name=resource.name)


def _status(resource: Any) -> str:
    standing = stack_rows.standing(resource.context, resource.stack.id)
    if standing is None:
        raise check_resource.CancelOperation
    traversal, status = standing
    if traversal != resource.stack.current_traversal:
        raise exception.UpdateInProgress(resource_name=resource.name)
    return str(status)


def _all_settled(resource: Any) -> bool:
    stack = resource.stack
    wanted = set(stack.defn.enabled_rsrc_names())
    settled: set[str] = stack_rows.settled(resource.context, stack.id, stack.t.id)
    return wanted <= settled
