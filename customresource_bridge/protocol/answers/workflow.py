"""The contract between a request and the Mistral workflow that handles it; its prose is workflows/README.md.

It gives the workflow's input, and reads what an execution came to as the response. It does not speak to Mistral.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from customresource_bridge.protocol.answers.reader import HandlerAnswer, read_value
from customresource_bridge.protocol.answers.reason import readable_reason
from customresource_bridge.protocol.answers.response import Response, Status
from customresource_bridge.protocol.answers.spelling import is_response
from customresource_bridge.protocol.errors import ResponseError
from customresource_bridge.protocol.request import Request, RequestType

REQUEST_INPUT = "request"
"""The one input of a handler's workflow, unless the template's author wrote the whole input."""

_OUTPUT_KEYS = frozenset({"physical_resource_id", "data", "no_echo", "reason"})
"""An output with any of these keys, or a response's own, is a response in itself; any other output is the Data."""
_LEGACY_ID = "resource_id"
"""What OS::Mistral::ExternalResource takes for the thing's id, so that its workflows run unchanged."""
LOST_OUTPUT = "customresource-bridge: the output is lost"
"""Stands for an output that Mistral dropped for its size. A real output is an object."""
UNREADABLE_OUTPUT = "customresource-bridge: the output cannot be read"
"""Stands for an output that is no JSON that Python reads: it nests too deeply, or has a number of too many digits."""
_NO_OUTPUT = {
    LOST_OUTPUT: ResponseError(
        "The output", "is larger than Mistral stores, and is lost", "return less, and large values by reference"
    ),
    UNREADABLE_OUTPUT: ResponseError(
        "The output", "nests too deeply, or has a number too large", "flatten it, and send large numbers as strings"
    ),
}
_REFUSED = "The workflow's output is no valid response"


def workflow_input(request: Request) -> dict[str, Any]:
    """Return what the workflow is started with.

    No ResponseURL goes in: every user who may read the execution could answer in the handler's name. Nor does what only
    a bridge reads, so that copies of one request that plugins of two releases post have one input.
    """
    workflow = request.extras.workflow
    if workflow is not None and workflow.input is not None:
        return dict(workflow.input)
    extras = replace(request.extras, previous_response_url=None, earlier=(), held=(), asked_at=None, owner_id=None)
    shown = replace(request, extras=extras).to_dict()
    return {REQUEST_INPUT: {key: value for key, value in shown.items() if key != "ResponseURL"}}


def outcome(request: Request, *, state: str, output: Any, state_info: str | None) -> Response | None:
    """Return what an execution in ``state`` answers to ``request``, or None while it still runs.

    :param state: Mistral's: SUCCESS, ERROR, CANCELLED; all others are "not yet".
    :param output: the execution's output, decoded, or LOST_OUTPUT or UNREADABLE_OUTPUT; of an ERROR what
        ``output-on-error`` gave or was published.
    :param state_info: Mistral's account of an ERROR or a CANCELLED.
    """
    if state == "SUCCESS":
        return _kept_id(request, _answer(request, output).response(request.request_type, refused=_REFUSED))
    if state in {"ERROR", "CANCELLED"}:
        return _failure(request, _answer(request, output), readable_reason(state_info), state)
    return None


def _answer(request: Request, output: Any) -> HandlerAnswer:
    if isinstance(output, str) and output in _NO_OUTPUT:
        return HandlerAnswer(identity=request.identity, status=Status.SUCCESS, problems=(_NO_OUTPUT[output],))
    known = output if isinstance(output, Mapping) else {}
    # The output is the workflow's own: an id of a stack in it says nothing of whom it answers.
    own = {key: value for key, value in known.items() if key not in {"StackId", "RequestId", "LogicalResourceId"}}
    if not is_response(own, also=_OUTPUT_KEYS):
        own = {"Data": dict(known), "PhysicalResourceId": _legacy_id(known)}
    return read_value(own, request.identity, default=Status.SUCCESS)


def _legacy_id(output: Mapping[str, Any]) -> str | int | None:
    given = output.get(_LEGACY_ID)
    return given if isinstance(given, str | int) and not isinstance(given, bool) else None


def _failure(request: Request, answer: HandlerAnswer, said: str, state: str) -> Response:
    # What a failed Create has left behind is named by its handler, so that the rollback's Delete can find it.
    reason = said or answer.reason or f"The workflow ended in state {state} without saying why"
    failed = Response.failed(request.identity, reason, physical_resource_id=answer.physical_resource_id)
    return _kept_id(request, failed)


def _kept_id(request: Request, response: Response) -> Response:
    if response.physical_resource_id is not None or request.request_type is RequestType.CREATE:
        return response
    return replace(response, physical_resource_id=request.physical_resource_id)
