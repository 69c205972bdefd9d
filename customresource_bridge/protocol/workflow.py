"""The contract between a request and the Mistral workflow that handles it; its prose is workflows/README.md.

It gives the workflow's input, and reads what an execution came to as the response. It does not speak to Mistral.
"""

from collections.abc import Mapping
from typing import Any

from customresource_bridge.protocol import limits
from customresource_bridge.protocol.errors import ResponseError
from customresource_bridge.protocol.reason import readable_reason
from customresource_bridge.protocol.request import Request
from customresource_bridge.protocol.response import Response, Status

REQUEST_INPUT = "request"
"""The one input of a handler's workflow, unless the template's author wrote the whole input."""

_RESPONSE_FIELD = {
    "physical_resource_id": "PhysicalResourceId",
    "data": "Data",
    "no_echo": "NoEcho",
    "reason": "Reason",
}
"""An output with any of these keys is a response in itself; any other output is the Data."""
_OUTPUT_KEY = {field: key for key, field in _RESPONSE_FIELD.items()}


def workflow_input(request: Request) -> dict[str, Any]:
    """Return what the workflow is started with.

    The ResponseURL stays out: every user who may read the execution could answer in the handler's name.
    """
    workflow = request.extras.workflow
    if workflow is not None and workflow.input is not None:
        return dict(workflow.input)
    return {REQUEST_INPUT: {key: value for key, value in request.to_dict().items() if key != "ResponseURL"}}


def outcome(request: Request, *, state: str, output: Any, state_info: str | None) -> Response | None:
    """Return what an execution in ``state`` answers to ``request``, or None while it still runs.

    :param state: Mistral's: SUCCESS, ERROR, CANCELLED; all others are "not yet".
    :param output: the execution's output, decoded; of an ERROR what ``output-on-error`` gave or was published.
    :param state_info: Mistral's account of an ERROR or a CANCELLED.
    """
    known = output if isinstance(output, Mapping) else {}
    if state == "SUCCESS":
        return _success(request, known)
    if state in {"ERROR", "CANCELLED"}:
        return _failure(request, known, readable_reason(state_info) or _given_reason(known) or _silence(state))
    return None


def _success(request: Request, output: Mapping[str, Any]) -> Response:
    body: dict[str, Any] = {"Status": str(Status.SUCCESS)}
    if _RESPONSE_FIELD.keys() & output.keys():
        body |= {field: output.get(key) for key, field in _RESPONSE_FIELD.items()}
    else:
        body["Data"] = dict(output)
        # What OS::Mistral::ExternalResource takes for the thing's id, so that its workflows run unchanged.
        if isinstance(output.get("resource_id"), str | int):
            body["PhysicalResourceId"] = str(output["resource_id"])
    if body.get("PhysicalResourceId") in (None, ""):
        body["PhysicalResourceId"] = request.physical_resource_id
    try:
        return Response.parse(body, request.identity)
    except ResponseError as error:
        key = _OUTPUT_KEY.get(error.field, "it")
        reason = f"The workflow's output is no valid response: {key} {error.problem}: {error.remedy}"
        return _failure(request, {}, reason)


def _failure(request: Request, output: Mapping[str, Any], reason: str) -> Response:
    # What a failed Create has left behind is named by its handler, so that the rollback's Delete can find it.
    made = output.get("physical_resource_id")
    if (
        not isinstance(made, str)
        or not 0 < len(made.encode("utf-8", "replace")) <= limits.MAX_PHYSICAL_RESOURCE_ID_BYTES
    ):
        made = request.physical_resource_id
    return Response.failed(request.identity, reason, physical_resource_id=made)


def _given_reason(output: Mapping[str, Any]) -> str:
    reason = output.get("reason")
    return reason.strip() if isinstance(reason, str) else ""


def _silence(state: str) -> str:
    return f"The workflow ended in state {state} without saying why"
