"""Looks for, starts and stops the executions of requests in one project's Mistral. It decides nothing."""

from customresource_bridge import errors
from customresource_bridge.bridge.handling.error_policy import policy_for
from customresource_bridge.bridge.handling.execution_ids import (
    by_predecessor,
    delete_description,
    describe,
    is_of,
    own_id,
    predecessor_id,
    took_place,
)
from customresource_bridge.bridge.handling.predecessor import Predecessor
from customresource_bridge.bridge.handling.routes import Routes
from customresource_bridge.clients.mistral.mistral import Execution, Mistral
from customresource_bridge.protocol import Request, RequestType
from customresource_bridge.protocol.answers.workflow import workflow_input
from customresource_bridge.protocol.description import request_in


class Executions:
    """The executions of one project's requests."""

    def __init__(self, mistral: Mistral, routes: Routes) -> None:
        self._mistral = mistral
        self._routes = routes

    def get(self, execution_id: str) -> Execution | None:
        """Return an execution, or None where there is none."""
        return self._mistral.get(execution_id)

    def cancel(self, execution_id: str) -> None:
        """Order an execution to stop; its tasks may go on: see :meth:`drains`."""
        self._mistral.cancel(execution_id)

    def previous(self, request: Request) -> tuple[Predecessor, ...]:
        """Return what runs for the requests that this one puts an end to, or already for this one in the place of one.

        Newest first, each execution once.
        """
        alone = by_predecessor(request)
        by_id = {named.extras.previous_request_id: named for named in alone}
        found: dict[str, Predecessor] = {}
        for named in alone:
            execution = self._previous(named)
            if execution is not None:
                whose = by_id.get(request_in(execution.description), named)
                found.setdefault(execution.id, Predecessor(named=whose, execution=execution))
        return tuple(found.values())

    def _previous(self, named: Request) -> Execution | None:
        """Return what runs under the id of a request's one predecessor, or for that one elsewhere."""
        key, previous = predecessor_id(named), named.extras.previous_request_id
        if key is None or previous is None:
            return None
        found = self.get(key)
        if found is None and named.request_type is RequestType.DELETE:
            for other in self._mistral.described(delete_description(previous)):
                described = self.get(other)
                if described is not None and took_place(described, named, previous):
                    return described
        return found

    def drains(self, execution: Execution) -> bool:
        """Return whether an execution was cancelled and a task of it may still act.

        Mistral's cancel ends the execution, not its tasks: an action goes on, and a task that is delayed
        (``wait-before``, a retry) begins when its delay is over.
        """
        return execution.state == "CANCELLED" and self._mistral.acts(execution.id)

    def start(self, request: Request, execution_id: str) -> Execution | None:
        """Start the workflow; return None where the predecessor was faster, so that it is to be looked at again."""
        try:
            execution = self._begin(request, execution_id)
        except errors.CustomResourceError as error:
            # What may no longer begin may have begun: under other routes or rights, here or at another bridge.
            begun = self.get(execution_id) if policy_for(error).answers else None
            if begun is None:
                raise
            execution = begun
        return None if execution_id != own_id(request) and not is_of(request, execution) else execution

    def _begin(self, request: Request, execution_id: str) -> Execution:
        handler = self._routes.handler(request)
        return self._mistral.start(
            execution_id,
            handler.workflow,
            namespace=handler.namespace,
            workflow_input=workflow_input(request),
            description=describe(request, execution_id),
        )
