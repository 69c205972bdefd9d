"""Ports a CloudFormation template: text in, texts and a report out. No I/O.

It does not guess: what has no counterpart is in the report.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from customresource_bridge.port.context import Context, NestedStack, Options
from customresource_bridge.port.family import ROOT_FILE, FamilyMember, family
from customresource_bridge.port.handlers.find import PortedHandler, find
from customresource_bridge.port.handlers.proposals import Proposal, propose
from customresource_bridge.port.handlers.service_tokens import handler_key
from customresource_bridge.port.report import Report
from customresource_bridge.port.sections.environment import environment
from customresource_bridge.port.sections.hot_template import context_of, hot_template
from customresource_bridge.port.sections.metadata import report_sections
from customresource_bridge.port.template.write import write


@dataclass(frozen=True, slots=True)
class Ported:
    """What a port yields.

    :ivar template: the HOT template's text.
    :ivar nested: those of its nested stacks, by their files.
    :ivar types: the types of the resources in all of them.
    :ivar environment: the parameters without default, as an environment to fill in; None where there are none.
    :ivar proposals: for each handler, how to run it, with its files.
    """

    template: str
    proposals: tuple[Proposal, ...]
    report: Report
    environment: str | None = None
    nested: Mapping[str, str] = field(default_factory=dict)
    types: frozenset[str] = frozenset()

    @property
    def files(self) -> Mapping[str, str]:
        """All texts to write, by their path below the output directory."""
        found = {**self.nested, ROOT_FILE: self.template}
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
    """Port the CloudFormation template in ``raw``, and those of its nested stacks that lie beside it.

    :raises TemplateError: it cannot be read, or is none.
    """
    members = family(raw, options.read_template)
    handlers = {member.path: find(member.template, stack=options.name, name=member.name) for member in members}
    made: dict[str, _Made] = {}
    for member in members:
        made[member.path] = _ported(member, handlers[member.path], made, options)
    root = made.pop("")
    report = root.ctx.report
    for path, other in made.items():
        report.include(other.ctx.report, path)
    return Ported(
        root.text,
        tuple(_for_root(proposal, root.ctx) for one in (root, *made.values()) for proposal in one.proposals),
        report,
        environment(root.parameters),
        {other.stack.file: other.text for other in made.values()},
        root.types.union(*(other.types for other in made.values())),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """One template of a family, ported."""

    ctx: Context
    text: str
    parameters: Mapping[str, Any]
    types: frozenset[str]
    proposals: tuple[Proposal, ...]
    stack: NestedStack


def _ported(
    member: FamilyMember, handlers: Mapping[str, PortedHandler], made: Mapping[str, _Made], options: Options
) -> _Made:
    """Port one template; those that it nests are ``made`` already."""
    own = replace(options, read_folder=lambda path: options.read_folder(member.beside(path)))
    nested = {name: made[path].stack for name, path in member.nested.items()}
    ctx = context_of(member.template, own, handlers, nested=nested, refused=member.refused)
    hot = hot_template(ctx, handlers)
    report_sections(ctx)
    return _Made(
        ctx=ctx,
        text=write(hot, member.document.comments),
        parameters=hot.get("parameters", {}),
        types=frozenset(str(resource["type"]) for resource in hot["resources"].values()),
        proposals=tuple(propose(handlers.values(), ctx)) if options.service_token is None else (),
        stack=member.as_nested(ctx.names, ctx.added, hot.get("outputs", {})),
    )


def _for_root(proposal: Proposal, root: Context) -> Proposal:
    """Return a proposal with the parameter of the first template, which hands it on to a nested one."""
    return replace(proposal, parameter=root.names.get(handler_key(proposal.name), proposal.parameter))
