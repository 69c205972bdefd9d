"""Translates the sections together: the whole template in HOT, as values. It neither reads nor writes text."""

from collections.abc import Mapping
from dataclasses import replace

from customresource_bridge.port.context import Context, NestedStack, NotPorted, Options
from customresource_bridge.port.functions.table import FUNCTIONS
from customresource_bridge.port.handlers.find import PortedHandler
from customresource_bridge.port.handlers.support_resources import support_resources
from customresource_bridge.port.sections import heat_types
from customresource_bridge.port.sections.conditions import condition_if, conditions
from customresource_bridge.port.sections.metadata import parameter_groups, parameter_labels
from customresource_bridge.port.sections.outputs import outputs
from customresource_bridge.port.sections.parameters import parameters
from customresource_bridge.port.sections.resources import resources
from customresource_bridge.port.template.template import Template
from customresource_bridge.port.template.tree import Map, key_line

HOT_VERSION = "2021-04-16"
"""The first version whose ``if`` may leave a value out."""


def context_of(
    template: Template,
    options: Options,
    handlers: Mapping[str, PortedHandler],
    *,
    nested: Mapping[str, NestedStack],
    refused: Mapping[str, NotPorted],
) -> Context:
    """Return the state that a port begins with: what is taken out, and what has no counterpart.

    :param nested: the nested stacks whose templates are ported; ``refused`` are the others.
    """
    support = support_resources(template, [handler.function for handler in handlers.values() if handler.function])
    stay = frozenset(
        name
        for name in template.resources
        if name in nested or heat_types.is_offered(template.type_of(name), options.resource_types)
    )
    return Context(
        template=template,
        options=options,
        functions=FUNCTIONS,
        support=support,
        outside=frozenset(template.resources) - support - stay,
        nested=nested,
        refused=refused,
    )


def hot_template(ctx: Context, handlers: Mapping[str, PortedHandler]) -> Map:
    """Return the template in HOT, before it is text."""
    root = ctx.template.root
    made_conditions = conditions(_for_conditions(ctx))
    made_resources = resources(ctx, handlers)
    made_outputs = outputs(ctx, handlers)
    made_parameters = parameters(ctx)  # after all that may add one
    for name, label in parameter_labels(ctx).items():
        if name in made_parameters:
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
