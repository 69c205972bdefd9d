"""The response that completes or fails a request: what a handler PUTs, and how its slips are read.

Built by the bridge, parsed by the gateway and the plugin. Source of the fields: AWS CloudFormation User Guide, "Custom
resource response objects". Handlers in the wild leave ids out, send NoEcho as a text and Data as null: where the
meaning is clear it is taken, where it is not, the error says what to send.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from customresource_bridge.protocol import fields, limits
from customresource_bridge.protocol.errors import ResponseError
from customresource_bridge.protocol.identity import Identity

T = TypeVar("T")

NO_REASON = "The handler answered FAILED without a Reason"


class Status(StrEnum):
    """How the handler's work ended."""

    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer to one request.

    :ivar reason: why it failed, never empty then; for a SUCCESS whatever the handler wished to say.
    :ivar physical_resource_id: the thing's own name; None where the handler gave none.
    :ivar no_echo: whether Data is to be masked wherever it is shown.
    :ivar data: what ``Fn::GetAtt`` reads.
    """

    status: Status
    identity: Identity
    reason: str = ""
    physical_resource_id: str | None = None
    no_echo: bool = False
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, body: Any, identity: Identity, *, limit: int = limits.MAX_RESPONSE_BYTES) -> "Response":
        """Read a handler's answer to the request that ``identity`` names.

        :param body: the decoded JSON, or its text (bytes in whatever content type).
        :param limit: the most bytes taken.
        :raises ResponseError: it names the first field that is wrong.
        """
        read = fields.decode_object if isinstance(body, str | bytes) else fields.check_object
        source = read(body, "The response", limit=limit, error=ResponseError)
        _check_identity(source, identity)
        status = _status(source)
        return cls(
            status=status,
            identity=identity,
            reason=_reason(source, status),
            physical_resource_id=_beside(status, source, _physical_resource_id, None),
            no_echo=_beside(status, source, _no_echo, True),
            data=_beside(status, source, _data, {}),
        )

    @classmethod
    def failed(cls, identity: Identity, reason: str, *, physical_resource_id: str | None = None) -> "Response":
        """Return the answer that fails a request for ``reason``."""
        return cls(
            status=Status.FAILED,
            identity=identity,
            reason=_cut(reason) or NO_REASON,
            physical_resource_id=physical_resource_id,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the response as it is PUT, with Data in clear."""
        result: dict[str, Any] = {
            "Status": str(self.status),
            "StackId": self.identity.stack_id,
            "RequestId": self.identity.request_id,
            "LogicalResourceId": self.identity.logical_resource_id,
            "NoEcho": self.no_echo,
            "Data": dict(self.data),
        }
        if self.reason:
            result["Reason"] = self.reason
        if self.physical_resource_id is not None:
            result["PhysicalResourceId"] = self.physical_resource_id
        return result


def _check_identity(source: Mapping[str, Any], identity: Identity) -> None:
    # The URL says whom the answer is for: what the body leaves out is filled in, what differs is refused.
    for name, expected in (
        ("StackId", identity.stack_id),
        ("RequestId", identity.request_id),
        ("LogicalResourceId", identity.logical_resource_id),
    ):
        if source.get(name) not in (None, "", expected):
            raise ResponseError(name, "is not that of the request", "copy it from the request unchanged")


def _beside(status: Status, source: Mapping[str, Any], read: Callable[[Mapping[str, Any]], T], without: T) -> T:
    """Return a field; ``without`` where a FAILED response has it wrong: its Reason is worth more than an error."""
    try:
        return read(source)
    except ResponseError:
        if status is Status.SUCCESS:
            raise
        return without


def _status(source: Mapping[str, Any]) -> Status:
    value = source.get("Status")
    if isinstance(value, str) and value in set(Status):
        return Status(value)
    found = "is missing" if value is None else f"is {_short(value)}"
    raise ResponseError("Status", found, "send SUCCESS or FAILED")


def _short(value: Any) -> str:
    # A wrong Status is no secret and worth showing; a long one is not. Its line breaks are not to reach a log.
    shown = 40
    return repr(value[:shown]) if isinstance(value, str) else fields.json_name(value)


def _reason(source: Mapping[str, Any], status: Status) -> str:
    value = source.get("Reason")
    # A whole error is sent in the wild, as an object; who wrote it knows what it means.
    reason = _cut(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) if value else "")
    return reason or (NO_REASON if status is Status.FAILED else "")


def _cut(reason: str) -> str:
    reason = reason.encode("utf-8", "replace").decode().strip()
    if len(reason) <= limits.MAX_REASON_CHARACTERS:
        return reason
    return reason[: limits.MAX_REASON_CHARACTERS - 1] + "…"


def _physical_resource_id(source: Mapping[str, Any]) -> str | None:
    limit = limits.MAX_PHYSICAL_RESOURCE_ID_BYTES
    return fields.optional_text(source, "PhysicalResourceId", error=ResponseError, limit=limit)


def _no_echo(source: Mapping[str, Any]) -> bool:
    value = source.get("NoEcho")
    if value is None:
        return False
    if isinstance(value, bool):
        return value
    known = {"true": True, "false": False, "": False}
    if isinstance(value, str) and value.strip().lower() in known:
        return known[value.strip().lower()]
    raise ResponseError("NoEcho", f"is {fields.json_name(value)}", "send true or false")


def _data(source: Mapping[str, Any]) -> dict[str, Any]:
    value = source.get("Data")
    if value is None:
        return {}
    return fields.object_(value, "Data", error=ResponseError)
