"""Which resource, of which stack, with whose authority: what the plugin's parts need to know of Heat's objects.

Made from a live resource, or from a stack and a row's name where the resource is not loaded.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from heat.common import config as heat_config
from heat.common import exception
from heat.common.identifier import ResourceIdentifier
from heat.engine import stack as heat_stack
from oslo_config import cfg

from customresource_bridge.clients.http import service_errors
from customresource_bridge.clients.mistral.mistral import Mistral
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.plugin.heat import authority, queries
from customresource_bridge.plugin.options import settings
from customresource_bridge.protocol import Identity, SignedQueueToken


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRef:
    """One resource's row.

    :ivar context: Heat's request context, for its database.
    :ivar find_authority: returns a context of the stack's own project, for other services.
    """

    context: Any = field(repr=False)
    find_authority: Callable[[], Any] = field(repr=False)
    stack: Any = field(repr=False)
    row_id: int
    name: str

    @property
    def authority(self) -> Any:
        """The context that other services are called with.

        :raises NoAuthorityError: there is none of the stack's own project.
        """
        return self.find_authority()

    def verify_authority(self) -> None:
        """See that Keystone lets the authority in.

        :raises NoAuthorityError: it does not, or there is none.
        """
        authority.verify(self.stack, self.authority)

    @property
    def type(self) -> str:
        """The resource's type as its template has it; empty where the template does not have it any more."""
        try:
            return str(self.stack.defn.resource_definition(self.name).resource_type)
        except KeyError:
            return ""

    @property
    def stack_uuid(self) -> str:
        """The stack's UUID."""
        return str(self.stack.id)

    @property
    def stack_id(self) -> str:
        """The stack's ARN: what a handler knows as StackId."""
        return str(self.stack.identifier().arn())

    @property
    def project_id(self) -> str:
        """The project that owns the stack."""
        return str(self.stack.tenant_id)

    def identity(self, request_id: str) -> Identity:
        """Return the ids that an answer to one of the resource's requests carries."""
        return Identity(stack_id=self.stack_id, request_id=request_id, logical_resource_id=self.name)

    @property
    def answered_by(self) -> str | None:
        """The name of the resource that Heat is to give an answer to, or None where Heat would refuse every answer.

        Heat picks it by its name in the current template. Where that now belongs to a type that is not ours, any
        other of our resources will do: answers are routed by their RequestId.
        """
        names = set(self.stack.defn.enabled_rsrc_names())
        if self.name not in names or is_ours(self.stack, self.name):
            return self.name
        return next((name for name in sorted(names) if is_ours(self.stack, name)), None)

    @property
    def arn_path(self) -> str:
        """The ARN of the resource that takes the answer, as the quoted path of a URL."""
        name = self.answered_by or self.name
        return str(ResourceIdentifier(resource_name=name, **self.stack.identifier()).arn_url_path())

    def zaqar(self) -> Zaqar:
        """Return a client for the project's queues."""
        return Zaqar.from_session(
            self.authority.keystone_session,
            region_name=self._region(),
            interface=_interface("zaqar"),
            timeout=settings().service_call_timeout,
        )

    def signed_queue(self, token: SignedQueueToken) -> Zaqar:
        """Return a client for a pre-signed queue of another project."""
        endpoint = self.authority.keystone_session.get_endpoint(
            service_type="messaging", region_name=self._region(), interface=_interface("zaqar")
        )
        return Zaqar.from_signed_queue(
            self.authority.keystone_session, token, endpoint=endpoint, timeout=settings().service_call_timeout
        )

    def mistral(self, *, timeout: float | None = None) -> Mistral:
        """Return a client for the project's workflows.

        :param timeout: seconds for one call; as the operator chose, if None.
        """
        return Mistral.from_session(
            self.authority.keystone_session,
            region_name=self._region(),
            interface=_interface("mistral"),
            timeout=timeout or settings().service_call_timeout,
        )

    def cfn_url(self) -> str:
        """Return heat-api-cfn's base URL, as a handler, or the gateway, reaches it.

        :raises CustomResourceError: no option says it, and Keystone's catalogue was not to be had, or has none.
        """
        configured = cfg.CONF.heat_waitcondition_server_url
        if configured:
            return str(configured).removesuffix("/").removesuffix("/waitcondition")
        with service_errors("Keystone", "say where heat-api-cfn is"):
            return str(self.authority.clients.client_plugin("heat").get_heat_cfn_url())

    def _region(self) -> str | None:
        region = self.authority.region_name or cfg.CONF.region_name_for_services
        return str(region) if region else None


def is_ours(stack: Any, name: str) -> bool:
    """Return whether a name in a stack's template belongs to a custom resource."""
    kind = stack.env.registry.get_class_to_instantiate(
        stack.defn.resource_definition(name).resource_type, resource_name=name
    )
    return bool(getattr(kind, "accepts_any_property", False))


def ref_of(resource: Any) -> ResourceRef:
    """Return the place of a live resource."""
    return ref_in(resource.stack, name=resource.name, row_id=resource.id, context=resource.context)


def ref_in(stack: Any, *, name: str, row_id: int, context: Any) -> ResourceRef:
    """Return the place of a stack's row.

    Where an administrator acts on another's stack, other services are called with the stack's own stored authority.
    """
    found = cache(lambda: authority.of_stack(stack, context))
    return ResourceRef(context=context, find_authority=found, stack=stack, row_id=row_id, name=name)


def _interface(service: str) -> str:
    return str(heat_config.get_client_option(service, "endpoint_type")).removesuffix("URL")


def thread_from(stack: Any, now: datetime) -> datetime:
    """Return when a resource must have a thread again, because its stack's own timeout is near."""
    return now + timedelta(seconds=stack.time_remaining()) - STACK_MARGIN


STACK_MARGIN = timedelta(seconds=15)
"""How long before its stack's own timeout a resource gets a thread again: only in a thread does Heat fail it."""


def latest_stack(context: Any, stack_id: str) -> Any:
    """Return a stack as it is by now."""
    return heat_stack.Stack.load(context, stack_id=stack_id, force_reload=True)


def load(context: Any, row_id: int) -> ResourceRef | None:
    """Return the place of a row by its id, with its stack's stored authority, or None where it is gone."""
    named = queries.name_of(context, row_id)
    if named is None:
        return None
    stack_id, name = named
    try:
        stack = heat_stack.Stack.load(context, stack_id=stack_id)
    except exception.NotFound:
        return None
    return ref_in(stack, name=name, row_id=row_id, context=context)
