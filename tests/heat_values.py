"""What Heat makes of a ported template: its conditions, properties and outputs, resolved by Heat's own classes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from cloudformation_values import attribute, reference_id, texts
from heat.common.identifier import HeatIdentifier
from heat.engine import function
from heat.engine.environment import Environment
from heat.engine.node_data import NodeData
from heat.engine.stk_defn import StackDefinition
from heat.engine.template import Template as HeatTemplate

from customresource_bridge.port.context import Options
from customresource_bridge.port.handlers.find import find
from customresource_bridge.port.report import Report
from customresource_bridge.port.sections.hot_template import context_of, hot_template
from customresource_bridge.port.template.template import Template
from customresource_bridge.port.template.tree import Document, Map, Seq

PROJECT, STACK, REGION = "0123456789abcdef", "stack", "RegionOne"
PSEUDO = {
    "AWS::Region": REGION,
    "AWS::StackName": STACK,
    "AWS::AccountId": PROJECT,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}


def tree(value: Any) -> Any:
    """Return a value as the port's reader yields it."""
    if isinstance(value, dict):
        result = Map(line=1)
        for key, item in value.items():
            result.put(key, tree(item), line=1)
        return result
    if isinstance(value, list):
        items = Seq(line=1)
        for item in value:
            items.put(tree(item), line=1)
        return items
    return value


def in_hot(template: Mapping[str, Any]) -> tuple[dict[str, Any], Report]:
    """Return a CloudFormation template ported, and the report."""
    source = Template.of(Document(tree(template), {}))
    handlers = find(source)
    ctx = context_of(source, Options(region=REGION), handlers, nested={}, refused={})
    return hot_template(ctx, handlers), ctx.report


class _Attributes(dict[Any, Any]):
    """Every attribute that is asked for, by its name or by a path into it."""

    def __init__(self, resource: str) -> None:
        super().__init__()
        self._resource = resource

    def __missing__(self, key: Any) -> Any:
        name, *path = key if isinstance(key, tuple) else (key,)
        found = attribute(self._resource, name)
        for step in path:
            found = found[int(step)]
        return found


@dataclass(frozen=True)
class Resolution:
    """A HOT template with values for its parameters, as Heat's engine has it when all resources are there."""

    hot: Mapping[str, Any]
    parameters: Mapping[str, Any]

    def _stack(self) -> StackDefinition:
        given = {name: ",".join(item) if isinstance(item, list) else item for name, item in self.parameters.items()}
        template = HeatTemplate(dict(self.hot), env=Environment({"parameters": given}))
        nodes = {
            name: NodeData(1, name, "uuid", reference_id(name), _Attributes(name), "CREATE", "COMPLETE")
            for name in self.hot["resources"]
        }
        return StackDefinition(SimpleNamespace(), template, HeatIdentifier(PROJECT, STACK, "1"), nodes)

    def resources(self) -> dict[str, Any]:
        """Return the properties of each resource that is made."""
        stack = self._stack()
        made = {name: stack.resource_definition(name) for name in stack.enabled_rsrc_names()}
        return {name: texts(function.resolve(definition._properties or {})) for name, definition in made.items()}

    def outputs(self) -> dict[str, Any]:
        """Return the outputs that are shown."""
        stack = self._stack()
        found = {name: stack.output_definition(name).get_value() for name in stack.enabled_output_names()}
        return {name: texts(value) for name, value in found.items() if value is not None}

    def conditions(self) -> dict[str, bool]:
        """Return which conditions are true."""
        stack = self._stack()
        found = stack.t.conditions(stack)
        return {name: found.is_enabled(name) for name in self.hot.get("conditions", {})}
