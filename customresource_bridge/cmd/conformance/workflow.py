"""Runs the Mistral workflow that is checked: one execution for each delivery, as if the first one's history were gone.

That is what a rerun or an expired execution comes to. The executions stay, for their author to look at.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from uuid import uuid4

from customresource_bridge.clients.keystone import session as sessions
from customresource_bridge.clients.mistral.mistral import Execution, Mistral
from customresource_bridge.errors import ConfigurationError, Rejected
from customresource_bridge.protocol import Request
from customresource_bridge.protocol.answers.workflow import outcome, workflow_input
from customresource_bridge.provider.ending import Broke, Ending, Returned
from customresource_bridge.provider.handler_calls import Run

_DESCRIPTION = "customresource-bridge conformance"
_POLL = 0.2


class Workflows(Protocol):
    """The part of :class:`customresource_bridge.clients.mistral.mistral.Mistral` that is needed here."""

    def start(
        self,
        execution_id: str,
        workflow: str,
        *,
        namespace: str | None,
        workflow_input: Mapping[str, Any],
        description: str,
    ) -> Execution:
        """Start a workflow."""

    def get(self, execution_id: str) -> Execution | None:
        """Return an execution."""

    def cancel(self, execution_id: str) -> None:
        """Ask an execution to end."""


def workflow_of(arguments: argparse.Namespace) -> Run:
    """Return what runs the workflow that the arguments name, in the project of the credentials.

    :raises ConfigurationError: there is none, or there are no credentials.
    :raises ServiceError: Keystone or Mistral is away.
    """
    session = sessions.load(cloud=arguments.os_cloud, timeout=20.0, min_token_life=120, connections=4)
    region = arguments.os_region_name or sessions.region_name(arguments.os_cloud)
    mistral = Mistral.from_session(session, region_name=region)
    if not mistral.has_workflow(arguments.workflow, namespace=arguments.namespace):
        raise ConfigurationError(f"--workflow {arguments.workflow}: this project has none of that name")
    return executed(mistral, arguments.workflow, namespace=arguments.namespace)


def executed(
    mistral: Workflows,
    workflow: str,
    *,
    namespace: str | None = None,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> Run:
    """Return what runs a workflow for a request, and returns what the bridge would answer."""

    def run(event: Mapping[str, Any], seconds: float) -> Ending:
        request, key, ends_at = Request.parse(event), str(uuid4()), monotonic() + seconds
        try:
            execution: Execution | None = mistral.start(
                key, workflow, namespace=namespace, workflow_input=workflow_input(request), description=_DESCRIPTION
            )
        except Rejected as error:
            return Broke(f"The workflow could not be started: {error.problem}")
        while execution is not None and not execution.final:
            if monotonic() >= ends_at:
                mistral.cancel(key)
                return Broke(f"The workflow did not end within {seconds:g} seconds (execution {key})")
            sleep(_POLL)
            execution = mistral.get(key)
        return _answered(request, execution)

    return run


def _answered(request: Request, execution: Execution | None) -> Ending:
    if execution is None:
        return Broke("The execution is gone")
    response = outcome(request, state=execution.state, output=execution.output, state_info=execution.state_info)
    return Returned(response.to_dict() if response else None)
