"""What a template says about one custom resource: who handles it, with what, and how Heat is to treat it.

Built from a resource's properties by ``cfn`` and ``hot``; kept with the request it was sent in, so that a Delete later
speaks of what was really asked for, not of what the template says by then. Pure.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from customresource_bridge.compat import StrEnum
from customresource_bridge.protocol.limits import DEFAULT_SERVICE_TIMEOUT


class Delivery(StrEnum):
    """How a request reaches its handler."""

    QUEUE = "queue"
    DIRECT = "direct"


class ReplacePolicy(StrEnum):
    """What becomes of a thing that another one replaced, as AWS's UpdateReplacePolicy."""

    DELETE = "Delete"
    RETAIN = "Retain"


class CleanUpOrder(StrEnum):
    """When a superseded thing is deleted: after its dependents were updated, or after the whole stack was."""

    RESOURCE = "resource"
    STACK = "stack"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseWorkflow:
    """The workflow the author chose for one phase.

    :ivar params: Mistral's own parameters (``env``, ``task_name``); only where the plugin starts the workflow itself.
    """

    workflow: str
    namespace: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A resource as its template wishes it.

    :ivar service_token: who handles it; empty where the template names no handler.
    :ivar service_timeout: seconds a handler has for one request.
    :ivar resource_type: the type the handler sees.
    :ivar properties: ResourceProperties, as they are sent.
    :ivar workflows: by phase: create, update, delete, check, suspend, resume.
    :ivar input: the workflows' whole input, where its author wrote it.
    :ivar description: what Mistral shows beside the execution (direct delivery).
    """

    service_token: str = field(default="", repr=False)
    service_timeout: int = DEFAULT_SERVICE_TIMEOUT
    resource_type: str
    properties: Mapping[str, Any] = field(default_factory=dict, repr=False)
    workflows: Mapping[str, PhaseWorkflow] = field(default_factory=dict)
    input: Mapping[str, Any] | None = field(default=None, repr=False)
    description: str = ""
    delivery: Delivery = Delivery.QUEUE
    always_update: bool = False
    update_replace_policy: ReplacePolicy = ReplacePolicy.DELETE
    clean_up_order: CleanUpOrder = CleanUpOrder.RESOURCE
    check_requests: bool = False

    @property
    def wants_checks(self) -> bool:
        """Whether the handler is asked when the stack is checked: CloudFormation's know no such request."""
        return "check" in self.workflows or (self.check_requests and self.handles("check"))

    def handles(self, phase: str) -> bool:
        """Return whether a handler is to be asked in ``phase`` ("create").

        An author who names a workflow for some phases only, and no ServiceToken, wants the others to do nothing, as
        with OS::Mistral::ExternalResource.
        """
        return phase in self.workflows or bool(self.service_token) or not self.workflows

    def asks_the_same(self, other: "Spec") -> bool:
        """Return whether a handler would see no difference between the two."""
        return (
            self.properties == other.properties
            and self.input == other.input
            and self.resource_type == other.resource_type
            and self.service_token == other.service_token
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what :meth:`parse` reads; and what the releases before read, where no handler is asked in a check."""
        values = asdict(self)
        if not self.check_requests:
            del values["check_requests"]
        return values

    @classmethod
    def parse(cls, source: Mapping[str, Any]) -> "Spec":
        """Read what :meth:`to_dict` wrote."""
        values = dict(source)
        values["workflows"] = {
            phase: PhaseWorkflow(**workflow) for phase, workflow in values.get("workflows", {}).items()
        }
        values["delivery"] = Delivery(values.get("delivery", Delivery.QUEUE))
        values["update_replace_policy"] = ReplacePolicy(values.get("update_replace_policy", ReplacePolicy.DELETE))
        values["clean_up_order"] = CleanUpOrder(values.get("clean_up_order", CleanUpOrder.RESOURCE))
        return cls(**values)
