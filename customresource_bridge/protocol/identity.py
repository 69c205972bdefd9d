"""Which request a response belongs to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The three ids that a handler copies from its request into its response."""

    stack_id: str
    request_id: str
    logical_resource_id: str
