"""Ports a CloudFormation template: text in, texts and a report out. No I/O.

It does not guess: what has no counterpart is in the report.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from customresource_bridge.port.context import Context, Options
from customresource_bridge.port.functions.table import FUNCTIONS
from customresource_bridge.port.handlers.find import PortedHandler, find
from customresource_bridge.port.handlers.proposals import Proposal, propose
from customresource_bridge.port.handlers.support_resources import support_resources
from customresource_bridge.port.report import Report
from customresource_bridge.port.sections import heat_types
from customresource_bridge.port.sections.conditions import condition_if, conditions
from customresource_bridge.port.sections.environment import environment
from customresource_bridge.port.sections.metadata import parameter_groups, parameter_labels, report_sections
from customresource_bridge.port.sections.outputs import outputs
from customresource_bridge.port.sections.parameters import parameters
from customresource_bridge.port.sections.resources import resources
from customresource_bridge.port.template.load import load
from customresource_bridge.port.template.template import Template
from customresource_bridge.port.template.tree import Map, key_line
from customresource_bridge.port.template.write import write

HOT_VERSION = "2021-04-16"
"""The first version whose ``if`` may leave a value out."""


@dataclass(frozen=True, slots=True)
class Ported:
    """What a port yields.

    :ivar template: the HOT template's text.
    :ivar environment: the parameters without default, as an environment to fill in; None where there are none.
    :ivar proposals: for each handler, how to run it, with its files.
    """

    template: str
    proposals: tuple[Proposal, ...]
    report: Report
    environment: str | None = None

    @property
    def files(self) -> Mapping[str, str]:
        """All texts to write, by their path below the output directory."""
        found = {"template.yaml": self.template}
        if self.environment is not None:
            found["environment.yaml"] = self.environment
        for proposal in self.proposals:
            found.update(proposal.files)
        return found


def port(raw: bytes, options: Options) -> Ported:
    """Port the CloudFormation template in ``raw``.

    :raises TemplateError: it cannot be read, or is none.
    """
    document = load(raw)
    template = Template.of(document)
    handlers = find(template)
    ctx = _context(template, options, handlers)
    hot = _sections(ctx, handlers)
    report_sections(ctx)
    proposals = propose(handlers.values(), ctx) if options.service_token is None else ()
    return Ported(write(hot, document.comments), tuple(proposals), ctx.report, environment(hot.get("parameters", {})))


def _context(template: Template, options: Options, handlers: Mapping[str, PortedHandler]) -> Context:
    support = support_resources(template, [handler.function for handler in handlers.values() if handler.function])
    stay = frozenset(
        name for name in template.resources if heat_types.is_offered(template.type_of(name), options.resource_types)
    )
    return Context(
        template=template,
        options=options,
        functions=FUNCTIONS,
        support=support,
        outside=frozenset(template.resources) - support - stay,
    )


def _sections(ctx: Context, handlers: Mapping[str, PortedHandler]) -> Map:
    root = ctx.template.root
    made_conditions = conditions(_for_conditions(ctx))
    made_resources = resources(ctx, handlers)
    made_outputs = outputs(ctx, handlers)
    made_parameters = parameters(ctx)  # after all that may add one
    for name, label in parameter_labels(ctx).items():
        if name in ctx.template.parameters:
            made_parameters[name]["label"] = label
    result = Map(line=1)
    result.put("heat_template_version", HOT_VERSION, line=key_line(root, "AWSTemplateFormatVersion", 1))
    if root.get("Description") is not None:
        result.put("description", str(root["Description"]), line=key_line(root, "Description"))
    for key, source, made in (
        ("parameter_groups", "Metadata", parameter_groups(ctx)),
        ("parameters", "Parameters", made_parameters),
        ("conditions", "Conditions", made_conditions),
        ("resources", "Resources", made_resources),
        ("outputs", "Outputs", made_outputs),
    ):
        if made or key == "resources":
            result.put(key, made, line=root.lines.get(source, 0))
    return result


def _for_conditions(ctx: Context) -> Context:
    # The same port, with Fn::If as conditions need it; parameters and findings are shared.
    return replace(ctx, functions={**FUNCTIONS, "Fn::If": condition_if})
