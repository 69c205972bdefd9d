"""What a resource remembers between two steps: the thing it made, the request it waits for, what is to be cleaned up.

Frozen values with one way in (:meth:`State.parse`) and one way out (:meth:`State.to_json`); ``rows`` keeps the text,
encrypted, in Heat's resource_data. Pure.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.protocol import RequestType

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PhysicalResource:
    """What a handler made.

    :ivar spec: what it was last asked for with success.
    :ivar attempted: what it was asked for since, without success; the thing may be anywhere in between.
    :ivar created: False where its Create FAILED: there may be rests of it to delete.
    """

    physical_resource_id: str
    spec: Spec
    attempted: Spec | None = None
    created: bool = True
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    no_echo: bool = False

    @property
    def last_asked(self) -> Spec:
        """What the handler was asked for last."""
        return self.attempted or self.spec

    def to_dict(self) -> dict[str, Any]:
        """Return what :meth:`parse` reads."""
        return {
            "physical_resource_id": self.physical_resource_id,
            "spec": self.spec.to_dict(),
            "attempted": self.attempted.to_dict() if self.attempted else None,
            "created": self.created,
            "data": dict(self.data),
            "no_echo": self.no_echo,
        }

    @classmethod
    def parse(cls, source: Mapping[str, Any]) -> "PhysicalResource":
        """Read what :meth:`to_dict` wrote."""
        values = dict(source)
        values["spec"] = Spec.parse(values["spec"])
        values["attempted"] = Spec.parse(values["attempted"]) if values.get("attempted") else None
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A request that was written down and is not answered yet.

    :ivar operation: Heat's traversal that asked; an answer in another one decides nothing by itself.
    :ivar physical_resource_id: the id it speaks of; None for a Create.
    :ivar superseded: whether it is the Delete of a thing that another one replaced.
    :ivar rollback: whether a rollback of the stack asked.
    :ivar hindrance: why it could not be sent at first; empty where it could.
    """

    request_id: str
    request_type: RequestType
    spec: Spec
    traversal: str
    asked_at: datetime
    deadline: datetime
    physical_resource_id: str | None = None
    old_properties: Mapping[str, Any] | None = field(default=None, repr=False)
    previous_request_id: str | None = None
    superseded: bool = False
    rollback: bool = False
    hindrance: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return what :meth:`parse` reads."""
        return {
            "request_id": self.request_id,
            "request_type": str(self.request_type),
            "spec": self.spec.to_dict(),
            "operation": self.traversal,
            "asked_at": self.asked_at.isoformat(),
            "deadline": self.deadline.isoformat(),
            "physical_resource_id": self.physical_resource_id,
            "old_properties": None if self.old_properties is None else dict(self.old_properties),
            "previous_request_id": self.previous_request_id,
            "superseded": self.superseded,
            "rollback": self.rollback,
            "hindrance": self.hindrance,
        }

    @classmethod
    def parse(cls, source: Mapping[str, Any]) -> "Pending":
        """Read what :meth:`to_dict` wrote."""
        values = dict(source)
        values["traversal"] = values.pop("operation")
        values["request_type"] = RequestType(values["request_type"])
        values["spec"] = Spec.parse(values["spec"])
        values["asked_at"] = datetime.fromisoformat(values["asked_at"])
        values["deadline"] = datetime.fromisoformat(values["deadline"])
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All that a resource remembers.

    :ivar abandoned: the last request that was given up unanswered; it may still be running, and its late answer may
        still tell an id.
    :ivar superseded: things that others replaced, oldest first, to be deleted in the stack's clean-up.
    """

    current: PhysicalResource | None = None
    pending: Pending | None = None
    abandoned: Pending | None = None
    superseded: tuple[PhysicalResource, ...] = ()

    def to_json(self) -> str:
        """Return what :meth:`parse` reads. It holds secrets: for an encrypted place only."""
        return json.dumps(
            {
                "version": _VERSION,
                "thing": self.current.to_dict() if self.current else None,
                "pending": self.pending.to_dict() if self.pending else None,
                "abandoned": self.abandoned.to_dict() if self.abandoned else None,
                "superseded": [physical.to_dict() for physical in self.superseded],
            }
        )

    @classmethod
    def parse(cls, text: str | None) -> "State":
        """Read what :meth:`to_json` wrote; nothing yet is a fresh state."""
        if not text:
            return cls()
        source = json.loads(text)
        return cls(
            current=PhysicalResource.parse(source["thing"]) if source["thing"] else None,
            pending=Pending.parse(source["pending"]) if source["pending"] else None,
            abandoned=Pending.parse(source["abandoned"]) if source["abandoned"] else None,
            superseded=tuple(PhysicalResource.parse(physical) for physical in source["superseded"]),
        )
