"""What a CloudFormation template means: its conditions, resources and outputs with given parameters.

A small evaluator of CloudFormation's intrinsic functions, written from its documentation and not from the port, so that
the port can be judged by it. What CloudFormation would refuse raises RefusedError. It knows no resource: what Ref and
Fn::GetAtt yield is made of the names.
"""

import base64
import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

NO_VALUE = object()
_VARIABLE = re.compile(r"\$\{(!?)([^{}]*)\}")


class RefusedError(Exception):
    """CloudFormation refuses the template, or the update with these parameters."""


def text(value: Any) -> str:
    """Return a scalar as CloudFormation hands it on."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is NO_VALUE or isinstance(value, dict | list):
        raise RefusedError(f"a text is wanted, not {value!r:.80}")
    return str(value)


def texts(value: Any) -> Any:
    """Return a value with each scalar as a text, as handlers get it."""
    if isinstance(value, dict):
        return {key: texts(item) for key, item in value.items()}
    return [texts(item) for item in value] if isinstance(value, list) else text(value)


def reference_id(resource: str) -> str:
    """Return what Ref yields of a resource."""
    return f"id of {resource}"


def attribute(resource: str, name: str) -> Any:
    """Return what Fn::GetAtt yields of a resource: a list where the name says so."""
    return [f"{name} 0", f"{name} 1"] if name.endswith("List") else f"{resource}'s {name}"


@dataclass(frozen=True)
class Evaluation:
    """A template with values for its parameters, lists as lists, and for the pseudo parameters."""

    template: Mapping[str, Any]
    parameters: Mapping[str, Any]
    pseudo: Mapping[str, Any] = field(default_factory=dict)

    def resources(self) -> dict[str, Any]:
        """Return the properties of each resource that is made."""
        return {
            name: texts(self._map(resource.get("Properties", {})))
            for name, resource in self.template["Resources"].items()
            if self.holds(resource.get("Condition"))
        }

    def outputs(self) -> dict[str, Any]:
        """Return the outputs that are shown."""
        declared = self.template.get("Outputs", {}).items()
        return {name: texts(self.value(one["Value"])) for name, one in declared if self.holds(one.get("Condition"))}

    def conditions(self) -> dict[str, bool]:
        """Return which conditions are true."""
        return {name: self.holds(name) for name in self.template.get("Conditions", {})}

    def holds(self, condition: str | None) -> bool:
        """Return whether a condition is true; none always is."""
        return condition is None or self._is_true(self.template["Conditions"][condition])

    def _is_true(self, expression: Any) -> bool:
        ((name, argument),) = expression.items()
        if name == "Condition":
            return self.holds(argument)
        if name == "Fn::Not":
            return not self._is_true(argument[0])
        if name in {"Fn::And", "Fn::Or"}:
            return {"Fn::And": all, "Fn::Or": any}[name]([self._is_true(part) for part in argument])
        left, right = (texts(self.value(side)) for side in argument)
        return bool(left == right)

    def value(self, expression: Any) -> Any:
        """Return what an expression yields."""
        if isinstance(expression, list):
            return [item for item in map(self.value, expression) if item is not NO_VALUE]
        if not isinstance(expression, dict):
            return expression
        name, argument = next(iter(expression.items())) if len(expression) == 1 else ("", None)
        method = _METHODS.get(name)
        return self._map(expression) if method is None else method(self, argument)

    def _map(self, value: Mapping[str, Any]) -> dict[str, Any]:
        found = {key: self.value(item) for key, item in value.items()}
        return {key: item for key, item in found.items() if item is not NO_VALUE}

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self.pseudo:
            return self.pseudo[name]
        return self.parameters[name] if name in self.parameters else reference_id(name)

    def _get_att(self, argument: Any) -> Any:
        resource, name = argument.split(".", 1) if isinstance(argument, str) else argument
        return attribute(resource, text(self.value(name)))

    def _if(self, argument: list[Any]) -> Any:
        condition, yes, no = argument
        return self.value(yes if self.holds(condition) else no)

    def _join(self, argument: list[Any]) -> str:
        return str(argument[0]).join(map(text, self._list(argument[1])))

    def _list(self, expression: Any) -> list[Any]:
        found = self.value(expression)
        if not isinstance(found, list):
            raise RefusedError(f"a list is wanted, not {found!r:.80}")
        return found

    def _split(self, argument: list[Any]) -> list[str]:
        return text(self.value(argument[1])).split(argument[0])

    def _select(self, argument: list[Any]) -> Any:
        index, items = text(self.value(argument[0])), self._list(argument[1])
        if not index.isdecimal() or int(index) >= len(items):
            raise RefusedError("the list has no such item")
        return items[int(index)]

    def _sub(self, argument: Any) -> str:
        template, own = argument if isinstance(argument, list) else (argument, {})
        return _VARIABLE.sub(lambda found: self._variable(*found.groups(), own), template)

    def _variable(self, literal: str, name: str, own: Mapping[str, Any]) -> str:
        if literal:
            return "${" + name + "}"
        if name in own:
            return text(self.value(own[name]))
        return text(self._get_att(name) if "." in name else self._ref(name))

    def _find_in_map(self, argument: list[Any]) -> Any:
        mapping, first, second = (text(self.value(part)) for part in argument[:3])
        try:
            return self.template["Mappings"][mapping][first][second]
        except KeyError:
            if len(argument) == 3:
                raise RefusedError("the mapping has no such keys") from None
            return self.value(argument[3]["DefaultValue"])

    def _base64(self, argument: Any) -> str:
        return base64.b64encode(text(self.value(argument)).encode()).decode()

    def _length(self, argument: Any) -> int:
        return len(self._list(argument))

    def _to_json(self, argument: Any) -> str:
        return json.dumps(self.value(argument))

    def _cidr(self, argument: list[Any]) -> list[str]:
        block, count, *bits = (text(self.value(part)) for part in argument)
        network = ipaddress.ip_network(block)
        prefix = network.max_prefixlen - int(bits[0] if bits else 8)
        if prefix < network.prefixlen:
            raise RefusedError("the block is too small")
        found = [str(one) for one in islice(network.subnets(new_prefix=prefix), int(count))]
        if len(found) < int(count):
            raise RefusedError("the block is too small for that many")
        return found


_METHODS = {
    "Ref": Evaluation._ref,
    "Fn::GetAtt": Evaluation._get_att,
    "Fn::If": Evaluation._if,
    "Fn::Join": Evaluation._join,
    "Fn::Split": Evaluation._split,
    "Fn::Select": Evaluation._select,
    "Fn::Sub": Evaluation._sub,
    "Fn::FindInMap": Evaluation._find_in_map,
    "Fn::Base64": Evaluation._base64,
    "Fn::Length": Evaluation._length,
    "Fn::ToJsonString": Evaluation._to_json,
    "Fn::Cidr": Evaluation._cidr,
}
