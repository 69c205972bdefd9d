"""The contract between a request and the Mistral workflow that handles it; its prose is workflows/README.md.

Called by the bridge, and by the plugin where a resource runs its workflow directly, so that both mean the same.
"""

from collections.abc import Mapping
from typing import Any

from customresource_bridge.protocol import limits
from customresource_bridge.protocol.errors import ResponseError
from customresource_bridge.protocol.request import Request
from customresource_bridge.protocol.response import Identity, Response, Status

REQUEST_INPUT = "request"
"""The one input of a handler's workflow, unless the template's author wrote the whole input."""

_OUTPUT_KEYS = frozenset({"physical_resource_id", "data", "no_echo", "reason"})


def identity_of(request: Request) -> Identity:
    """Return the ids that every response to ``request`` carries."""
    return Identity(
        stack_id=request.stack_id,
        request_id=request.request_id,
        logical_resource_id=request.logical_resource_id,
    )


def workflow_input(request: Request) -> dict[str, Any]:
    """Return what the workflow is started with.

    The ResponseURL stays out: whoever may read the execution could answer in the handler's name.
    """
    workflow = request.extras.workflow
    if workflow is not None and workflow.input is not None:
        return dict(workflow.input)
    return {REQUEST_INPUT: {key: value for key, value in request.to_dict().items() if key != "ResponseURL"}}


def outcome(request: Request, *, state: str, output: Any, state_info: str | None) -> Response | None:
    """Return what an execution in ``state`` answers to ``request``, or None while it still runs.

    :param state: Mistral's: SUCCESS, ERROR, CANCELLED; all others are "not yet".
    :param output: the execution's output, decoded.
    :param state_info: Mistral's account of an ERROR or a CANCELLED.
    """
    if state == "SUCCESS":
        return _success(request, output if isinstance(output, Mapping) else {})
    if state in {"ERROR", "CANCELLED"}:
        reason = readable_reason(state_info) or f"The workflow ended in state {state} without saying why"
        return Response.failed(identity_of(request), reason, physical_resource_id=request.physical_resource_id)
    return None


def _success(request: Request, output: Mapping[str, Any]) -> Response:
    structured = not _OUTPUT_KEYS.isdisjoint(output)
    body = {
        "Status": str(Status.SUCCESS),
        "PhysicalResourceId": output.get("physical_resource_id") if structured else None,
        "Data": output.get("data") if structured else dict(output),
        "NoEcho": output.get("no_echo") if structured else None,
        "Reason": output.get("reason") if structured else None,
    }
    if body["PhysicalResourceId"] in (None, ""):
        body["PhysicalResourceId"] = request.physical_resource_id
    identity = identity_of(request)
    try:
        return Response.parse(body, identity)
    except ResponseError as error:
        reason = f"The workflow's output is no valid response: {error}"
        return Response.failed(identity, reason, physical_resource_id=request.physical_resource_id)


def readable_reason(state_info: str | None) -> str:
    """Return the one line a stack's owner should read out of Mistral's account of a failure.

    Mistral repeats the innermost message under a heading for the workflow and one for each task and action; the last
    line that is not a heading is what the handler itself said.
    """
    lines = [line.strip() for line in (state_info or "").splitlines() if line.strip()]
    said = [
        line for line in lines if not line.endswith("]:") and not line.startswith("Failure caused by error in tasks")
    ]
    chosen = said[-1] if said else " ".join(lines)
    return chosen[: limits.MAX_REASON_CHARACTERS]
