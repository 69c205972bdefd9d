"""Delivery without queue and bridge: the plugin starts the workflow itself and reads its outcome.

The same contract as the bridge's (``protocol.answers.workflow``), the same derived execution id, and so the same
guarantee: at most one execution per request. For things in one's own project.
"""

import logging
from collections.abc import Callable

from customresource_bridge import errors
from customresource_bridge.clients.mistral.mistral import Execution, Mistral
from customresource_bridge.plugin import clock
from customresource_bridge.plugin.clock import Clock
from customresource_bridge.plugin.delivery import queue
from customresource_bridge.plugin.delivery import request as requests
from customresource_bridge.plugin.delivery.lookup.executions import execution_id
from customresource_bridge.plugin.heat import events, resource_data
from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.plugin.lifecycle import story
from customresource_bridge.plugin.lifecycle.schedule import heeds_until
from customresource_bridge.plugin.lifecycle.spec import PhaseWorkflow, Spec
from customresource_bridge.plugin.lifecycle.state import Pending, PhysicalResource, State
from customresource_bridge.plugin.lifecycle.transitions import made_by
from customresource_bridge.plugin.lifecycle.wait_decision import Seen
from customresource_bridge.plugin.request_log import log_step
from customresource_bridge.protocol import Request, Response, WorkflowToken, parse_service_token
from customresource_bridge.protocol.answers import workflow
from customresource_bridge.protocol.answers.reason import readable_reason
from customresource_bridge.protocol.description import describe


class PredecessorActs(errors.ServiceUnavailable):
    """A request waits to be sent: a task of the execution that it puts an end to may still act."""

    def __init__(self, execution: str) -> None:
        problem = f"a task of execution {execution}, which was stopped for it, may still act"
        super().__init__("Mistral", "start the workflow", problem)


def check(_ref: ResourceRef, _pending: Pending) -> str | None:
    """Return why a request cannot be sent at all, or None: Mistral itself says so."""
    return None


def send(
    ref: ResourceRef,
    pending: Pending,
    state: State,
    *,
    now: Clock = clock.now,
    tell: Callable[[ResourceRef, str], None] = events.tell,
) -> None:
    """Start the request's workflow, once nothing of the request before acts any more; safe to repeat.

    :param tell: writes an event.
    :raises PredecessorActs: a task of that one may still act.
    :raises ServiceError: Mistral did not.
    :raises ConfigurationError: the template does not say which workflow.
    """
    chosen = chosen_workflow(pending)
    if chosen is None:
        raise errors.ConfigurationError(
            f"delivery: direct names no workflow for {pending.request_type}: "
            "give it in workflows, or as service_token mistral:<workflow>"
        )
    mistral = ref.mistral()
    acting = _stopped(ref, mistral, pending)
    if acting and now() < heeds_until(pending):
        raise PredecessorActs(next(iter(acting.values())))
    mistral.start(
        execution_id(ref, pending.request_id),
        chosen.workflow,
        namespace=chosen.namespace,
        workflow_input=workflow.workflow_input(_request(ref, pending)),
        description=_description(ref, pending.request_id, str(pending.request_type), pending.spec),
        params=_params(chosen, state),
    )
    for request_id, execution in acting.items():
        if request_id in state.asked:  # which makes something
            made = made_by(state, request_id) or pending.physical_resource_id or ""
            tell(ref, story.may_stay(pending, made, acting=execution))


def _stopped(ref: ResourceRef, mistral: Mistral, pending: Pending) -> dict[str, str]:
    """Have the requests before told to stop; return the executions of those of which a task may still act."""
    acting = {}
    for request_id in pending.previous:
        previous = execution_id(ref, request_id)
        mistral.cancel(previous)
        found = mistral.get(previous)
        if found is not None and found.state == "CANCELLED" and mistral.acts(previous):
            acting[request_id] = previous
    return acting


def send_again(ref: ResourceRef, pending: Pending) -> None:
    """Start a request's workflow that Mistral may not have taken; it has the id of its first start."""
    with queue.counted(ref, pending):
        send(ref, pending, State.parse(resource_data.read(ref.context, ref.row_id, resource_data.STATE_KEY)))


def chosen_workflow(pending: Pending) -> PhaseWorkflow | None:
    """Return the workflow that handles a request."""
    chosen = pending.spec.workflows.get(str(pending.request_type).lower())
    if chosen is not None:
        return chosen
    token = parse_service_token(pending.spec.service_token)
    if isinstance(token, WorkflowToken):
        return PhaseWorkflow(workflow=token.workflow, namespace=token.namespace)
    return None


def _params(chosen: PhaseWorkflow, state: State) -> dict[str, object]:
    params = dict(chosen.params)
    if state.current is not None:
        # Where OS::Mistral::ExternalResource puts what the former workflows gave.
        params["env"] = {**dict(params.get("env") or {}), "heat_extresource_data": dict(state.current.data)}
    return params


def see(ref: ResourceRef, pending: Pending) -> Seen:
    """Return what became of the request's execution.

    :raises ServiceError: Mistral did not say.
    """
    mistral = ref.mistral()
    execution = mistral.get(execution_id(ref, pending.request_id))
    if execution is not None and execution.state == "CANCELLED" and mistral.acts(execution.id):
        return Seen.STOPPING  # a task that waited, or was at work, goes on after the cancel
    return _seen(ref, pending, execution)[0]


def look(ref: ResourceRef, pending: Pending, *, interrupt: bool) -> tuple[Seen, Response | None]:
    """Return what became of the request's execution, and what it came to, if it ended.

    :param interrupt: stop it if it still runs; it then counts as failed, and what it made is deleted.
    """
    try:
        mistral = ref.mistral()
        execution = mistral.get(execution_id(ref, pending.request_id))
        if execution is not None and not execution.final and interrupt:
            mistral.cancel(execution.id)
            execution = mistral.get(execution.id)
        if execution is not None and execution.state == "CANCELLED" and interrupt and mistral.acts(execution.id):
            return Seen.STOPPING, None
    except errors.ServiceUnavailable as error:
        log_step(ref, pending, f"its workflow cannot be looked at: {error}")
        return Seen.UNKNOWN, None
    return _seen(ref, pending, execution)


def _seen(ref: ResourceRef, pending: Pending, execution: Execution | None) -> tuple[Seen, Response | None]:
    if execution is None:
        return Seen.MISSING, None
    response = outcome(ref, pending, execution)
    return (Seen.RUNNING, None) if response is None else (Seen.ENDED, response)


def outcome(ref: ResourceRef, pending: Pending, execution: Execution) -> Response | None:
    """Return what an execution came to, or None while it runs."""
    return workflow.outcome(
        _request(ref, pending),
        state=execution.state,
        output=execution.output,
        state_info=execution.state_info,
    )


def start_phase(ref: ResourceRef, physical: PhysicalResource, phase: str, request_id: str) -> str | None:
    """Start the workflow for a phase that CloudFormation does not know (suspend, resume); return its execution's id.

    Always by the plugin itself, whatever the delivery: there is no such request in a queue.

    :returns: None where the author named no workflow for the phase.
    """
    chosen = physical.spec.workflows.get(phase)
    if chosen is None:
        return None
    request: dict[str, object] = {
        "RequestType": phase.capitalize(),
        "RequestId": request_id,
        "StackId": ref.stack_id,
        "LogicalResourceId": ref.name,
        "ResourceType": physical.spec.resource_type,
        "PhysicalResourceId": physical.physical_resource_id,
        "ServiceToken": physical.spec.service_token,
        "ResourceProperties": dict(physical.spec.properties),
    }
    given = physical.spec.input
    started = ref.mistral().start(
        execution_id(ref, request_id),
        chosen.workflow,
        namespace=chosen.namespace,
        workflow_input={workflow.REQUEST_INPUT: request} if given is None else given,
        description=_description(ref, request_id, phase.capitalize(), physical.spec),
        params=_params(chosen, State(current=physical)),
    )
    return started.id


def _description(ref: ResourceRef, request_id: str, phase: str, spec: Spec) -> str:
    """Return what leads from an execution back to its request; the author's own words follow."""
    ours = describe(ref.identity(request_id), phase)
    return f"{ours}: {spec.description}" if spec.description else ours


def phase_failure(ref: ResourceRef, execution: str) -> str | None:
    """Return None while a phase's workflow runs, an empty text when it succeeded, and else why it failed."""
    found = ref.mistral().get(execution)
    if found is None:
        return "The workflow's execution is gone"
    if not found.final:
        return None
    if found.state == "SUCCESS":
        return ""
    return readable_reason(found.state_info) or f"The workflow ended in state {found.state}"


def cancel(ref: ResourceRef, pending: Pending) -> None:
    """Stop the execution of a request that was given up."""
    try:
        ref.mistral().cancel(execution_id(ref, pending.request_id))
    except errors.CustomResourceError as error:
        log_step(ref, pending, f"its workflow was not cancelled: {error}", level=logging.WARNING)


def execution(ref: ResourceRef, pending: Pending) -> str | None:
    """Return the id of a request's execution, which it has whatever became of it."""
    return execution_id(ref, pending.request_id)


def _request(ref: ResourceRef, pending: Pending) -> Request:
    return requests.build(
        pending,
        stack_id=ref.stack_id,
        name=ref.name,
        project_id=ref.project_id,
        url=requests.NO_URL,
    )
