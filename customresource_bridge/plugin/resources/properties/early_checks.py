"""Mistakes of writing in a template, met by its validation, before anything is asked of a handler."""

import re
from collections.abc import Collection, Iterable
from typing import Any

from heat.common import exception

from customresource_bridge.plugin.delivery.lookup import workflow_names
from customresource_bridge.plugin.lifecycle.spec import PhaseWorkflow, Spec
from customresource_bridge.protocol import ServiceTokenError, WorkflowToken, parse_service_token
from customresource_bridge.protocol.service_token import likely_meant

CUSTOM = "Custom::"
NAME = r"[\w@-]{1,60}"
"""What follows ``Custom::``, as at AWS."""


def check_names(stack: Any, resource_type: str, *, given: Collection[str], known: Iterable[str]) -> None:
    """Refuse in a new stack a type's name that AWS would refuse, and a property that is ours but for its case.

    A stack that is there may have such a name from before it was refused, and must not be kept from its updates.

    :param given: the names of the properties in the template.
    :param known: the names of ours.
    :raises StackValidationFailed: there is such a one.
    """
    if _may_be_there(stack):
        return
    if resource_type.startswith(CUSTOM) and not re.fullmatch(CUSTOM + NAME, resource_type, re.ASCII):
        raise exception.StackValidationFailed(
            message=f"{resource_type[:200]} is no type's name: after {CUSTOM} come up to 60 letters, digits and _@-"
        )
    for name in known:
        other = next((one for one in given if one != name and one.lower() == name.lower()), None)
        if other is not None and name not in given:
            raise exception.StackValidationFailed(message=f"Property {other}: did you mean {name}?")


def check_handler(resource: Any) -> None:
    """Refuse a ServiceToken in no form that is likely meant, and in a new stack a workflow that is not there.

    A value that another resource is yet to give is not judged, nor is a workflow that the stack may be about to make.

    :raises StackValidationFailed: there is such a one.
    """
    spec = _spec(resource)
    if spec is None:
        return
    meant = likely_meant(spec.service_token)
    if meant is not None:
        raise exception.StackValidationFailed(message=f"ServiceToken of {resource.name}: did you mean {meant}?")
    if _may_be_there(resource.stack) or _makes_workflows(resource.stack):
        return
    for workflow in _workflows(spec):
        problem = workflow_names.problem(resource.ref, workflow.workflow, workflow.namespace)
        if problem is not None:
            raise exception.StackValidationFailed(message=f"{resource.name}: {problem}")


def _spec(resource: Any) -> Spec | None:
    if resource.t.required_resource_names():
        return None
    try:
        spec: Spec = resource.spec(resource.t, resource.properties)
    except (exception.HeatException, AttributeError, KeyError, TypeError, ValueError):
        return None  # a parameter without a value, in a template that is validated by itself
    return spec


def _may_be_there(stack: Any) -> bool:
    """Return whether a stack is there already, or is part of another, of which cannot be told whether it is."""
    return bool(stack.current_traversal or stack.owner_id)


def _makes_workflows(stack: Any) -> bool:
    definitions = (stack.defn.resource_definition(name) for name in stack.defn.enabled_rsrc_names())
    return any(definition.resource_type.startswith("OS::Mistral::") for definition in definitions)


def _workflows(spec: Spec) -> Iterable[PhaseWorkflow]:
    yield from spec.workflows.values()
    try:
        token = parse_service_token(spec.service_token)
    except ServiceTokenError:
        return  # which the property's own constraint says
    if isinstance(token, WorkflowToken):
        yield PhaseWorkflow(workflow=token.workflow, namespace=token.namespace)
