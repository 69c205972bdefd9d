"""A handler's word that it is still at work, sent to the ResponseURL before its one answer. It is no outcome. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from customresource_bridge.protocol import fields
from customresource_bridge.protocol.answers.spelling import Members
from customresource_bridge.protocol.errors import ResponseError
from customresource_bridge.protocol.naming import Identity
from customresource_bridge.protocol.printing import mended

IN_PROGRESS = "IN_PROGRESS"
_LONGEST = 500
_HINT = b"progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a handler has come with one request.

    :ivar reason: its own words, cut to what an event can hold; empty where it gave none.
    """

    identity: Identity
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as it is PUT."""
        return {
            "Status": IN_PROGRESS,
            "StackId": self.identity.stack_id,
            "RequestId": self.identity.request_id,
            "LogicalResourceId": self.identity.logical_resource_id,
            "Reason": self.reason,
        }


def read_progress_body(raw: bytes, identity: Identity, *, limit: int) -> Progress | None:
    """Return the progress that a body reports; None where it is anything else, and be it broken."""
    if _HINT not in raw.lower():
        return None  # nearly always: no body is decoded twice for nothing
    try:
        return read_progress(fields.decode_object(raw, "The response", limit=limit, error=ResponseError), identity)
    except ResponseError:
        return None


def read_progress(value: Any, identity: Identity) -> Progress | None:
    """Return the progress that a decoded answer reports on a request; None where it is anything else."""
    if not isinstance(value, Mapping):
        return None
    members = Members(value)
    status, request_id = members.get("Status"), members.get("RequestId")
    if not isinstance(status, str) or re.sub(r"[\s_-]", "", status[:40]).upper() != "INPROGRESS":
        return None
    if request_id and request_id != identity.request_id:
        return None  # two URLs were mixed up
    reason = members.get("Reason")
    return Progress(identity=identity, reason=mended(reason)[:_LONGEST].strip() if isinstance(reason, str) else "")
