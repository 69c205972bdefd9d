"""The request that Heat's plugin posts and a handler receives: CloudFormation's, plus one key of our own.

One way in (:meth:`Request.parse`), one way out (:meth:`Request.to_dict`).
Source of the fields: AWS CloudFormation User Guide, "Custom resource request objects".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customresource_bridge.compat import UTC, StrEnum
from customresource_bridge.protocol import fields, limits
from customresource_bridge.protocol.errors import RequestError
from customresource_bridge.protocol.naming import Identity
from customresource_bridge.protocol.secret import Secret

EXTRAS_KEY = "OpenStack"
"""The one key of a request that CloudFormation does not know. A foreign handler ignores it."""
_HELD = "HeldIds"

VERSION = 1
"""The version of what stands under :data:`EXTRAS_KEY`."""
MAX_USER_ID_BYTES = 64
"""Keystone's own."""
_SEVERAL_IDS = re.compile(r"[0-9a-f-]{36}(?: [0-9a-f-]{36})+")


class RequestType(StrEnum):
    """Which phase of the resource's life is asked for."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"
    CHECK = "Check"
    """OpenStack's own, and sent only where the template's author wants it: is the thing still as the properties say?"""

    @property
    def makes(self) -> bool:
        """Whether its answer tells what was made: an id and Data. Of the others only Status and Reason count."""
        return self in {RequestType.CREATE, RequestType.UPDATE}


def heeds_predecessor_until(*, asked_at: datetime, deadline: datetime) -> datetime:
    """Return until when a request waits for its predecessor: for half of its own time, whoever has it wait.

    The plugin, where it starts workflows itself, and the bridge keep to the same.
    """
    return asked_at + (deadline - asked_at) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowCall:
    """A workflow the template's author chose for this phase.

    :ivar name: name or id of the workflow.
    :ivar namespace: its namespace; None means the default one.
    :ivar input: the workflow's whole input as its author wrote it; None means the request itself is the input.
    """

    name: str
    namespace: str | None = None
    input: Mapping[str, Any] | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, value: Any) -> "WorkflowCall":
        """Read the object under ``OpenStack.Workflow``."""
        path = f"{EXTRAS_KEY}.Workflow"
        source = fields.object_(value, path, error=RequestError)
        given = source.get("Input")
        return cls(
            name=fields.text(source, "Name", error=RequestError, path=f"{path}."),
            namespace=fields.optional_text(source, "Namespace", error=RequestError, path=f"{path}."),
            input=None if given is None else fields.object_(given, f"{path}.Input", error=RequestError),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what :meth:`parse` reads."""
        result: dict[str, Any] = {"Name": self.name}
        if self.namespace is not None:
            result["Namespace"] = self.namespace
        if self.input is not None:
            result["Input"] = dict(self.input)
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierRequest:
    """A request before the previous one, whose handler may still act should the previous one never have begun.

    :ivar response_url: where its outcome is told; None where only its RequestId is passed on.
    """

    request_id: str
    response_url: Secret | None = None

    @classmethod
    def parse(cls, value: Any, path: str) -> "EarlierRequest":
        """Read what :meth:`to_dict` wrote."""
        source = fields.object_(value, path, error=RequestError)
        url = fields.optional_text(source, "ResponseURL", error=RequestError, path=f"{path}.", limit=8192)
        return cls(
            request_id=fields.text(source, "RequestId", error=RequestError, path=f"{path}."),
            response_url=Secret(url) if url else None,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what :meth:`parse` reads."""
        url = {} if self.response_url is None else {"ResponseURL": self.response_url.reveal()}
        return {"RequestId": self.request_id, **url}


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What OpenStack needs to know beyond CloudFormation's fields.

    :ivar project_id: the project that owns the stack.
    :ivar deadline: when the resource fails without an answer; aware, in UTC.
    :ivar previous_request_id: a request about the same resource that was given up unanswered and may still be running.
    :ivar workflow: the workflow the author chose for this phase, if the ServiceToken does not say it.
    :ivar previous_response_url: where the previous request's outcome is told, should it turn out to have had one.
    :ivar earlier: the requests before the previous one, newest first: at most
        :data:`~customresource_bridge.protocol.limits.EARLIER_REQUESTS`.
    :ivar asked_at: when the request was written down, for whoever has it wait for the previous one: each copy of it, at
        each bridge, waits until the same moment. A message of before this was said has none.
    :ivar held: of a Delete, ids that it has to leave alone, for a handler that goes by the properties: they stay, or
        have a Delete of their own. At most :data:`~customresource_bridge.protocol.limits.HELD_IDS`.
    :ivar owner_id: the user whose stack it is, for a bridge that acts for many: it acts by no other's authority. None
        where no such bridge is told, and in a message of before this was said.
    """

    project_id: str
    deadline: datetime
    previous_request_id: str | None = None
    workflow: WorkflowCall | None = None
    previous_response_url: Secret | None = None
    earlier: tuple[EarlierRequest, ...] = ()
    held: tuple[str, ...] = ()
    asked_at: datetime | None = None
    owner_id: str | None = None

    @property
    def previous(self) -> tuple[str, ...]:
        """The RequestIds of all that it puts an end to, newest first."""
        newest = () if self.previous_request_id is None else (self.previous_request_id,)
        return (*newest, *(request.request_id for request in self.earlier))

    @classmethod
    def parse(cls, value: Any) -> "Extras":
        """Read the object under ``OpenStack``."""
        path = f"{EXTRAS_KEY}."
        source = fields.object_(value, EXTRAS_KEY, error=RequestError)
        version = source.get("Version")
        if isinstance(version, bool) or version != VERSION:
            raise RequestError(f"{path}Version", f"is not {VERSION}", "use a plugin and a bridge of the same release")
        workflow = source.get("Workflow")
        previous = fields.optional_text(source, "PreviousRequestId", error=RequestError, path=path)
        earlier = _earlier(source.get("EarlierRequests"), f"{path}EarlierRequests")
        if previous is not None and _SEVERAL_IDS.fullmatch(previous):
            # An engine of the release before knows of one, and passes on as one what its row has as one text.
            previous, *older = previous.split()
            earlier = tuple(EarlierRequest(request_id=request_id) for request_id in older[: limits.EARLIER_REQUESTS])
        url = fields.optional_text(source, "PreviousResponseURL", error=RequestError, path=path, limit=8192)
        return cls(
            project_id=fields.text(source, "ProjectId", error=RequestError, path=path),
            deadline=fields.moment(source, "Deadline", error=RequestError, path=path),
            previous_request_id=previous,
            workflow=None if workflow is None else WorkflowCall.parse(workflow),
            previous_response_url=Secret(url) if url else None,
            earlier=earlier,
            held=_held(source.get(_HELD), f"{path}{_HELD}"),
            asked_at=fields.moment(source, "AskedAt", error=RequestError, path=path) if "AskedAt" in source else None,
            owner_id=fields.optional_text(source, "OwnerId", error=RequestError, path=path, limit=MAX_USER_ID_BYTES),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what :meth:`parse` reads."""
        result: dict[str, Any] = {
            "Version": VERSION,
            "ProjectId": self.project_id,
            "Deadline": self.deadline.astimezone(UTC).isoformat(timespec="seconds"),
        }
        if self.previous_request_id is not None:
            result["PreviousRequestId"] = self.previous_request_id
        if self.workflow is not None:
            result["Workflow"] = self.workflow.to_dict()
        if self.previous_response_url is not None:
            result["PreviousResponseURL"] = self.previous_response_url.reveal()
        if self.earlier:
            result["EarlierRequests"] = [request.to_dict() for request in self.earlier]
        if self.held:
            result[_HELD] = list(self.held)
        if self.asked_at is not None:
            result["AskedAt"] = self.asked_at.astimezone(UTC).isoformat(timespec="seconds")
        if self.owner_id is not None:
            result["OwnerId"] = self.owner_id
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request about one resource.

    :ivar service_token: who handles it; empty where the template names no handler. May hold a pre-signed queue's
        signature, and so is not shown.
    :ivar physical_resource_id: what the handler answered last; None for a Create, a text otherwise.
    :ivar old_resource_properties: the properties before; a mapping for an Update, None otherwise.
    """

    request_type: RequestType
    request_id: str
    stack_id: str
    logical_resource_id: str
    resource_type: str
    response_url: Secret
    extras: Extras
    service_token: str = field(default="", repr=False)
    physical_resource_id: str | None = None
    resource_properties: Mapping[str, Any] = field(default_factory=dict, repr=False)
    old_resource_properties: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def identity(self) -> Identity:
        """The ids that every response to this request carries."""
        return Identity(
            stack_id=self.stack_id,
            request_id=self.request_id,
            logical_resource_id=self.logical_resource_id,
        )

    @classmethod
    def parse(cls, body: Any) -> "Request":
        """Read a message's body.

        :param body: the decoded JSON, or its text.
        :raises RequestError: it names the first field that is wrong.
        """
        read = fields.decode_object if isinstance(body, str | bytes) else fields.check_object
        source = read(body, "The message", limit=limits.MAX_REQUEST_BYTES, error=RequestError)
        request_type = _request_type(source)
        return cls(
            request_type=request_type,
            request_id=fields.text(source, "RequestId", error=RequestError),
            stack_id=fields.text(source, "StackId", error=RequestError),
            logical_resource_id=fields.text(source, "LogicalResourceId", error=RequestError),
            resource_type=fields.text(source, "ResourceType", error=RequestError),
            response_url=Secret(fields.text(source, "ResponseURL", error=RequestError, limit=8192)),
            extras=Extras.parse(source.get(EXTRAS_KEY)),
            service_token=fields.optional_text(source, "ServiceToken", error=RequestError, limit=8192) or "",
            physical_resource_id=_physical_resource_id(source, request_type),
            resource_properties=fields.object_(
                source.get("ResourceProperties"), "ResourceProperties", error=RequestError
            ),
            old_resource_properties=_old_properties(source, request_type),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the request as a handler receives it: with the ResponseURL in clear."""
        result: dict[str, Any] = {
            "RequestType": str(self.request_type),
            "ServiceToken": self.service_token,
            "ResponseURL": self.response_url.reveal(),
            "StackId": self.stack_id,
            "RequestId": self.request_id,
            "ResourceType": self.resource_type,
            "LogicalResourceId": self.logical_resource_id,
            "ResourceProperties": dict(self.resource_properties),
            EXTRAS_KEY: self.extras.to_dict(),
        }
        if self.physical_resource_id is not None:
            result["PhysicalResourceId"] = self.physical_resource_id
        if self.old_resource_properties is not None:
            result["OldResourceProperties"] = dict(self.old_resource_properties)
        return result


def is_physical_resource_id(text: str) -> bool:
    """Return whether a request may have a text as a PhysicalResourceId."""
    try:
        _id({"PhysicalResourceId": text}, "PhysicalResourceId")
    except RequestError:
        return False
    return True


def _earlier(given: Any, path: str) -> tuple[EarlierRequest, ...]:
    given = [] if given is None else given
    if not isinstance(given, list) or len(given) > limits.EARLIER_REQUESTS:
        raise RequestError(
            path, f"is no list of at most {limits.EARLIER_REQUESTS} requests", "send it as the plugin does"
        )
    return tuple(EarlierRequest.parse(value, f"{path}[{index}]") for index, value in enumerate(given))


def _held(given: Any, path: str) -> tuple[str, ...]:
    given = [] if given is None else given
    if not isinstance(given, list) or len(given) > limits.HELD_IDS:
        raise RequestError(path, f"is no list of at most {limits.HELD_IDS} ids", "send it as the plugin does")
    named = {f"{path}[{index}]": value for index, value in enumerate(given)}
    return tuple(_id(named, field) for field in named)


def _request_type(source: Mapping[str, Any]) -> RequestType:
    try:
        return RequestType(fields.text(source, "RequestType", error=RequestError))
    except ValueError:
        raise RequestError("RequestType", "is unknown", "send Create, Update, Delete or Check") from None


def _physical_resource_id(source: Mapping[str, Any], request_type: RequestType) -> str | None:
    if request_type is RequestType.CREATE:
        return None
    return _id(source, "PhysicalResourceId")


def _id(source: Mapping[str, Any], field: str) -> str:
    return fields.text(source, field, error=RequestError, limit=limits.MAX_PHYSICAL_RESOURCE_ID_BYTES)


def _old_properties(source: Mapping[str, Any], request_type: RequestType) -> dict[str, Any] | None:
    if request_type is not RequestType.UPDATE:
        return None
    return fields.object_(source.get("OldResourceProperties"), "OldResourceProperties", error=RequestError)
