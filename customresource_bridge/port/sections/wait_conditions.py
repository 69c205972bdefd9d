"""Looks at WaitConditions: which wait for nothing, and which would wait in vain.

Without a handle, or with a Count of 0, CloudFormation waits for nothing; Heat refuses both. In vain waits one whose
handle only something that is left out signalled. A handle that nothing in the template names is signalled from outside.
"""

from collections.abc import Mapping

from customresource_bridge.port.context import Context
from customresource_bridge.port.report import SourceLocation
from customresource_bridge.port.template.constants import constant_text
from customresource_bridge.port.template.graph import references, resource_references
from customresource_bridge.port.template.tree import key_line

_CONDITION = "AWS::CloudFormation::WaitCondition"
_HANDLE = "AWS::CloudFormation::WaitConditionHandle"


def waits_for_nothing(name: str, ctx: Context) -> bool:
    """Return whether a resource is a WaitCondition that is complete as soon as it is made."""
    properties = ctx.template.properties(name)
    if ctx.template.type_of(name) != _CONDITION:
        return False
    return properties.get("Handle") is None or constant_text(properties.get("Count")) == "0"


def report_unsignalled(ctx: Context) -> None:
    """Report each WaitCondition whose signallers are all left out."""
    signallers = _signallers(ctx)
    for name in ctx.template.resources:
        if ctx.template.type_of(name) != _CONDITION or name in ctx.left_out or waits_for_nothing(name, ctx):
            continue
        known = frozenset[str]().union(*(signallers.get(handle, ()) for handle in _handles(name, ctx)))
        if known and known <= ctx.left_out:
            location = SourceLocation(name, key_line(ctx.template.resources, name))
            reason = f"{', '.join(sorted(known))}, which signalled it, is left out: it would fail after its Timeout"
            ctx.report.blocking(_CONDITION, location, reason, "have something else signal its handle, or remove it")


def _handles(condition: str, ctx: Context) -> frozenset[str]:
    return frozenset(references(ctx.template.properties(condition).get("Handle")))


def _signallers(ctx: Context) -> Mapping[str, frozenset[str]]:
    """Return which resources name each handle, other than to wait for it."""
    found: dict[str, set[str]] = {}
    for name, resource in ctx.template.resources.items():
        if ctx.template.type_of(name) == _CONDITION:
            continue
        for other in resource_references(resource):
            if other in ctx.template.resources and ctx.template.type_of(other) == _HANDLE:
                found.setdefault(other, set()).add(name)
    return {handle: frozenset(names) for handle, names in found.items()}
