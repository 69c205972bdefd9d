"""What a template in CloudFormation's form says, as the rest of the plugin reads it."""

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

from customresource_bridge.plugin.lifecycle.spec import Delivery, ReplacePolicy, Spec
from customresource_bridge.plugin.resources.cfn import CfnCustomResource
from customresource_bridge.protocol.limits import DEFAULT_SERVICE_TIMEOUT

POLICY = {name: schema.default for name, schema in CfnCustomResource.update_policy_schema.items()}


class Props(dict):  # type: ignore[type-arg]
    """Properties as Heat has them: those not given are None."""

    @property
    def data(self) -> dict[str, Any]:
        return dict(self)

    def __missing__(self, _name: str) -> None:
        return None


def spec(policy: dict[str, Any] | None = None, **given: Any) -> Spec:
    definition = SimpleNamespace(resource_type="Custom::Dns", update_policy=lambda *_: {**POLICY, **(policy or {})})
    return CfnCustomResource.spec(Mock(), definition, Props(given))


def test_every_property_is_the_handlers_as_text() -> None:
    made = spec(ServiceToken="mistral:w", ServiceTimeout=5, Port=5432, Null=None, Nested={"On": True})
    assert made.properties == {
        "ServiceToken": "mistral:w",
        "ServiceTimeout": "5",
        "Port": "5432",
        "Nested": {"On": "true"},
    }
    assert (made.service_token, made.service_timeout, made.resource_type) == ("mistral:w", 5, "Custom::Dns")


def test_a_template_that_says_nothing_more_has_cloudformations_defaults() -> None:
    made = spec()
    assert (made.service_token, made.service_timeout) == ("", DEFAULT_SERVICE_TIMEOUT)
    assert (made.delivery, made.update_replace_policy) == (Delivery.QUEUE, ReplacePolicy.DELETE)


def test_what_cloudformation_does_not_know_stands_in_the_update_policy() -> None:
    assert spec({"CheckRequests": True}).wants_checks
    made = spec({"ValueTypes": "native", "Delivery": "direct", "AlwaysUpdate": True}, Port=5432)
    assert (made.properties, made.delivery, made.always_update) == ({"Port": 5432}, Delivery.DIRECT, True)
