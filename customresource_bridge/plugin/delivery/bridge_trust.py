"""The trust that lets an operator's bridge act in a stack's project, with the owner's authority and no other.

One for each owner and project, to the bridge's user: made in ``validate()``, with the user's own token, since Keystone
makes none for a token that came from a trust itself. Looked up, never stored: an id in a row would go stale, and with
it the stack. One that lacks a role which bridges want by now counts as none, and stays: a workflow may run by it.
Removed with the project's last custom resource; what slips through, the bridge's sweep removes.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import tenacity
from heat.common import exception
from keystoneauth1 import exceptions as ksa_exceptions
from oslo_log import log as logging

from customresource_bridge import errors
from customresource_bridge.clients.http import service_errors
from customresource_bridge.plugin.delivery.lookup.recently_seen import RecentlySeen
from customresource_bridge.plugin.heat import queries
from customresource_bridge.plugin.heat.authority import NoAuthorityError
from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.plugin.lifecycle.spec import Delivery
from customresource_bridge.plugin.options import settings
from customresource_bridge.protocol import (
    QueueToken,
    Secret,
    ServiceTokenError,
    SignedQueueToken,
    parse_service_token,
)
from customresource_bridge.protocol.messaging.bell import OwnersTrust

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose stack it is.

    :ivar trust: what this user gave the bridge, where that is known.
    """

    user_id: str
    trust: OwnersTrust | None


class NoTrustError(errors.CustomResourceError):
    """The bridge cannot be given the authority to act; the text is for the stack's owner."""


_SEEN = RecentlySeen(seconds=5.0)
_FOUND = RecentlySeen(seconds=3600.0)
"""Which trust it was when all of an owner's were listed last: Heat has one for each stack, and they are many."""
_PATIENCE = 10.0
"""Seconds after which a Keystone that fails is not asked again: Heat's API waits for a validation, a minute at most."""


def ensure_for(resource: Any, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Find or make the trust for a resource that is being validated, if a bridge is to handle it.

    A Keystone that fails, as while its database moves to another node, is asked three times, within ten seconds: what
    is raised here tells the user that the template is wrong, which nobody asks for again.

    :raises StackValidationFailed: there is none, and none can be made; the text says why and what to do.
    """
    if not wanted() or not _asks_bridge(resource):
        return
    patiently = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(errors.ServiceUnavailable),
        stop=tenacity.stop_after_attempt(3) | tenacity.stop_after_delay(_PATIENCE),
        wait=tenacity.wait_fixed(2),
        sleep=sleep,
        reraise=True,
    )
    try:
        patiently(ensure, resource.context, resource.stack.tenant_id, resource.client("keystone"))
    except errors.CustomResourceError as error:
        raise exception.StackValidationFailed(message=f"{resource.name}: {error}") from None


def _asks_bridge(resource: Any) -> bool:
    try:
        spec = resource.spec(resource.t, resource.properties)
        token = parse_service_token(spec.service_token)
    except (AttributeError, TypeError, ValueError, ServiceTokenError):
        return True  # a value that another resource is yet to give
    return spec.delivery is Delivery.QUEUE and not isinstance(token, QueueToken | SignedQueueToken)


def wanted() -> bool:
    """Return whether there is an operator's bridge to trust."""
    return bool(settings().bridge_user_id)


def ensure(
    context: Any, project_id: str, keystone: Any, *, seen: RecentlySeen = _SEEN, found: RecentlySeen = _FOUND
) -> OwnersTrust | None:
    """Find or make the trust of the context's user, and return it; None where it is for another to give.

    :param keystone: Heat's wrapper for that context.
    :param seen: whose trusts were there a moment ago, by owner and project.
    :param found: those that were found before, and are looked at again.
    :raises NoTrustError: there is none, and none can be made.
    :raises ServiceUnavailable: Keystone did not say.
    """
    if context.project_id != project_id:
        return None  # an administrator acts on another's stack, whose owner's trust was made long before
    try:
        owner = str(context.auth_plugin.get_user_id(context.keystone_session))
        if (known := seen.what((owner, project_id))) is not None:
            return known  # type: ignore[no-any-return] # what is added below
        good = _good(keystone.client, owner, project_id, before=found.what((owner, project_id)))
        if good is None:
            good = _make(keystone.client, owner, project_id, settings().bridge_roles or context.roles)
    except ksa_exceptions.Forbidden as error:
        raise NoTrustError(
            "the stack's owner has given the cloud's bridge no authority in this project, and these credentials may "
            "not (an application credential, or another service's trust): act once as that user with a password"
        ) from error
    except ksa_exceptions.NotFound as error:
        roles = ", ".join(settings().bridge_roles)
        raise NoTrustError(
            f"the cloud's bridge needs the role {roles} delegated, or its user is gone: ask for that role, or the "
            "operator to check [custom_resource] bridge_user_id and bridge_roles"
        ) from error
    except ksa_exceptions.ClientException as error:
        raise errors.ServiceUnavailable("Keystone", "give the cloud's bridge a trust", type(error).__name__) from error
    trust = OwnersTrust(owner, Secret(str(good.id)))
    seen.add((owner, project_id), trust)
    found.add((owner, project_id), trust)
    return trust


def owner_trusting(ref: ResourceRef) -> Owner | None:
    """Make sure of the trust before a request is posted, and return whose it is: the bridge acts by no other.

    It is the user with whose authority the request is posted. Heat has made that one the stack's owner: whoever updates
    or deletes it is. The trust may have been removed since it was validated, or the stack be older than it.

    :returns: None where there is no operator's bridge.
    :raises NoTrustError: there is none, and none can be made: no bridge would take the request.
    :raises ServiceError: Keystone does not say whose authority it is.
    """
    if not wanted():
        return None
    authority = ref.authority
    try:
        with service_errors("Keystone", "say whose the stack is"):
            owner = str(authority.auth_plugin.get_user_id(authority.keystone_session))
    except exception.AuthorizationFailure as error:
        raise NoAuthorityError(ref.project_id) from error
    try:
        trust = ensure(authority, ref.project_id, authority.clients.client("keystone"))
    except (errors.ServiceUnavailable, ksa_exceptions.ClientException, exception.HeatException) as error:
        wrong = type(error).__name__
    else:
        return Owner(owner, trust)
    # The bridge sees for itself whether it is there; and where Keystone is away, the post says so.
    LOG.warning("Stack %s: the bridge's trust was not looked for: %s", ref.stack_uuid, wrong)
    return Owner(owner, None)


def remove_unneeded(ref: ResourceRef) -> None:
    """Remove the owner's trust, if no other stack of the project may need it."""
    if not wanted() or queries.project_needs_bridge(ref.context, ref.project_id, ref.stack_uuid):
        return
    try:
        authority = ref.authority
        owner = str(authority.auth_plugin.get_user_id(authority.keystone_session))
        client = authority.clients.client("keystone").client
        _SEEN.discard((owner, ref.project_id))
        for trust in _found(client, owner, ref.project_id):
            with suppress(ksa_exceptions.NotFound):  # the bridge's sweep was faster
                client.trusts.delete(trust.id)
    except (ksa_exceptions.ClientException, exception.HeatException, errors.CustomResourceError) as error:
        wrong = type(error).__name__
    else:
        return
    LOG.warning("The bridge's trust in project %s was not removed: %s", ref.project_id, wrong)


def _found(client: Any, owner: str, project_id: str) -> list[Any]:
    # Keystone ignores trustee_user_id where trustor_user_id is given.
    return [trust for trust in client.trusts.list(trustor_user=owner) if _is_for_bridge(trust, project_id)]


def _is_for_bridge(trust: Any, project_id: str) -> bool:
    return bool(
        trust.trustee_user_id == settings().bridge_user_id
        and trust.project_id == project_id
        and trust.impersonation
        and trust.expires_at is None
    )


def _good(client: Any, owner: str, project_id: str, *, before: OwnersTrust | None) -> Any | None:
    """Return a trust of the owner's by which bridges act, one with all roles that they want; None where there is none.

    :param before: the one that was found before.
    """
    wanted_roles = {role.casefold() for role in settings().bridge_roles}
    if before is not None:
        trust = _shown(client, before.trust_id.reveal())
        if trust is not None and _is_for_bridge(trust, project_id) and wanted_roles <= _roles(trust):
            return trust
    for trust in _found(client, owner, project_id):
        if not wanted_roles:
            return trust
        shown = _shown(client, trust.id)
        if shown is not None and wanted_roles <= _roles(shown):
            return shown
    return None


def _shown(client: Any, trust_id: str) -> Any | None:
    try:
        return client.trusts.get(trust_id)
    except ksa_exceptions.NotFound:
        return None  # it went meanwhile


def _roles(trust: Any) -> set[str]:
    """Return the roles of a trust that was shown by itself: in a list Keystone names none."""
    return {role["name"].casefold() for role in trust.roles}


def _make(client: Any, owner: str, project_id: str, roles: Sequence[str]) -> Any:
    return client.trusts.create(
        trustor_user=owner,
        trustee_user=settings().bridge_user_id,
        project=project_id,
        impersonation=True,
        role_names=list(roles),
    )
