"""Ports a CloudFormation template: text in, texts and a report out. No I/O.

It does not guess: what has no counterpart is in the report.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from customresource_bridge.port.context import Options
from customresource_bridge.port.handlers.find import find
from customresource_bridge.port.handlers.proposals import Proposal, propose
from customresource_bridge.port.report import Report
from customresource_bridge.port.sections.environment import environment
from customresource_bridge.port.sections.hot_template import context_of, hot_template
from customresource_bridge.port.sections.metadata import report_sections
from customresource_bridge.port.template.load import load
from customresource_bridge.port.template.loops import unrolled
from customresource_bridge.port.template.template import Template
from customresource_bridge.port.template.write import write


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

    @property
    def copied(self) -> Mapping[str, bytes]:
        """All files to copy, by their path below the output directory."""
        return {name: content for proposal in self.proposals for name, content in proposal.copied.items()}

    @property
    def programs(self) -> frozenset[str]:
        """Which of all these files may be run as a program."""
        return frozenset(name for proposal in self.proposals for name in proposal.programs)


def port(raw: bytes, options: Options) -> Ported:
    """Port the CloudFormation template in ``raw``.

    :raises TemplateError: it cannot be read, or is none.
    """
    document = unrolled(load(raw))
    template = Template.of(document)
    handlers = find(template)
    ctx = context_of(template, options, handlers)
    hot = hot_template(ctx, handlers)
    report_sections(ctx)
    proposals = propose(handlers.values(), ctx) if options.service_token is None else ()
    return Ported(write(hot, document.comments), tuple(proposals), ctx.report, environment(hot.get("parameters", {})))
