"""Makes an event as the plugin posts it: the request about a resource of a stack that does not exist. Pure.

All events of one stack's name and one resource's name are about the same resource, so that a Create, an Update and a
Delete can be tried one after the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from customresource_bridge.protocol import Extras, Request, RequestType, Secret, ids
from customresource_bridge.protocol.values import stringified

NOWHERE = Secret("https://responses.example.org/v1/responses/nowhere")
"""The ResponseURL, where no server answers: ``invoke`` puts one of its own in its place."""
_NAMESPACE = UUID("c7a1d0c2-9a55-5f0b-8f0e-3c2b6d1f4a90")
_PROJECT = uuid5(_NAMESPACE, "project").hex


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSettings:
    """What of an event its author says.

    :ivar old: the properties before, of an Update; None takes the present ones.
    :ivar physical_id: of an Update or a Delete; None derives one.
    :ivar native: whether values stay as they are; CloudFormation's types make every scalar a text.
    """

    stack: str
    resource: str
    resource_type: str
    service_token: str
    timeout: int
    properties: Mapping[str, Any] = field(default_factory=dict, repr=False)
    old: Mapping[str, Any] | None = field(default=None, repr=False)
    physical_id: str | None = None
    native: bool = False

    @property
    def stack_id(self) -> str:
        """The stack's ARN."""
        return f"arn:openstack:heat::{_PROJECT}:stacks/{self.stack}/{uuid5(_NAMESPACE, self.stack)}"


def make_event(kind: RequestType, settings: EventSettings, *, request_id: str, now: datetime) -> Request:
    """Return the request."""
    is_update, is_create = kind is RequestType.UPDATE, kind is RequestType.CREATE
    old = settings.properties if settings.old is None else settings.old
    return Request(
        request_type=kind,
        request_id=request_id,
        stack_id=settings.stack_id,
        logical_resource_id=settings.resource,
        resource_type=settings.resource_type,
        response_url=NOWHERE,
        extras=Extras(project_id=_PROJECT, deadline=now.replace(microsecond=0) + timedelta(seconds=settings.timeout)),
        service_token=settings.service_token,
        physical_resource_id=None if is_create else settings.physical_id or _derived(settings),
        resource_properties=_sent(settings, settings.properties),
        old_resource_properties=_sent(settings, old) if is_update else None,
    )


def _sent(settings: EventSettings, properties: Mapping[str, Any]) -> Mapping[str, Any]:
    given = {"ServiceToken": settings.service_token, "ServiceTimeout": settings.timeout, **properties}
    sent: Mapping[str, Any] = given if settings.native else stringified(given)
    return sent


def _derived(settings: EventSettings) -> str:
    create = str(uuid5(_NAMESPACE, f"{settings.stack}/{settings.resource}"))
    return ids.default_physical_resource_id(
        stack_id=settings.stack_id, logical_resource_id=settings.resource, request_id=create
    )
