"""Follows a stack while Heat works on it: each look gives what happened since the look before, at Heat and at Mistral.

A look is three lists, however many resources the stack has.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from customresource_bridge import errors
from customresource_bridge.clients.heat.reader import StackEvent, StackSummary
from customresource_bridge.clients.mistral.reader import FAILED_STATES, OPEN_STATES, ExecutionSummary
from customresource_bridge.compat import UTC
from customresource_bridge.protocol.answers.reason import readable_reason
from customresource_bridge.protocol.naming import printable
from customresource_bridge.protocol.printing import in_clear
from customresource_bridge.visibility.asked import AskedRequest, of_execution
from customresource_bridge.visibility.detail import RequestStep, event_step
from customresource_bridge.visibility.reading import Readers

_STATES = (*OPEN_STATES, "SUCCESS", *FAILED_STATES)
_MOST = 200
_BEFORE = timedelta(seconds=2)
_LATEST = datetime.max.replace(tzinfo=UTC)


class StackWatch:
    """A stack that is followed.

    :ivar stack: as it was at the last look.
    """

    def __init__(self, readers: Readers, stack: StackSummary) -> None:
        self._readers = readers
        self.stack = stack
        self._last_event = ""
        self._begins: datetime | None = None
        self._stacks = {stack.id}
        self._states: dict[str, str] = {}

    def look(self) -> list[RequestStep]:
        """Return what happened since the last look; at the first, since Heat began what it is at."""
        try:
            self.stack = self._readers.heat.find(self.stack.id)
        except errors.NotFound:
            self.stack = replace(self.stack, status="DELETE_COMPLETE")
        events = list(self._readers.heat.events(self.stack, after=self._last_event))
        if events and not self._last_event:
            events = since_last_beginning(events, self.stack)
        begins = self._begins or (events[0].at if events else None)
        stacks = self._stacks | {event.stack_id for event in events}
        executions = list(self._executions(stacks, begins))
        steps = [*map(event_step, events), *changes(self._states, executions)]
        # Only now: a look that a service broke off is taken again from where it began.
        self._begins, self._stacks = begins, stacks
        self._last_event = events[-1].id if events else self._last_event
        self._states |= {execution.id: execution.state for execution, _ in executions}
        return sorted(steps, key=lambda step: step.at or _LATEST)

    def _executions(self, stacks: set[str], begins: datetime | None) -> Iterator[tuple[ExecutionSummary, AskedRequest]]:
        for execution in self._readers.mistral.executions(_STATES, most=_MOST):
            asked = of_execution(execution, {})
            if asked is None or asked.stack_id not in stacks:
                continue
            old = begins and execution.created_at and execution.created_at < begins - _BEFORE
            if not (execution.final and old):
                yield execution, asked


def since_last_beginning(events: list[StackEvent], stack: StackSummary) -> list[StackEvent]:
    """Return the events of what Heat did last with a stack, or does now."""
    own = [
        number
        for number, event in enumerate(events)
        if event.resource == stack.name and event.stack_id == stack.id and event.status.endswith("_IN_PROGRESS")
    ]
    return events[own[-1] :] if own else events


def changes(
    states: Mapping[str, str], executions: Iterable[tuple[ExecutionSummary, AskedRequest]]
) -> Iterator[RequestStep]:
    """Yield what is new of executions.

    :param states: of each execution, as it was seen last.
    """
    for execution, asked in executions:
        before, what = states.get(execution.id), f"{asked.request_type} of {printable(asked.resource)}"
        if before is None:
            text = f"{what}: workflow {execution.workflow_name} runs as execution {execution.id}"
            yield RequestStep(at=execution.created_at, service="Mistral", text=text)
        if execution.state != before and (execution.final or execution.state == "PAUSED"):
            why = in_clear(readable_reason(execution.state_info))
            text = f"{what}: execution {execution.state}{f': {why}' if why else ''}"
            yield RequestStep(at=execution.updated_at, service="Mistral", text=text)
