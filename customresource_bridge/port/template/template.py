"""The sections of a CloudFormation template, checked to be one. What a section says is not judged here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from customresource_bridge.port.errors import TemplateError
from customresource_bridge.port.template.graph import references
from customresource_bridge.port.template.tree import Document, Map, Repetition, Seq, function_of, key_line

CUSTOM_TYPE = "AWS::CloudFormation::CustomResource"
_SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
_PARTS = "it needs a section Resources, in which each resource has a Type"


@dataclass(frozen=True, slots=True)
class Template:
    """A CloudFormation template whose sections are maps of maps."""

    root: Map
    parameters: Map
    mappings: Map
    conditions: Map
    resources: Map
    outputs: Map
    loops: tuple[tuple[str, int], ...] = ()
    """Where a section has a loop (Fn::ForEach) instead of an entry: the name, and its line."""
    repeated: tuple[Repetition, ...] = ()
    subscribers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The names of the SNS subscriptions, by the resource that they name (their topic)."""
    nested: frozenset[str] = frozenset()
    """The nested stacks whose templates are ported together with this one."""
    passed_tokens: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Which parameters of these are ServiceTokens there."""
    token_outputs: frozenset[str] = frozenset()
    """The outputs that are ServiceTokens in a template that nests this one."""
    is_nested: bool = False

    @classmethod
    def of(cls, document: Document) -> "Template":
        """Return the document as a CloudFormation template.

        :raises TemplateError: it is none.
        """
        root = document.root
        if "heat_template_version" in root:
            raise TemplateError("This is a HOT template already", "give it to Heat as it is")
        loops: list[tuple[str, int]] = []
        sections = {name: _section(root, name, loops) for name in _SECTIONS}
        if not sections["Resources"] and not loops:
            raise TemplateError("This is no CloudFormation template", _PARTS)
        for name in ("Parameters", "Resources", "Outputs"):
            _check_entries(name, sections[name])
        for name, resource in sections["Resources"].items():
            if not isinstance(resource.get("Type"), str):
                line = key_line(sections["Resources"], name)
                raise TemplateError(f"The resource {name[:80]!r} has no Type", _PARTS, line=line)
        return cls(
            root=root,
            parameters=sections["Parameters"],
            mappings=sections["Mappings"],
            conditions=sections["Conditions"],
            resources=sections["Resources"],
            outputs=sections["Outputs"],
            loops=tuple(loops),
            repeated=document.repeated,
            subscribers=_subscribers(sections["Resources"]),
        )

    def properties(self, resource: str) -> Mapping[str, Any]:
        """Return a resource's properties, none where they are no map."""
        found = self.resources[resource].get("Properties")
        return found if isinstance(found, dict) else Map()

    def function_properties(self, resource: str) -> Mapping[str, Any]:
        """Return a Lambda function's properties, with those that a serverless template gives all its functions."""
        own = self.properties(resource)
        shared = self.root.get("Globals")
        shared = shared.get("Function") if isinstance(shared, Map) else None
        if self.type_of(resource) != "AWS::Serverless::Function" or not isinstance(shared, Map):
            return own
        return _merged(shared, own)

    def type_of(self, resource: str) -> str:
        """Return a resource's type."""
        return str(self.resources[resource].get("Type", ""))

    def is_custom(self, resource: str) -> bool:
        """Return whether a handler stands behind the resource."""
        kind = self.type_of(resource)
        return kind == CUSTOM_TYPE or kind.startswith("Custom::")

    def tokens(self) -> Iterator[tuple[str, Any]]:
        """Yield each ServiceToken: a custom resource's, what a nested stack is given for one, what is shown as one.

        Before it comes the resource that it stands in; an output is none.
        """
        for name in self.resources:
            properties = self.properties(name)
            if self.is_custom(name):
                yield name, properties.get("ServiceToken")
            given = properties.get("Parameters")
            given = given if isinstance(given, dict) else {}
            for parameter in sorted(self.passed_tokens.get(name, frozenset()) & given.keys()):
                yield name, given[parameter]
        for name in sorted(self.token_outputs):
            yield "", self.outputs[name].get("Value")

    def is_number(self, parameter: str) -> bool:
        """Return whether a parameter is a number, which Heat does not treat as text."""
        declared = self.parameters.get(parameter)
        return isinstance(declared, dict) and declared.get("Type") == "Number"


def _subscribers(resources: Map) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for name, resource in resources.items():
        if resource.get("Type") == "AWS::SNS::Subscription":
            for topic in references(resource.get("Properties")):
                found.setdefault(topic, set()).add(name)
    return {topic: frozenset(names) for topic, names in found.items()}


def _merged(shared: Map, own: Mapping[str, Any]) -> Map:
    """Return the union as the serverless transform makes it: maps are merged, lists joined, else ``own`` counts."""
    result = Map(line=getattr(own, "line", 0))
    for source in (shared, own):
        for key, value in source.items():
            before = result.get(key)
            if isinstance(before, Map) and isinstance(value, Map) and not (function_of(before) or function_of(value)):
                value = _merged(before, value)  # noqa: PLW2901 - of both
            elif isinstance(before, Seq) and isinstance(value, Seq):
                value = [*before, *value]  # noqa: PLW2901 - of both
            result.put(key, value, line=key_line(source, key))
    return result


def _section(root: Map, name: str, loops: list[tuple[str, int]]) -> Map:
    value = root.get(name)
    if value is None:
        return Map()
    if not isinstance(value, Map):
        raise TemplateError(f"The section {name} is no map", "give each entry a name", line=key_line(root, name))
    result = Map(line=value.line)
    for key, entry in value.items():
        if key.startswith("Fn::"):
            loops.append((key, value.lines[key]))
        else:
            result.put(key, entry, line=value.lines[key])
    return result


def _check_entries(section: str, entries: Map) -> None:
    for name, entry in entries.items():
        if not isinstance(entry, Map):
            line = key_line(entries, name)
            raise TemplateError(f"{section}: {name[:80]!r} is no map", "write its keys below it", line=line)
