"""Translates the top of a template: what is neither parameter, condition, resource nor output.

The console's grouping of parameters is what Heat's dashboard reads too.
"""

from typing import Any

from customresource_bridge.port.context import Context, Scope
from customresource_bridge.port.functions.dispatch import unknown
from customresource_bridge.port.handlers.cdk_handlers import BOOTSTRAP_RULES
from customresource_bridge.port.report import SourceLocation
from customresource_bridge.port.template.tree import Map, key_line, line_of

_SILENT = frozenset(
    {"AWSTemplateFormatVersion", "Description", "Parameters", "Mappings", "Conditions", "Resources", "Outputs"}
)
_INTERFACE = "AWS::CloudFormation::Interface"
_LOST = {
    "Rules": ("Heat has no rules across parameters", "check them in the handler, or before the stack is created"),
    "Hooks": ("Heat has no such hooks", "remove them"),
}


def report_sections(ctx: Context) -> None:
    """Report the sections that HOT does not have."""
    root = ctx.template.root
    for found in ctx.template.repeated:
        ctx.report.todo(
            "repeated key",
            SourceLocation(_owner(found.path), found.line),
            f"{found.path[-1][:80]} stands on line {found.first} already: the last counts, as at CloudFormation",
            "keep one of them",
        )
    for name, line in ctx.template.loops:
        unknown(name, ctx, Scope(SourceLocation(name, line)))
    _report_transforms(ctx)
    _report_globals(ctx)
    for name in root:
        if name == "Rules" and isinstance(root[name], dict) and root[name].keys() <= BOOTSTRAP_RULES:
            location = SourceLocation(name, key_line(root, name))
            ctx.report.note(name, location, "taken out: by it the CDK checks that AWS was made ready for it")
        elif name not in _SILENT | {"Metadata", "Transform", "Globals"}:
            reason, remedy = _LOST.get(name, ("HOT has no such section", "remove it"))
            ctx.report.lost(name, SourceLocation(name, key_line(root, name)), reason, remedy)
    metadata = root.get("Metadata")
    if not isinstance(metadata, dict):
        return
    for key in metadata:
        if key != _INTERFACE:
            location = SourceLocation("Metadata", key_line(metadata, key))
            ctx.report.lost(f"Metadata {key}", location, "HOT has no metadata of a template", "keep it in a comment")


def _report_transforms(ctx: Context) -> None:
    root = ctx.template.root
    location = SourceLocation("Transform", key_line(root, "Transform"))
    value = root.get("Transform")
    for transform in value if isinstance(value, list) else [value] if "Transform" in root else []:
        if transform == "AWS::LanguageExtensions":
            ctx.report.note(
                "Transform", location, "what it adds to the language is translated, or reported where it stands"
            )
            continue
        reason = "Heat has no macros"
        if str(transform).startswith("AWS::Serverless-"):
            reason += ": only functions that answer custom resources are taken over, as handlers"
        ctx.report.lost("Transform", location, reason, "process the template at AWS first, and port the result")


def _report_globals(ctx: Context) -> None:
    found = ctx.template.root.get("Globals")
    for name in found if isinstance(found, dict) else ():
        location = SourceLocation("Globals", key_line(found, name))
        if name == "Function":
            ctx.report.note("Globals Function", location, "the handlers have these settings too")
        else:
            remedy = "process the template at AWS first, and port the result"
            ctx.report.lost(f"Globals {name}", location, "it belongs to AWS's serverless transform", remedy)


def _owner(path: tuple[str, ...]) -> str:
    section, *names = path
    if not names:
        return section
    return names[0] if section == "Resources" else f"{section}.{names[0]}"


def parameter_groups(ctx: Context) -> list[dict[str, Any]]:
    """Return the groups that the template's interface makes of its parameters."""
    groups = _interface(ctx).get("ParameterGroups")
    result: list[dict[str, Any]] = []
    grouped: set[str] = set()
    for group in groups if isinstance(groups, list) else []:
        names = group.get("Parameters") if isinstance(group, dict) else None
        names = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
        names = [name for name in names if name in ctx.template.parameters and name not in grouped]
        if not names:
            continue
        grouped.update(names)
        made = Map(line=line_of(group))
        label = _label(group.get("Label"))
        if label:
            made["label"] = label
        made["parameters"] = names
        result.append(made)
    return result


def parameter_labels(ctx: Context) -> dict[str, str]:
    """Return the labels that the template's interface gives its parameters."""
    labels = _interface(ctx).get("ParameterLabels")
    if not isinstance(labels, dict):
        return {}
    return {name: _label(label) for name, label in labels.items() if _label(label)}


def _interface(ctx: Context) -> dict[str, Any]:
    metadata = ctx.template.root.get("Metadata")
    found = metadata.get(_INTERFACE) if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def _label(value: Any) -> str:
    text = value.get("default") if isinstance(value, dict) else None
    return text if isinstance(text, str) else ""
