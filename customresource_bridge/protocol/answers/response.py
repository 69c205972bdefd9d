"""The response that completes or fails a request, as it is PUT.

Source of the fields: AWS CloudFormation User Guide, "Custom resource response objects".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from customresource_bridge.compat import StrEnum
from customresource_bridge.protocol import limits
from customresource_bridge.protocol.naming import Identity
from customresource_bridge.protocol.printing import mended

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
    def failed(cls, identity: Identity, reason: str, *, physical_resource_id: str | None = None) -> "Response":
        """Return the answer that fails a request for ``reason``."""
        return cls(
            status=Status.FAILED,
            identity=identity,
            reason=cut_reason(reason) or NO_REASON,
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


def cut_reason(reason: str) -> str:
    """Return a Reason of bearable length, of letters only."""
    reason = mended(reason).strip()
    if len(reason) <= limits.MAX_REASON_CHARACTERS:
        return reason
    return reason[: limits.MAX_REASON_CHARACTERS - 1] + "…"
