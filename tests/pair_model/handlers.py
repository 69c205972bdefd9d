"""What really exists: the things that the handler made, and what it says of them. It is told how each request ends."""

from dataclasses import dataclass, field
from typing import Any

from customresource_bridge.protocol import ids

OUTCOMES = ["ok", "ok other", "ok unnamed", "ok fixed", "half", "half unnamed", "fails"]
"""How a handler ends: well, with a new thing, naming none, under a name that it derives from the resource's; half-way
with what it made named, or not; or with nothing made."""


NEVER = "named-by-a-check-"
"""How an id begins that is no thing's: nobody may learn it."""


@dataclass(frozen=True)
class Said:
    """What the handler says in the end."""

    well: bool
    physical_resource_id: str | None


@dataclass
class Things:
    """All that the handler ever made.

    :ivar there: what exists, and the request that made it.
    """

    there: dict[str, str] = field(default_factory=dict)

    def make(self, request: dict[str, Any]) -> None:
        """Make what a Create asks for, without having told anybody: it is found again by its RequestId."""
        if request["RequestType"] == "Create":
            self.there.setdefault(derived(request), request["RequestId"])

    def end(self, request: dict[str, Any], outcome: str, number: int) -> Said:
        """End a request."""
        well = outcome.startswith("ok")
        if request["RequestType"] == "Delete":
            return self._delete(request, well=well)
        if request["RequestType"] == "Check":
            return Said(well, f"{NEVER}{number}")
        name = self._name(request, outcome, number)
        if request["RequestType"] == "Create":
            self.there.pop(derived(request), None)
            if outcome in {"ok unnamed", "half unnamed"}:
                self.make(request)
        if name is not None:
            self.there.setdefault(name, request["RequestId"])
        return Said(well, name)

    def _name(self, request: dict[str, Any], outcome: str, number: int) -> str | None:
        if outcome in {"ok unnamed", "half unnamed", "fails"}:
            return None
        if outcome == "ok fixed":
            return f"{request['LogicalResourceId']}-fixed"
        if outcome == "ok" and request["RequestType"] == "Update":
            return str(request["PhysicalResourceId"])
        return f"made-{number}-by-{request['RequestType']}"

    def _delete(self, request: dict[str, Any], *, well: bool) -> Said:
        wanted = str(request["PhysicalResourceId"])
        if well:
            self.there.pop(wanted, None)
        return Said(well, wanted)


def derived(create: dict[str, Any]) -> str:
    """Return the id of a thing whose Create named none."""
    return ids.default_physical_resource_id(
        stack_id=create["StackId"],
        logical_resource_id=create["LogicalResourceId"],
        request_id=create["RequestId"],
    )
