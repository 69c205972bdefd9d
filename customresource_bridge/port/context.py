"""The state of one port: the template, what is taken out of it, the parameters it gains, the report.

It is the only value of a port that changes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from customresource_bridge.port.beside import NO_CODE, ReadFolder, ReadTemplate, no_template
from customresource_bridge.port.report import Report, SourceLocation
from customresource_bridge.port.template.template import Template

PLACEHOLDER = "replace-me-"
"""What the default of a parameter begins with that stands for something outside OpenStack."""

NOTHING = object()
"""AWS::NoValue: whatever holds it goes without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the caller decides.

    :ivar name: what the stack is called: the handlers' queues and workflows are named by it; empty if unknown.
    :ivar region: the default for AWS::Region.
    :ivar service_token: who handles every custom resource; None to propose one for each handler.
    :ivar resource_types: what the target Heat offers; empty where unknown, then only what every Heat offers.
    :ivar read_folder: reads code that lies beside the template.
    :ivar read_template: reads a nested stack's template that lies there.
    """

    name: str = ""
    region: str = "RegionOne"
    service_token: str | None = None
    resource_types: frozenset[str] = frozenset()
    read_folder: ReadFolder = lambda _path: NO_CODE
    read_template: ReadTemplate = no_template


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedStack:
    """A nested stack whose template was ported before its parent's.

    :ivar file: its ported template's, which the parent names.
    :ivar declared: its template's own parameters, and whether each has a default.
    :ivar added: by what it stands for, each parameter that the port added: its name and its definition in HOT.
    :ivar outputs: the names of the outputs that its ported template has.
    """

    file: str
    declared: Mapping[str, bool]
    added: Mapping[str, tuple[str, Mapping[str, Any]]]
    outputs: frozenset[str]


@dataclass(frozen=True, slots=True)
class NotPorted:
    """Why a nested stack's template is not ported, and what to do."""

    reason: str
    remedy: str


@dataclass(slots=True)
class Context:
    """Everything a translating function may need.

    :ivar functions: which function becomes what.
    :ivar support: the resources that are taken out because they only serve custom resources.
    :ivar outside: the resources that have no counterpart.
    :ivar nested: the nested stacks whose templates are ported; ``refused`` are the others.
    :ivar added: the parameters that the ported template gains, in HOT.
    :ivar names: the added parameters' names, by what they stand for.
    :ivar numbers: by a name that was wanted, the number to try next where it is taken.
    :ivar left_out: the resources that the ported template does not have.
    :ivar taken: what no added parameter may be called: Heat refuses a resource that is called as a parameter is.
    """

    template: Template
    options: Options
    functions: Mapping[str, "Translator"]
    report: Report = field(default_factory=Report)
    support: frozenset[str] = frozenset()
    outside: frozenset[str] = frozenset()
    nested: Mapping[str, NestedStack] = field(default_factory=dict)
    refused: Mapping[str, NotPorted] = field(default_factory=dict)
    added: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    left_out: frozenset[str] = field(init=False)
    taken: set[str] = field(init=False)

    def __post_init__(self) -> None:
        """Work out once what many ask for."""
        self.left_out = self.support | self.outside
        self.taken = {*self.template.parameters, *(self.template.resources.keys() - self.left_out)}

    def parameter(self, key: str, *, name: str, definition: Mapping[str, Any]) -> dict[str, Any]:
        """Return a reference to the added parameter that stands for ``key``, which is made at its first use.

        :param key: what it stands for: the same key always gives the same parameter.
        :param name: what it should be called, if that is still free.
        """
        if key not in self.names:
            free = self._free(name)
            self.names[key] = free
            self.added[free] = dict(definition)
        return {"get_param": self.names[key]}

    def _free(self, name: str) -> str:
        free, number = name, self.numbers.get(name, 2)
        while free in self.taken or free in self.added:
            free, number = f"{name}{number}", number + 1
        self.numbers[name] = number
        return free

    def stand_in(
        self, resource: str, attribute: str, location: SourceLocation, *, is_list: bool = False, computed: Any = ""
    ) -> dict[str, Any]:
        """Return a parameter for something of a resource that the ported template does not have.

        :param computed: what says which attribute it is, where ``attribute`` does not.
        """
        what = f"{resource}.{attribute}" if attribute else resource
        kind = self.template.type_of(resource) if resource in self.template.resources else "not in the template"
        reference = self.parameter(
            f"outside {what} {computed!r}" if computed else f"outside {what}",
            name="".join(letter for letter in what if letter.isalnum()),
            definition={
                "type": "comma_delimited_list" if is_list else "string",
                "description": f"Stands for {what} of the CloudFormation template ({kind})",
                "default": PLACEHOLDER + what,
            },
        )
        self.report.todo(
            kind, location, f"{what} does not exist here", f"give its value in the parameter {reference['get_param']}"
        )
        return reference


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a value stands: its location for the report, and whether Heat's few condition functions must do.

    :ivar is_item: whether it is an item of a list, which AWS::NoValue takes out.
    """

    location: SourceLocation
    in_condition: bool = False
    wants_list: bool = False
    is_item: bool = False

    def at(self, line: int) -> "Scope":
        """Return the scope on another line."""
        return replace(self, location=self.location.at(line))

    def inside(self, line: int) -> "Scope":
        """Return the scope of a part of this value."""
        return replace(self, location=self.location.at(line), wants_list=False, is_item=False)

    def item(self, line: int) -> "Scope":
        """Return the scope of an item of this list."""
        return replace(self.inside(line), is_item=True)

    def list(self) -> "Scope":
        """Return the scope of an argument that must be a list."""
        return replace(self, wants_list=True, is_item=False)


Translator = Callable[[Any, Context, Scope], Any]
"""Translates one function's argument; raises dispatch.MalformedError where that has not its form."""
