"""Takes an answer that reached Heat: validates it, keeps the first one of its request, and wakes the resource.

It never touches the resource's own row: an engine thread may hold it.
"""

import json
from dataclasses import replace
from typing import Any

from oslo_log import log as logging

from customresource_bridge.plugin import clock
from customresource_bridge.plugin.delivery import queue
from customresource_bridge.plugin.heat import queries, resource_data, retrigger
from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.protocol import Identity, Response, ResponseError
from customresource_bridge.protocol.limits import MAX_RESPONSE_BYTES
from customresource_bridge.protocol.naming import named, shown

LOG = logging.getLogger(__name__)


def receive(ref: ResourceRef, details: Any) -> None:
    """Take one answer.

    It is routed by its RequestId over all rows of the stack: Heat hands it to any row of that name. A late
    or a further one is kept for what it names; one that names nothing new, or whose resource is gone, is taken without
    effect, so that its sender stops sending it.

    :raises ResponseError: the body is no answer; nothing was kept.
    """
    request_id = _request_id(details)
    found = queries.row_of_request(ref.context, ref.stack_uuid, request_id)
    if found is None:
        late = Identity(stack_id=ref.stack_id, request_id=request_id, logical_resource_id=ref.name)
        LOG.info("%s: a response that nobody waits for", shown(late), extra=named(late))
        return
    row_id, name = found
    identity = Identity(stack_id=ref.stack_id, request_id=request_id, logical_resource_id=name)
    response = Response.parse(details, identity)
    text = json.dumps(response.to_dict())
    if _keep(replace(ref, row_id=row_id, name=name), response, text):
        LOG.info("%s: Heat has the response, %s", shown(identity), response.status, extra=named(identity))
        retrigger.retrigger(ref.context, ref.stack, row_id, now=clock.now())


def _keep(ref: ResourceRef, response: Response, text: str) -> bool:
    """Store an answer if it is the first, or names what the first did not; return whether it was stored."""
    request_id = response.identity.request_id
    if resource_data.write_first(ref.context, ref.row_id, resource_data.answer_key(request_id), text):
        return True
    first = queue.answer(ref, request_id)
    named_id = response.physical_resource_id
    if not named_id or first is None or first.physical_resource_id == named_id:
        return False
    key = resource_data.further_answer_key(request_id, named_id)
    return bool(resource_data.write_first(ref.context, ref.row_id, key, text))


def _request_id(details: Any) -> str:
    if not isinstance(details, dict):
        raise ResponseError("The response", "is no JSON object", "send one")
    size = len(json.dumps(details).encode())
    if size > MAX_RESPONSE_BYTES:
        raise ResponseError("The response", f"has {size} bytes", f"the limit is {MAX_RESPONSE_BYTES} bytes")
    request_id = details.get("RequestId")
    if not isinstance(request_id, str) or not request_id.isascii() or not request_id.replace("-", "").isalnum():
        raise ResponseError("RequestId", "is missing or no RequestId", "copy it from the request")
    return request_id
