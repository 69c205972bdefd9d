"""Makes the request that is posted out of the pending one that is stored: the same one, however often it is posted.

Pure.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.protocol import EarlierRequest, Extras, Request, RequestType, Secret, WorkflowCall
from customresource_bridge.protocol.limits import EARLIER_REQUESTS, MAX_PHYSICAL_RESOURCE_ID_BYTES, MAX_REQUEST_BYTES

NO_URL = Secret("direct:")
"""What stands for a ResponseURL where the plugin itself starts the workflow."""
_ENVELOPE = len('{"messages": [{"body": , "ttl": 1209600}]}')
"""Zaqar counts a whole post, and not the message in it alone."""
_LONGEST_ID = "\x01" * MAX_PHYSICAL_RESOURCE_ID_BYTES
"""No id of as many bytes is longer in JSON: each of these takes six characters for one."""


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
            previous_request_id=next(iter(pending.previous), None),
            earlier=tuple(EarlierRequest(request_id=request_id) for request_id in pending.previous[1:]),
            held=pending.held,
            workflow=_workflow(pending.spec, str(pending.request_type).lower()),
        ),
    )


def _workflow(spec: Spec, phase: str) -> WorkflowCall | None:
    chosen = spec.workflows.get(phase)
    if chosen is None:
        return None
    return WorkflowCall(name=chosen.workflow, namespace=chosen.namespace, input=spec.input)


def longest_delete(pending: Pending) -> Pending:
    """Return a Delete that is as long as any of what a Create or an Update makes, but for ids that it leaves alone."""
    return replace(
        pending,
        request_type=RequestType.DELETE,
        physical_resource_id=_LONGEST_ID,
        old_properties=None,
        previous=(pending.request_id,) * (1 + EARLIER_REQUESTS),
    )


def fitting(pending: Pending, message_of: Callable[[Pending], dict[str, Any]]) -> dict[str, Any]:
    """Return a request's message with as many of the ids that it leaves alone as there is room for."""
    for named in range(len(pending.held), 0, -1):
        message = message_of(replace(pending, held=pending.held[:named]))
        if problem(message, what="It") is None:
            return message
    return message_of(replace(pending, held=()))


def problem(message: Mapping[str, Any], *, what: str) -> str | None:
    """Return why a message cannot be posted, or None.

    :param message: all that is posted, with what only some handlers are sent.
    :param what: what the message is, at a sentence's beginning.
    """
    size = len(json.dumps(message)) + _ENVELOPE
    if size <= MAX_REQUEST_BYTES:
        return None
    return f"{what} has {size} bytes, the limit is {MAX_REQUEST_BYTES}: pass large values by reference"
