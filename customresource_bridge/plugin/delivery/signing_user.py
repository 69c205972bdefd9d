"""The stack's signer: one Keystone user of Heat's stack domain, with one EC2 key pair, for all ResponseURLs of a stack.

Made for the first request of a stack, removed with its last custom resource. Both keys are derived from Heat's own
secret and the stack's id, so nothing has to be stored or agreed on, and making it twice makes it once.

Why not Heat's own SignalResponder: it makes a user per resource, six calls to Keystone to create and four to delete.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from heat.common import context as heat_context
from heat.common import exception
from heat.engine.clients.os.keystone import heat_keystoneclient
from keystoneauth1 import exceptions as ksa_exceptions
from keystoneauth1 import session as ksa_session
from keystoneauth1.identity import generic
from keystoneclient.v3 import client as keystone_v3
from oslo_config import cfg
from oslo_serialization import jsonutils

from customresource_bridge import errors
from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.protocol import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """The EC2 key pair that signs a stack's ResponseURLs."""

    access: str
    secret: Secret


def key_pair(stack_uuid: str) -> KeyPair:
    """Return the key pair of a stack."""
    return KeyPair(access=_derived("access", stack_uuid), secret=Secret(_derived("secret", stack_uuid)))


def _derived(use: str, stack_uuid: str) -> str:
    key = cfg.CONF.auth_encryption_key.encode()
    return hmac.new(key, f"custom_resource {use} {stack_uuid}".encode(), hashlib.sha256).hexdigest()[:40]


def user_name(stack_uuid: str) -> str:
    """Return the name of a stack's signing user."""
    return f"heat-cr-{stack_uuid}"


_PATIENCE = 60.0
"""Seconds that an answer of Keystone's may take: a thread that looks after all that waits must not hang with it."""


class _Admin:
    """The stack domain's admin, whose token and role id are asked for once per process and not once per stack.

    Heat's own wrapper logs in anew for each request: 30 ms of a create that is to take less than a second.
    """

    def __init__(self, auth_url: str, user: str, password: Secret, domain: tuple[str | None, str | None]) -> None:
        domain_id, domain_name = domain
        self._auth = generic.Password(
            auth_url=auth_url,
            username=user,
            password=password.reveal(),
            domain_id=domain_id,
            domain_name=domain_name,
            user_domain_id=domain_id,
            user_domain_name=domain_name,
        )
        ssl = heat_keystoneclient.config.get_ssl_options("keystone")
        self._session = ksa_session.Session(auth=self._auth, redirect=False, timeout=_PATIENCE, **ssl)
        self.client = keystone_v3.Client(
            session=self._session,
            connect_retries=cfg.CONF.client_retry_limit,
            interface=heat_keystoneclient.config.get_client_option("keystone", "endpoint_type"),
            region_name=cfg.CONF.region_name_for_services,
        )
        self._role_id = ""

    def auth_domain_id(self) -> str:
        """Return the stack domain's id."""
        return str(self._auth.get_access(self._session).domain_id)

    def role_id(self) -> str:
        """Return the id of Heat's role for stack users."""
        if not self._role_id:
            role = cfg.CONF.heat_stack_user_role
            self._role_id = _first(self.client.roles.list(name=role), f"role {role}").id
        return self._role_id


def _admin() -> _Admin:
    return _admin_for(
        cfg.CONF.stack_domain_admin,
        Secret(cfg.CONF.stack_domain_admin_password),
        cfg.CONF.stack_user_domain_id,
        cfg.CONF.stack_user_domain_name,
    )


@lru_cache(maxsize=1)
def _admin_for(user: str, password: Secret, domain_id: str | None, domain_name: str | None) -> _Admin:
    auth_url = heat_context.get_admin_context().keystone_v3_endpoint
    return _Admin(auth_url, user, password, (domain_id, domain_name))


FindAdmin = Callable[[], Any]


def ensure_for(ref: ResourceRef, *, find_admin: FindAdmin = _admin) -> None:
    """Make the signing user and key pair of a stack, or find them made; and its project where it has none.

    :param find_admin: returns the stack domain's admin.
    :raises ServiceError: Keystone did not make them.
    """
    try:
        if not ref.stack.stack_user_project_id:
            _ensure_project(ref, find_admin)
        _ensure(ref.stack_uuid, ref.stack.stack_user_project_id, find_admin)
    except (ksa_exceptions.ClientException, exception.HeatException) as error:
        problem = f"the signing user was not made ({type(error).__name__})"
        raise errors.ServiceUnavailable("Keystone", f"sign for stack {ref.stack_uuid}", problem) from error


def _ensure_project(ref: ResourceRef, find_admin: FindAdmin) -> None:
    try:
        ref.stack.create_stack_user_project_id()
    except ksa_exceptions.Conflict:
        # Another resource made it at the same moment; or an engine died before it noted it, and then Heat never would.
        admin = find_admin()
        name = f"{ref.project_id}-{ref.stack_uuid}"[:64]  # as Heat names it
        project = _first(admin.client.projects.list(domain=admin.auth_domain_id(), name=name), f"project {name}")
        ref.stack.set_stack_user_project_id(project.id)


def _ensure(stack_uuid: str, project_id: str, find_admin: FindAdmin) -> None:
    admin = find_admin()
    domain = admin.auth_domain_id()
    try:
        user = admin.client.users.create(
            name=user_name(stack_uuid),
            domain=domain,
            default_project=project_id,
            options={"ignore_password_expiry": True, "ignore_lockout_failure_attempts": True},
        )
        user_id = user.id
    except ksa_exceptions.Conflict:
        name = user_name(stack_uuid)
        user_id = _first(admin.client.users.list(domain=domain, name=name), f"user {name}").id
    admin.client.roles.grant(role=admin.role_id(), user=user_id, project=project_id)
    pair = key_pair(stack_uuid)
    blob = jsonutils.dumps({"access": pair.access, "secret": pair.secret.reveal()})
    try:
        admin.client.credentials.create(user=user_id, type="ec2", blob=blob, project=project_id)
    except ksa_exceptions.Conflict:
        return


def _first(found: Sequence[Any], sought: str) -> Any:
    """Return the first of what Keystone lists: a clean-up may have removed a moment ago what was there already."""
    if not found:
        raise ksa_exceptions.NotFound(f"Keystone has no {sought}")
    return found[0]


def remove(stack_uuid: str) -> None:
    """Delete a stack's signing user; Keystone deletes its key pair with it. One that is gone is no error.

    :raises keystoneauth1.exceptions.ClientException: Keystone did not do it.
    """
    admin = _admin()
    for user in admin.client.users.list(domain=admin.auth_domain_id(), name=user_name(stack_uuid)):
        _delete(admin, user)


_MANY = 50
_DIGITS = 3


def _somewhere() -> str:
    return secrets.token_hex(_DIGITS)[:_DIGITS]


def remove_left_behind(*, find_admin: FindAdmin = _admin, place: Callable[[], str] = _somewhere) -> None:
    """Delete signing users of stacks that are gone, whose engine died when it was about to.

    Of a few hundred it looks at all, of more at some of them, at others each time: Keystone has no pages for what it
    lists by a name, newer ones leave out what is beyond a thousand, and older ones make a list of a hundred thousand.

    Keystone takes the default project from its users when it is deleted, as Heat does with a stack's. Heat's database
    must not be asked instead: several Heats may share the stack domain.

    :param find_admin: returns the stack domain's admin.
    :param place: returns where in the order of names it looks first: hexadecimal digits.
    :raises keystoneauth1.exceptions.ClientException: Keystone did not do it.
    """
    admin = find_admin()
    for user in _some(admin, place()):
        if getattr(user, "default_project_id", None) is None:
            _delete(admin, user)


def _some(admin: Any, place: str) -> list[Any]:
    """Return signing users of which the names have a beginning in common: the longest that is not too few's."""
    domain, found = admin.auth_domain_id(), []
    for digits in range(len(place), -1, -1):
        beginning = user_name(place[:digits])
        listed = admin.client.users.list(domain=domain, name__startswith=beginning)
        found = [user for user in listed if user.name.startswith(beginning)]
        if len(found) >= _MANY:
            break
    return found


def _delete(admin: Any, user: Any) -> None:
    try:
        admin.client.users.delete(user.id)
    except ksa_exceptions.NotFound:
        return
