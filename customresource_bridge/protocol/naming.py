"""Which request something belongs to, and how a log names it: alike everywhere, so that one grep finds all.

Ids come from templates and messages: what a terminal or a line-based log would stumble over is replaced.
"""

from dataclasses import dataclass
from typing import Any

from customresource_bridge.protocol.printing import one_line

_LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The three ids that a handler copies from its request into its response."""

    stack_id: str
    request_id: str
    logical_resource_id: str


def shown(identity: Identity, request_type: str | None = None) -> str:
    """Return what a log line begins with: ``Create of Dns [<RequestId>] in <stack name>/<stack UUID>``."""
    phase = f"{request_type} of " if request_type else ""
    stack = identity.stack_id.rpartition(":stacks/")[2]
    return printable(f"{phase}{identity.logical_resource_id} [{identity.request_id}] in {stack}")


def named(identity: Identity, request_type: str | None = None) -> dict[str, Any]:
    """Return the same one by one, under CloudFormation's names, for a log that keeps more than lines."""
    names = {
        "RequestId": identity.request_id,
        "RequestType": request_type,
        "LogicalResourceId": identity.logical_resource_id,
        "StackId": identity.stack_id,
    }
    return {name: printable(value) for name, value in names.items() if value}


def printable(text: str) -> str:
    """Return a text from outside as a log line may hold it."""
    return one_line(text[:_LONGEST])
