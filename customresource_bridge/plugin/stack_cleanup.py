"""The end of things: a stack's queue and signer go with its last custom resource.

A resource is DELETE_COMPLETE before it looks whether others are left, so of
several at the same moment at least one sees that it is the last; that two may do the same is harmless.
"""

import threading
from collections.abc import Callable
from typing import Any

from keystoneauth1 import exceptions as ksa_exceptions
from oslo_log import log as logging

from customresource_bridge import errors
from customresource_bridge.plugin.delivery import bridge_trust, queue, signing_user
from customresource_bridge.plugin.heat import queries, resource_data
from customresource_bridge.plugin.heat.resource_ref import ResourceRef, is_ours
from customresource_bridge.protocol.ids import stack_queue
from customresource_bridge.protocol.printing import one_line

LOG = logging.getLogger(__name__)


def after(resource: Any, *, remove_signer: Callable[[str], None] = signing_user.remove) -> None:
    """Remove what belongs to the stack as a whole, if ``resource`` was its last custom resource.

    :param remove_signer: removes a stack's signing user.
    """
    if resource.state != (resource.DELETE, resource.COMPLETE):
        return
    stack = resource.stack
    if stack.action != stack.DELETE and _has_any(resource):
        return
    asked = queries.who_asked(resource.context, stack.id)
    if not asked or queries.any_left(resource.context, stack.id):
        return
    ref = resource.ref
    if _may_be_unread(stack, asked):
        _remove_queues_left(ref)
        return
    _remove_queue(ref)
    bridge_trust.remove_unneeded(ref)
    if not queue.needs_signer() and not queries.has_signer(resource.context, stack.id):
        return
    resource_data.forget_signer(resource.context, stack.id)
    if stack.action == stack.DELETE:
        # No resource asks any more in a stack that goes, and these calls would be a fifth of its deletion's time. Only
        # what needs nothing of the owner can be late: Heat deletes the stack's trust next.
        threading.Thread(target=_remove_signer, args=(ref.stack_uuid, remove_signer), daemon=True).start()
        return
    _remove_signer(ref.stack_uuid, remove_signer)
    if queue.needs_signer() and queries.any_left(resource.context, stack.id):
        # A newer operation has begun to use what we just removed.
        signing_user.ensure_for(ref)


def _has_any(resource: Any) -> bool:
    return any(is_ours(resource.stack, name) for name in resource.stack.defn.enabled_rsrc_names())


def _may_be_unread(stack: Any, asked: set[str]) -> bool:
    """Return whether a Delete was sent whose outcome cannot be received, and may still lie in the queue.

    Its handler is then left the queue; the signer too, so that its answer is refused and not taken for a trouble. Both
    stay until the next clean-up of such a kind finds the stack deleted (the signer: until an engine starts).
    """
    names = asked.intersection(stack.defn.enabled_rsrc_names())
    return not all(is_ours(stack, name) for name in names)


def _remove_queues_left(ref: ResourceRef) -> None:
    try:
        zaqar = ref.zaqar()
        prefix = stack_queue("")
        stacks = [queue.removeprefix(prefix) for queue in zaqar.queues(prefix)]
        for stack_uuid in queries.deleted_among(ref.context, stacks):
            zaqar.delete_queue(stack_queue(stack_uuid))
    except errors.CustomResourceError as error:
        wrong = one_line(str(error))
    else:
        return
    LOG.warning("Queues that deleted stacks left behind stay: %s", wrong)


def remove_left_behind() -> None:
    """Remove what an engine left behind that died when it was about to remove it."""
    try:
        signing_user.remove_left_behind()
    except ksa_exceptions.ClientException as error:
        wrong = type(error).__name__
    else:
        return
    LOG.warning("Signing users that were left behind stay: %s", wrong)


def _remove_queue(ref: ResourceRef) -> None:
    try:
        ref.zaqar().delete_queue(stack_queue(ref.stack_uuid))
    except errors.CustomResourceError as error:
        wrong = one_line(str(error))
    else:
        return
    LOG.warning("The queue of stack %s was not removed: %s", ref.stack_uuid, wrong)


def _remove_signer(stack_uuid: str, remove: Callable[[str], None]) -> None:
    try:
        remove(stack_uuid)
    except ksa_exceptions.ClientException as error:
        wrong = type(error).__name__
    else:
        return
    LOG.warning("The signing user of stack %s was not removed: %s", stack_uuid, wrong)
