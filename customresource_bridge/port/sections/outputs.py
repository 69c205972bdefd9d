"""Translates the section Outputs: an output is kept where what it shows is kept."""

from collections.abc import Mapping
from typing import Any

from customresource_bridge.port.context import NOTHING, Context, Scope
from customresource_bridge.port.functions.dispatch import translate
from customresource_bridge.port.handlers.find import PortedHandler, shown_function
from customresource_bridge.port.handlers.service_tokens import parameter_of, service_token
from customresource_bridge.port.report import SourceLocation
from customresource_bridge.port.template.graph import references
from customresource_bridge.port.template.tree import Map, key_line, walk
from customresource_bridge.protocol.values import stringified


def outputs(ctx: Context, handlers: Mapping[str, PortedHandler]) -> Map:
    """Return the section in HOT, without the outputs about what was taken out.

    A handler's ARN is what other templates take for a ServiceToken: it becomes the handler's.
    """
    source = ctx.template.outputs
    result = Map(line=source.line)
    for name, declared in source.items():
        line = key_line(source, name)
        location = SourceLocation(f"Outputs.{name}", line)
        is_token = name in ctx.template.token_outputs
        value = (_token if is_token else _value)(declared, handlers, ctx, location)
        translated = None if value is None else _output(declared, value, ctx, location)
        if translated is not None:
            result.put(name, translated, line=line)
    return result


def _output(declared: Map, value: Any, ctx: Context, location: SourceLocation) -> Map:
    result = Map(line=declared.line)
    if declared.get("Description") is not None:
        text = str(stringified(declared["Description"]))
        result.put("description", text, line=key_line(declared, "Description"))
    if declared.get("Condition") is not None:
        result.put("condition", declared["Condition"], line=key_line(declared, "Condition"))
    else:
        _adopt_condition(declared, result, ctx, location)
    result.put("value", value, line=key_line(declared, "Value"))
    if "Export" in declared:
        where = location.at(key_line(declared, "Export"))
        remedy = "give this output to the other stack as a parameter"
        ctx.report.lost("Outputs Export", where, "Heat has no exports between stacks", remedy)
    return result


def _token(declared: Map, handlers: Mapping[str, PortedHandler], ctx: Context, location: SourceLocation) -> Any:
    return service_token(declared.get("Value"), handlers, ctx, location)


def _value(declared: Map, handlers: Mapping[str, PortedHandler], ctx: Context, location: SourceLocation) -> Any:
    source = declared.get("Value")
    handler = handlers.get(shown_function(source, ctx.template) or "")
    if handler is not None:
        ctx.report.note("Outputs", location, f"it was the ARN of {handler.function}, and is its ServiceToken here")
        return ctx.options.service_token or parameter_of(handler, ctx)
    gone = sorted(references(source) & ctx.support)
    if gone:
        ctx.report.lost("Outputs", location, f"it shows {gone[0]}, which is taken out", "remove whatever reads it")
        return None
    value = translate(source, ctx, Scope(location.at(key_line(declared, "Value"))))
    if value is NOTHING or value is None:
        ctx.report.lost("Outputs", location, "it has no value here", "remove whatever reads it")
        return None
    return value


def _adopt_condition(declared: Map, result: Map, ctx: Context, location: SourceLocation) -> None:
    """Show an output only where what it shows is made: Heat refuses the whole template otherwise, also where it is."""
    if any("Fn::If" in part for part in walk(declared.get("Value")) if isinstance(part, dict)):
        return
    made = ctx.template.resources
    shown = sorted((references(declared.get("Value")) & made.keys()) - ctx.left_out)
    conditions = sorted({str(made[name]["Condition"]) for name in shown if "Condition" in made[name]})
    conditions = [name for name in conditions if name in ctx.template.conditions]
    if conditions:
        ctx.report.note(
            "Outputs", location, f"it is shown under the condition of what it shows: {', '.join(conditions)}"
        )
        result["condition"] = conditions[0] if len(conditions) == 1 else {"and": conditions}
