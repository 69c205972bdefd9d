"""Makes the request that is posted out of the pending one that is stored: the same one, however often it is posted.

Pure.
"""

import json

from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.protocol import Extras, Request, Secret, WorkflowCall
from customresource_bridge.protocol.limits import MAX_REQUEST_BYTES

NO_URL = Secret("direct:")
"""What stands for a ResponseURL where the plugin itself starts the workflow."""


def build(pending: Pending, *, stack_id: str, name: str, project_id: str, url: Secret) -> Request:
    """Return the request to post.

    :param stack_id: the stack's ARN.
    :param name: the resource's name in the template.
    """
    return Request(
        request_type=pending.request_type,
        request_id=pending.request_id,
        stack_id=stack_id,
        logical_resource_id=name,
        resource_type=pending.spec.resource_type,
        response_url=url,
        service_token=pending.spec.service_token,
        physical_resource_id=pending.physical_resource_id,
        resource_properties=pending.spec.properties,
        old_resource_properties=pending.old_properties,
        extras=Extras(
            project_id=project_id,
            deadline=pending.deadline,
            previous_request_id=pending.previous_request_id,
            workflow=_workflow(pending.spec, str(pending.request_type).lower()),
        ),
    )


def _workflow(spec: Spec, phase: str) -> WorkflowCall | None:
    chosen = spec.workflows.get(phase)
    if chosen is None:
        return None
    return WorkflowCall(name=chosen.workflow, namespace=chosen.namespace, input=spec.input)


def problem(request: Request) -> str | None:
    """Return why a request cannot be posted, or None."""
    size = len(json.dumps(request.to_dict()))
    if size <= MAX_REQUEST_BYTES:
        return None
    return f"The request has {size} bytes, the limit is {MAX_REQUEST_BYTES}: pass large values by reference"
