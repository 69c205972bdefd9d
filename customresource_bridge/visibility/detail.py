"""One request step by step: Heat's events, its execution and its tasks in the order of their times. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from customresource_bridge.clients.heat.reader import StackEvent
from customresource_bridge.clients.mistral.reader import ExecutionSummary, TaskSummary
from customresource_bridge.clients.moments import moment
from customresource_bridge.compat import UTC
from customresource_bridge.protocol.answers.reason import readable_reason
from customresource_bridge.protocol.naming import printable
from customresource_bridge.protocol.printing import in_clear
from customresource_bridge.visibility.view import RequestView, SeenStage

_AROUND = timedelta(seconds=5)
"""Heat's events of a request are those from shortly before it was asked until shortly after it ended."""
_AFTER = timedelta(seconds=30)
_LATEST = datetime.max.replace(tzinfo=UTC)
_FEW_DIGITS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStep:
    """Something that happened to a request.

    :ivar service: who says so: Heat, or Mistral.
    """

    at: datetime | None
    service: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDetail:
    """A request and its steps.

    :ivar failed_task: the task in which its workflow failed, after the workflow's name; empty where it did not fail.
    :ivar copies: how often Heat has posted it; None where Heat does not say.
    :ivar problem: why it could not be sent at first.
    :ivar failed_task_reason: what the task, or Mistral, said of it.
    :ivar notes: what could not be learnt, a sentence each.
    """

    view: RequestView
    steps: Sequence[RequestStep] = ()
    failed_task: str = ""
    failed_task_reason: str = ""
    copies: int | None = None
    problem: str = ""
    notes: Sequence[str] = ()


def detail(
    view: RequestView,
    *,
    execution: ExecutionSummary | None,
    tasks: Sequence[TaskSummary],
    events: Iterable[StackEvent],
) -> RequestDetail:
    """Return a request with its steps, and the task in which it failed."""
    steps = [*_of_events(view, events), *_of_execution(execution), *_of_tasks(tasks)]
    task, why = _failed_task(view, execution, tasks)
    return RequestDetail(
        view=view,
        steps=sorted(steps, key=lambda step: step.at or _LATEST),
        failed_task=task,
        failed_task_reason=why,
    )


def with_attribute(found: RequestDetail, said: Mapping[str, Any]) -> RequestDetail:
    """Return a request with what Heat says of it in the resource's attribute; as it is where that is of another one.

    :param said: the attribute ``request``, or nothing.
    """
    view, request_id = found.view, _said(said, "request_id")
    if not request_id or view.request_id not in {"", request_id}:
        return found
    known = replace(
        view,
        request_id=request_id,
        handler=view.handler or _said(said, "handler"),
        execution_id=view.execution_id or _said(said, "execution"),
        asked_at=moment(said.get("asked")) or view.asked_at,
        deadline=moment(said.get("deadline")) or view.deadline,
    )
    return replace(found, view=known, copies=_number(said.get("copies")), problem=_said(said, "problem"))


def _said(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    return printable(value) if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    # The types that are named like CloudFormation's have texts for attributes.
    return int(value) if isinstance(value, int) or (isinstance(value, str) and _FEW_DIGITS.fullmatch(value)) else None


def event_step(event: StackEvent) -> RequestStep:
    """Return what an event says."""
    return RequestStep(at=event.at, service="Heat", text=f"{printable(event.resource)} {event.status}: {event.reason}")


def _of_events(view: RequestView, events: Iterable[StackEvent]) -> Iterator[RequestStep]:
    begins = view.asked_at - _AROUND if view.asked_at else None
    ends = view.ended_at + _AFTER if view.ended_at and not view.stage.in_flight else None
    for event in events:
        if event.at is None or ((begins is None or event.at >= begins) and (ends is None or event.at <= ends)):
            yield event_step(event)


def _of_execution(execution: ExecutionSummary | None) -> Iterator[RequestStep]:
    if execution is None:
        return
    yield RequestStep(
        at=execution.created_at,
        service="Mistral",
        text=f"workflow {execution.workflow_name} runs as execution {execution.id}",
    )
    if execution.final:
        why = _reason(execution.state_info)
        yield RequestStep(
            at=execution.updated_at, service="Mistral", text=f"execution {execution.state}{f': {why}' if why else ''}"
        )


def _of_tasks(tasks: Iterable[TaskSummary]) -> Iterator[RequestStep]:
    for task in tasks:
        if task.finished_at is None:
            yield RequestStep(at=task.started_at, service="Mistral", text=f"task {task.name} is {task.state}")
        else:
            why = f": {_reason(task.state_info)}" if task.state == "ERROR" and task.state_info else ""
            yield RequestStep(at=task.finished_at, service="Mistral", text=f"task {task.name} {task.state}{why}")


def _failed_task(
    view: RequestView, execution: ExecutionSummary | None, tasks: Sequence[TaskSummary]
) -> tuple[str, str]:
    """Return the task that failed first and within which no other did, and why: the cause, not what it took along.

    Where no task failed, a ``fail`` after one did it: the last that ended is named.
    """
    if view.stage is not SeenStage.FAILED or execution is None or execution.state != "ERROR":
        return "", ""
    failed = [task for task in tasks if task.state == "ERROR"]
    if failed:
        nested = [task for task in failed if task.execution_id != execution.id]
        first = min(nested or failed, key=lambda task: task.finished_at or _LATEST)
        return _named(first), _reason(first.state_info) or _reason(execution.state_info)
    own = [task for task in tasks if task.execution_id == execution.id and task.finished_at]
    last = max(own, key=lambda task: task.finished_at or _LATEST, default=None)
    return (f"{_named(last)} (fail)", _reason(execution.state_info)) if last else ("", "")


def _named(task: TaskSummary) -> str:
    return f"{task.workflow_name or '?'}/{task.name}"


def _reason(state_info: str) -> str:
    return in_clear(readable_reason(state_info))
