"""Which request an execution, a message or a dead letter is about: pure, and lenient, for any user may have written it.

A request is read from the body that a handler gets. An execution whose template gave it another input is recognised by
its description, and by its id where the request is known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from customresource_bridge.clients.heat.reader import StackResource
from customresource_bridge.clients.mistral.reader import ExecutionSummary
from customresource_bridge.clients.moments import moment
from customresource_bridge.clients.zaqar.zaqar import Message
from customresource_bridge.protocol import RequestError, description, ids
from customresource_bridge.protocol.answers.workflow import REQUEST_INPUT
from customresource_bridge.protocol.naming import printable
from customresource_bridge.protocol.printing import mended
from customresource_bridge.protocol.request import EXTRAS_KEY, RequestType
from customresource_bridge.protocol.stack_id import StackId

_TYPES = frozenset(map(str, RequestType))


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRequest:
    """What is known of a request; texts are empty and the rest None where nothing says it.

    :ivar execution_id: the id that its execution has, or will have.
    :ivar handler: its ServiceToken, without a pre-signed queue's signature.
    """

    request_id: str
    request_type: str
    stack_id: str = ""
    stack_name: str = ""
    project_id: str = ""
    resource: str = ""
    resource_type: str = ""
    handler: str = ""
    execution_id: str = ""
    deadline: datetime | None = None


def of_body(body: Any) -> AskedRequest | None:
    """Read a request's body, with or without its ResponseURL; None where it is no request."""
    if not isinstance(body, Mapping) or _text(body, "RequestType") not in _TYPES or not _text(body, "RequestId"):
        return None
    arn, name, request_id = _text(body, "StackId"), _text(body, "LogicalResourceId"), _text(body, "RequestId")
    extras = body.get(EXTRAS_KEY)
    extras = extras if isinstance(extras, Mapping) else {}
    project = _text(extras, "ProjectId")
    stack = _stack(arn)
    return AskedRequest(
        request_id=printable(request_id),
        request_type=str(body["RequestType"]),
        stack_id=stack.uuid,
        stack_name=printable(stack.name),
        project_id=printable(project or stack.project_id),
        resource=name,
        resource_type=printable(_text(body, "ResourceType")),
        handler=shown_handler(_text(body, "ServiceToken")),
        execution_id=_execution_id(project, arn, name, request_id),
        deadline=moment(extras.get("Deadline")),
    )


def of_message(message: Message) -> AskedRequest | None:
    """Read a message of a stack's queue."""
    return of_body(message.body)


def of_execution(execution: ExecutionSummary, known: Mapping[str, AskedRequest]) -> AskedRequest | None:
    """Return which request an execution is of; None for a workflow that was started for anything else.

    Any user may start a workflow with a request's input, or its description: its id is what tells, for it is derived.

    :param known: requests by their execution's id.
    """
    body: Any = execution.input.get(REQUEST_INPUT)
    said = of_body(body)
    if said is not None and execution.id not in _ids(body):
        return None
    said = said or known.get(execution.id) or _described(execution)
    if said is None:
        return None
    handler = f"mistral:{execution.workflow_name}" if execution.workflow_name else said.handler
    return replace(said, execution_id=execution.id, handler=handler, project_id=execution.project_id or said.project_id)


def found_among(asked: AskedRequest, execution: ExecutionSummary, resources: Iterable[StackResource]) -> AskedRequest:
    """Return a request of which only its description was read, with the resource that the execution's id tells."""
    request_ids = (asked.request_id, description.predecessor_in(execution.description))
    for resource in resources:
        if not description.may_be_of(execution.description, resource.name):
            continue
        arn = StackId(resource.project_id, resource.stack_name, resource.stack_id).arn
        derived = {
            _execution_id(resource.project_id, arn, resource.name, request_id)
            for request_id in request_ids
            if request_id
        }
        if execution.id in derived:
            return replace(asked, resource=resource.name, stack_id=resource.stack_id, stack_name=resource.stack_name)
    return asked


def _ids(body: Mapping[str, Any]) -> set[str]:
    """Return the ids that a request's execution may have: its own, or that of the request that it puts an end to."""
    extras = body.get(EXTRAS_KEY)
    extras = extras if isinstance(extras, Mapping) else {}
    names = _text(extras, "ProjectId"), _text(body, "StackId"), _text(body, "LogicalResourceId")
    request_ids = (_text(body, "RequestId"), _text(extras, "PreviousRequestId"))
    return {_execution_id(*names, request_id) for request_id in request_ids if request_id}


def _execution_id(project_id: str, stack_id: str, resource: str, request_id: str) -> str:
    return ids.execution_id(
        project_id=project_id, stack_id=stack_id, logical_resource_id=resource, request_id=request_id
    )


def shown_handler(service_token: str) -> str:
    """Return a ServiceToken as it may be shown: what follows the ``?`` may be a pre-signed queue's signature."""
    return printable(service_token.partition("?")[0])


def _described(execution: ExecutionSummary) -> AskedRequest | None:
    text = execution.description
    phase = description.phase_in(text)
    if phase is None or not text.startswith(description.BEGINS) or not ids.is_execution_id(execution.id):
        return None
    resource, stack = description.names_in(text)
    return AskedRequest(
        request_id=text.split()[2],
        request_type=phase,
        resource=resource,
        stack_name=stack,
        execution_id=execution.id,
    )


def _stack(arn: str) -> StackId:
    try:
        return StackId.parse(arn)
    except RequestError:
        return StackId("", "", "")


def _text(source: Mapping[str, Any], key: str) -> str:
    value = source.get(key)
    return mended(value) if isinstance(value, str) else ""
