"""The state of one port: the template, what is taken out of it, the parameters it gains, the report.

It is the only value of a port that changes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from customresource_bridge.port.report import Report, SourceLocation
from customresource_bridge.port.template.template import Template

PLACEHOLDER = "replace-me-"
"""What the default of a parameter begins with that stands for something outside OpenStack."""

NOTHING = object()
"""AWS::NoValue: whatever holds it goes without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the caller decides.

    :ivar region: the default for AWS::Region.
    :ivar service_token: who handles every custom resource; None to propose one for each handler.
    :ivar resource_types: what the target Heat offers; empty where unknown, then only what every Heat offers.
    """

    region: str = "RegionOne"
    service_token: str | None = None
    resource_types: frozenset[str] = frozenset()


@dataclass(slots=True)
class Context:
    """Everything a translating function may need.

    :ivar functions: which function becomes what.
    :ivar support: the resources that are taken out because they only serve custom resources.
    :ivar outside: the resources that have no counterpart.
    :ivar added: the parameters that the ported template gains, in HOT.
    """

    template: Template
    options: Options
    functions: Mapping[str, "Translator"]
    report: Report = field(default_factory=Report)
    support: frozenset[str] = frozenset()
    outside: frozenset[str] = frozenset()
    added: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    @property
    def left_out(self) -> frozenset[str]:
        """The resources that the ported template does not have."""
        return self.support | self.outside

    def parameter(self, key: str, *, name: str, definition: dict[str, Any]) -> dict[str, Any]:
        """Return a reference to the added parameter that stands for ``key``, which is made at its first use.

        :param key: what it stands for: the same key always gives the same parameter.
        :param name: what it should be called, if that is still free.
        """
        if key not in self.names:
            # Heat refuses a resource that is called as a parameter is.
            stay = self.template.resources.keys() - self.left_out
            taken = {*self.template.parameters, *self.added, *stay}
            free = name
            number = 2
            while free in taken:
                free, number = f"{name}{number}", number + 1
            self.names[key] = free
            self.added[free] = definition
        return {"get_param": self.names[key]}

    def stand_in(
        self, resource: str, attribute: str, location: SourceLocation, *, is_list: bool = False
    ) -> dict[str, Any]:
        """Return a parameter for something of a resource that the ported template does not have."""
        what = f"{resource}.{attribute}" if attribute else resource
        kind = self.template.type_of(resource) if resource in self.template.resources else "not in the template"
        reference = self.parameter(
            f"outside {what}",
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
    """Where a value stands: its location for the report, and whether Heat's few condition functions must do."""

    location: SourceLocation
    in_condition: bool = False
    wants_list: bool = False

    def at(self, line: int) -> "Scope":
        """Return the scope on another line."""
        return replace(self, location=self.location.at(line))

    def inside(self, line: int) -> "Scope":
        """Return the scope of a part of this value."""
        return replace(self, location=self.location.at(line), wants_list=False)

    def list(self) -> "Scope":
        """Return the scope of an argument that must be a list."""
        return replace(self, wants_list=True)


Translator = Callable[[Any, Context, Scope], Any]
"""Translates one function's argument; raises dispatch.MalformedError where that has not its form."""
