"""``AWS::CloudFormation::CustomResource`` and ``Custom::*``: every property but two is the provider's.

What CloudFormation does not know, the author says in UpdatePolicy, so that no property of ours meets one of theirs.
"""

from typing import Any

from heat.common import exception
from heat.engine import constraints, function, properties

from customresource_bridge.plugin.entry import CONSTRAINT
from customresource_bridge.plugin.lifecycle.spec import CleanUpOrder, Delivery, ReplacePolicy, Spec
from customresource_bridge.plugin.resources.base import CustomResource
from customresource_bridge.plugin.resources.properties import early_checks, schema
from customresource_bridge.plugin.resources.properties.schema import AnyProperties
from customresource_bridge.protocol.limits import DEFAULT_SERVICE_TIMEOUT, MAX_SERVICE_TIMEOUT
from customresource_bridge.protocol.values import stringified

SERVICE_TOKEN = "ServiceToken"  # noqa: S105 - a property's name
SERVICE_TIMEOUT = "ServiceTimeout"

REPLACE_ON_CHANGE = "ReplaceOnChange"
ALWAYS_UPDATE = "AlwaysUpdate"
UPDATE_REPLACE_POLICY = "UpdateReplacePolicy"
VALUE_TYPES = "ValueTypes"
CLEAN_UP_ORDER = "CleanUpOrder"
DELIVERY = "Delivery"
CHECK_REQUESTS = "CheckRequests"
STRING, NATIVE = "string", "native"


def _one_of(kind: Any) -> list[Any]:
    return [constraints.AllowedValues([str(value) for value in kind])]


class CfnCustomResource(CustomResource):
    """A resource whose life is a handler's code, written as in CloudFormation.

    All properties are passed to the handler that ServiceToken names; without one, a bridge's routes find it.
    """

    properties_schema = AnyProperties(
        {
            SERVICE_TOKEN: properties.Schema(
                properties.Schema.STRING,
                "Who handles the requests: mistral:<workflow>, zaqar:<queue>, or a name that the bridge's routes know.",
                immutable=True,
                constraints=[constraints.CustomConstraint(CONSTRAINT)],
            ),
            SERVICE_TIMEOUT: properties.Schema(
                properties.Schema.INTEGER,
                f"Seconds a handler has to answer one request; {DEFAULT_SERVICE_TIMEOUT} where there is none.",
                update_allowed=True,
                constraints=[constraints.Range(1, MAX_SERVICE_TIMEOUT)],
            ),
        }
    )

    update_policy_schema = {  # noqa: RUF012 - Heat's own way
        REPLACE_ON_CHANGE: properties.Schema(
            properties.Schema.LIST, "Properties whose change makes a new resource instead of an Update.", default=[]
        ),
        ALWAYS_UPDATE: properties.Schema(
            properties.Schema.BOOLEAN, "Send an Update at every stack update, also when nothing changed.", default=False
        ),
        UPDATE_REPLACE_POLICY: properties.Schema(
            properties.Schema.STRING,
            "What becomes of a thing that another one replaced: it is deleted, or retained.",
            default=str(ReplacePolicy.DELETE),
            constraints=_one_of(ReplacePolicy),
        ),
        VALUE_TYPES: properties.Schema(
            properties.Schema.STRING,
            "Whether every scalar is a string, to the handler and in what is read of its Data, or of its own type.",
            default=STRING,
            constraints=_one_of((STRING, NATIVE)),
        ),
        CLEAN_UP_ORDER: properties.Schema(
            properties.Schema.STRING,
            "When a replaced thing is deleted: once its dependents are updated (resource), or the whole stack (stack).",
            default=str(CleanUpOrder.RESOURCE),
            constraints=_one_of(CleanUpOrder),
        ),
        DELIVERY: properties.Schema(
            properties.Schema.STRING,
            "Whether requests go through the stack's queue, or the engine starts the workflow itself.",
            default=str(Delivery.QUEUE),
            constraints=_one_of(Delivery),
        ),
        CHECK_REQUESTS: properties.Schema(
            properties.Schema.BOOLEAN,
            "Whether the handler is asked, when the stack is checked, if the thing still is as the properties say.",
            default=False,
        ),
    }

    def validate_template(self) -> Any:
        """Check in a new stack the names of the type and of the properties too, which no schema knows."""
        given = list(schema.names_in(getattr(self.t, "_properties", None)))
        early_checks.check_names(self.stack, self.t.resource_type, given=given, known=(SERVICE_TOKEN, SERVICE_TIMEOUT))
        return super().validate_template()

    def update_template_diff_properties(self, after_props: Any, before_props: Any) -> Any:
        """Return the properties that changed.

        :raises StackValidationFailed: ServiceToken did, the one property that is immutable.
        """
        try:
            return super().update_template_diff_properties(after_props, before_props)
        except exception.NotSupported as refused:
            raise exception.StackValidationFailed(
                message=f"ServiceToken of {self.name} cannot be changed, as with CloudFormation: give the resource "
                "another name, which makes a new one with the new token, and deletes the old one with the old"
            ) from refused

    def spec(self, definition: Any, props: Any) -> Spec:
        """Return what the template says."""
        policy = definition.update_policy(self.update_policy_schema, self.context)
        given = {name: value for name, value in function.resolve(props.data).items() if value is not None}
        return Spec(
            service_token=props[SERVICE_TOKEN] or "",
            service_timeout=props[SERVICE_TIMEOUT] or DEFAULT_SERVICE_TIMEOUT,
            resource_type=definition.resource_type,
            properties=stringified(given) if policy[VALUE_TYPES] == STRING else given,
            delivery=Delivery(policy[DELIVERY]),
            always_update=policy[ALWAYS_UPDATE],
            update_replace_policy=ReplacePolicy(policy[UPDATE_REPLACE_POLICY]),
            clean_up_order=CleanUpOrder(policy[CLEAN_UP_ORDER]),
            check_requests=policy[CHECK_REQUESTS],
        )

    def texts_only(self) -> bool:
        """Return whether values are texts on their way in and out."""
        return bool(self.t.update_policy(self.update_policy_schema, self.context)[VALUE_TYPES] == STRING)

    def changed_names(self, changed: set[str], _after: Any, _before: Any) -> set[str]:
        """Return the properties that changed."""
        return changed

    def replace_on_change(self, definition: Any, _props: Any) -> list[str]:
        """Return the properties whose change replaces the resource."""
        return list(definition.update_policy(self.update_policy_schema, self.context)[REPLACE_ON_CHANGE] or [])
