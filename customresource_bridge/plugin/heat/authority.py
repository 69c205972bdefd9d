"""With whose authority the services are called for a stack: its owner's, checked, and never that of another project.

Heat may hand out another's: it stores an administrator's trust with a tenant's stack when he deletes that. Heat's own
database needs none: what only reads and writes there goes on without.
"""

from typing import Any

from heat.common import context as heat_context
from heat.common import exception
from keystoneauth1 import exceptions as ksa
from oslo_log import log as logging

from customresource_bridge import errors

LOG = logging.getLogger(__name__)


class NoAuthorityError(errors.CustomResourceError):
    """No user's authority is left to act in a stack's project; the text says who can help."""

    def __init__(self, project_id: str) -> None:
        super().__init__(
            f"No authority is left to act in the stack's project {project_id}: the stack's owner is gone, or has no "
            "role there any more. A member of that project can delete the stack. Where it has none, an administrator "
            f"makes one (openstack role add --project {project_id} --user <user> member), who deletes the stack with a "
            "token of that project. To leave what was made in place, set DeletionPolicy Retain, or abandon the stack"
        )


def of_stack(stack: Any, context: Any) -> Any:
    """Return the context to call the services with: the caller's, if of its project, or the stored one.

    :raises NoAuthorityError: that one is of another project, or there is none.
    """
    if context.project_id == stack.tenant_id and _may_log_in(context):
        return context
    try:
        stored = stack.stored_context()
    except exception.HeatException as error:
        raise NoAuthorityError(stack.tenant_id) from error
    if stored.project_id != stack.tenant_id:
        raise NoAuthorityError(stack.tenant_id)
    return stored


def _may_log_in(context: Any) -> bool:
    return bool(context.auth_token or context.trust_id or context.password)


def verify(stack: Any, authority: Any) -> None:
    """Log in, where that was not yet done.

    :raises NoAuthorityError: Keystone does not let it in. Where it cannot be asked, the call that follows finds out.
    """
    try:
        authority.keystone_session.get_token()
    except (ksa.Unauthorized, ksa.Forbidden, ksa.NotFound, exception.AuthorizationFailure) as error:
        raise NoAuthorityError(stack.tenant_id) from error
    except ksa.ClientException as error:
        LOG.info("Keystone was not asked for the authority of stack %s: %s", stack.id, type(error).__name__)


def for_message(stack: Any, context: Any) -> Any:
    """Return the context of a message that has an engine work on one of the stack's resources.

    The stored one; where that is of another project, or is not let in, one by which the engine finds the stack in its
    database all the same: a deadline needs no more.
    """
    try:
        stored = of_stack(stack, context)
        stored.to_dict()  # a stored context logs in for it
    except (NoAuthorityError, exception.HeatException, ksa.ClientException) as error:
        wrong = type(error).__name__
    else:
        return stored
    LOG.warning("Stack %s: going on without its owner's authority: %s", stack.id, wrong)
    return heat_context.RequestContext(project_id=stack.tenant_id, is_admin=False, roles=[])
