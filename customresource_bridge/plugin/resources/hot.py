"""``OS::Heat::CustomResource``: the same resource for those who write HOT, with everything OpenStack can offer.

It can do all that OS::Mistral::ExternalResource can; docs/how-to has the change of a template from one to the other.
"""

from collections.abc import Mapping
from typing import Any

from heat.common import exception
from heat.engine import constraints, function, properties

from customresource_bridge.plugin.entry import CONSTRAINT
from customresource_bridge.plugin.lifecycle.spec import CleanUpOrder, Delivery, PhaseWorkflow, ReplacePolicy, Spec
from customresource_bridge.plugin.resources.base import CustomResource
from customresource_bridge.plugin.resources.cfn import NATIVE, STRING
from customresource_bridge.protocol.limits import DEFAULT_SERVICE_TIMEOUT, MAX_SERVICE_TIMEOUT
from customresource_bridge.protocol.values import stringified

_REQUESTED = ("create", "update", "delete", "check")
PHASES = (*_REQUESTED, "suspend", "resume")

SERVICE_TOKEN = "service_token"  # noqa: S105 - a property's name
SERVICE_TIMEOUT = "service_timeout"
RESOURCE_TYPE = "resource_type"
PROPERTIES = "properties"
WORKFLOWS = "workflows"
INPUT = "input"
DESCRIPTION = "description"
REPLACE_ON_CHANGE = "replace_on_change"
ALWAYS_UPDATE = "always_update"
UPDATE_REPLACE_POLICY = "update_replace_policy"
VALUE_TYPES = "value_types"
CLEAN_UP_ORDER = "clean_up_order"
DELIVERY = "delivery"
CHECK_REQUESTS = "check_requests"

DEFAULT_RESOURCE_TYPE = "AWS::CloudFormation::CustomResource"

_Schema = properties.Schema


def _choice(kind: Any, default: Any, text: str) -> Any:
    return _Schema(
        _Schema.STRING,
        text,
        default=str(default),
        update_allowed=True,
        constraints=[constraints.AllowedValues([str(value) for value in kind])],
    )


def _phase() -> Any:
    return _Schema(
        _Schema.MAP,
        "The workflow that handles this phase.",
        schema={
            "workflow": _Schema(_Schema.STRING, "Its name or id.", required=True),
            "namespace": _Schema(_Schema.STRING, "Its namespace."),
            "params": _Schema(_Schema.MAP, "Mistral's own parameters; with delivery direct only.", default={}),
        },
    )


class HotCustomResource(CustomResource):
    """A resource whose life is a handler's code: a Mistral workflow, or a provider that reads a Zaqar queue."""

    properties_schema = {  # noqa: RUF012 - Heat's own way
        SERVICE_TOKEN: _Schema(
            _Schema.STRING,
            "Who handles the requests: mistral:<workflow>, zaqar:<queue>, or a name that the bridge's routes know.",
            update_allowed=True,
            constraints=[constraints.CustomConstraint(CONSTRAINT)],
        ),
        SERVICE_TIMEOUT: _Schema(
            _Schema.INTEGER,
            "Seconds a handler has to answer one request.",
            default=DEFAULT_SERVICE_TIMEOUT,
            update_allowed=True,
            constraints=[constraints.Range(1, MAX_SERVICE_TIMEOUT)],
        ),
        RESOURCE_TYPE: _Schema(
            _Schema.STRING,
            "The ResourceType that the handler sees.",
            default=DEFAULT_RESOURCE_TYPE,
            update_allowed=True,
            constraints=[constraints.AllowedPattern(r"AWS::CloudFormation::CustomResource|Custom::[\w@-]{1,60}")],
        ),
        PROPERTIES: _Schema(
            _Schema.MAP, "What the handler gets as ResourceProperties.", default={}, update_allowed=True
        ),
        WORKFLOWS: _Schema(
            _Schema.MAP,
            "A workflow for each phase, instead of one for all in service_token. A phase left out does nothing.",
            schema={phase: _phase() for phase in PHASES},
            update_allowed=True,
        ),
        INPUT: _Schema(
            _Schema.MAP,
            "The workflows' whole input, instead of the request.",
            update_allowed=True,
        ),
        DESCRIPTION: _Schema(
            _Schema.STRING,
            "What Mistral shows beside the executions, after what they are for.",
            default="",
            update_allowed=True,
        ),
        REPLACE_ON_CHANGE: _Schema(
            _Schema.LIST,
            "Names in properties and input whose change makes a new resource instead of an Update.",
            default=[],
            update_allowed=True,
        ),
        ALWAYS_UPDATE: _Schema(
            _Schema.BOOLEAN,
            "Send an Update at every stack update, also when nothing changed.",
            default=False,
            update_allowed=True,
        ),
        UPDATE_REPLACE_POLICY: _choice(
            ReplacePolicy, ReplacePolicy.DELETE, "What becomes of a thing that another one replaced."
        ),
        VALUE_TYPES: _choice(
            (NATIVE, STRING),
            NATIVE,
            "Whether every scalar is a string, to the handler and in what is read of its Data, or of its own type.",
        ),
        CLEAN_UP_ORDER: _choice(
            CleanUpOrder,
            CleanUpOrder.RESOURCE,
            "When a replaced thing is deleted: after its dependents' update, or after the whole stack's.",
        ),
        DELIVERY: _choice(
            Delivery,
            Delivery.QUEUE,
            "Whether requests go through the stack's queue, or the engine starts the workflow itself.",
        ),
        CHECK_REQUESTS: _Schema(
            _Schema.BOOLEAN,
            "Whether the handler is asked, when the stack is checked, if the thing still is as the properties say; a "
            "workflow for the phase check says so too.",
            default=False,
            update_allowed=True,
        ),
    }

    def validate(self) -> Any:
        """Refuse what could not be done: Mistral's parameters never travel in a message."""
        result = super().validate()
        given = self.properties[WORKFLOWS] or {}
        with_params = [phase for phase in _REQUESTED if (given.get(phase) or {}).get("params")]
        if with_params and self.properties[DELIVERY] != Delivery.DIRECT:
            raise exception.StackValidationFailed(
                message=f"workflows.{with_params[0]}.params of {self.name} needs delivery: direct"
            )
        return result

    def spec(self, _definition: Any, props: Any) -> Spec:
        """Return what the template says."""
        sent = {name: value for name, value in (_plain(props[PROPERTIES]) or {}).items() if value is not None}
        if props[SERVICE_TOKEN]:
            sent["ServiceToken"] = props[SERVICE_TOKEN]
        given = _plain(props[INPUT])
        return Spec(
            service_token=props[SERVICE_TOKEN] or "",
            service_timeout=props[SERVICE_TIMEOUT],
            resource_type=props[RESOURCE_TYPE],
            properties=stringified(sent) if props[VALUE_TYPES] == STRING else sent,
            workflows=_workflows(_plain(props[WORKFLOWS]) or {}),
            input=given,
            description=props[DESCRIPTION],
            delivery=Delivery(props[DELIVERY]),
            always_update=props[ALWAYS_UPDATE],
            update_replace_policy=ReplacePolicy(props[UPDATE_REPLACE_POLICY]),
            clean_up_order=CleanUpOrder(props[CLEAN_UP_ORDER]),
            check_requests=props[CHECK_REQUESTS],
        )

    def texts_only(self) -> bool:
        """Return whether values are texts on their way in and out."""
        return bool(self.properties[VALUE_TYPES] == STRING)

    def changed_names(self, changed: set[str], after: Any, before: Any) -> set[str]:
        """Return the names within ``properties`` and ``input`` that changed."""
        names: set[str] = set()
        for group in (PROPERTIES, INPUT):
            if group in changed:
                new, old = _plain(after[group]) or {}, _plain(before[group]) or {}
                names |= {name for name in {*new, *old} if new.get(name) != old.get(name)}
        return names

    def replace_on_change(self, _definition: Any, props: Any) -> list[str]:
        """Return the names whose change replaces the resource."""
        return list(props[REPLACE_ON_CHANGE] or [])


def _plain(value: Any) -> Any:
    resolved = function.resolve(value)
    return dict(resolved) if isinstance(resolved, Mapping) else resolved


def _workflows(given: Mapping[str, Any]) -> dict[str, PhaseWorkflow]:
    return {
        phase: PhaseWorkflow(
            workflow=chosen["workflow"], namespace=chosen.get("namespace"), params=dict(chosen.get("params") or {})
        )
        for phase, chosen in given.items()
        if chosen
    }
