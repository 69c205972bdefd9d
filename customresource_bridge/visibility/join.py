"""Joins what Heat, Mistral and Zaqar say into one view of each request: pure.

Heat's word on a resource counts before all others: what it waits for is in flight, and why it failed is the reason.
A resource that Heat waits for, and of whose request nothing else is seen, is a view as well.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from customresource_bridge.clients.heat.reader import StackResource
from customresource_bridge.clients.mistral.reader import ExecutionSummary
from customresource_bridge.compat import UTC
from customresource_bridge.protocol.answers.reason import readable_reason
from customresource_bridge.protocol.naming import printable
from customresource_bridge.protocol.printing import in_clear
from customresource_bridge.visibility.asked import AskedRequest, found_among, of_execution
from customresource_bridge.visibility.view import RequestView, SeenStage

_TYPES = frozenset({"AWS::CloudFormation::CustomResource", "OS::Heat::CustomResource"})
_JUST_ENDED = timedelta(seconds=120)
"""How long an execution whose message is not seen may have ended before Heat wrote the resource's row last, and still
be the one that the resource waits for."""
_LATEST = datetime.max.replace(tzinfo=UTC)
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_REQUEST_ID = re.compile(rf"\(RequestId: ({_ID})\)")
_EXECUTION_ID = re.compile(rf"\(execution: ({_ID})\)")
"""How a failure's reason names what it is about."""
_PHASES = {"CREATE": "Create", "UPDATE": "Update", "DELETE": "Delete", "CHECK": "Check"}
_WAITS_FOR = {
    SeenStage.ASKED: "Heat waits for the answer; neither a message nor an execution of it is seen",
    SeenStage.WAITING: "no bridge has taken it",
    SeenStage.CLAIMED: "a bridge has taken it, and has started no workflow yet",
    SeenStage.PAUSED: "its execution is paused",
    SeenStage.SETTLED: "its execution has ended; Heat has not taken the answer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedRequest:
    """A request whose message is in its queue.

    :ivar claimed: whether a bridge holds each of its copies.
    """

    asked: AskedRequest
    claimed: bool
    posted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAnswers:
    """What the services say.

    :ivar set_aside: why a message is among the dead letters, with the request in it.
    """

    resources: Sequence[StackResource] = ()
    executions: Sequence[ExecutionSummary] = ()
    posted: Sequence[PostedRequest] = ()
    set_aside: Sequence[tuple[AskedRequest, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of one request."""

    asked: AskedRequest
    execution: ExecutionSummary | None = None
    posted: PostedRequest | None = None
    why_aside: str = ""

    @property
    def began(self) -> datetime | None:
        seen = [self.execution.created_at if self.execution else None, self.posted.posted_at if self.posted else None]
        return min((moment for moment in seen if moment is not None), default=None)

    @property
    def ended(self) -> bool:
        return self.execution is not None and self.execution.final


def is_custom(resource: StackResource) -> bool:
    """Return whether a resource is one of ours, by the name of its type."""
    return resource.resource_type in _TYPES or resource.resource_type.startswith("Custom::")


def join(seen: ServiceAnswers) -> list[RequestView]:
    """Return a view of each request that is seen, and of each resource that Heat waits for; oldest first."""
    known = _known(seen)
    by_resource: dict[tuple[str, str], list[_Known]] = {}
    for one in sorted(known.values(), key=lambda one: one.began or _LATEST):
        by_resource.setdefault((one.asked.stack_id, one.asked.resource), []).append(one)
    views: dict[str, RequestView] = {key: _alone(one) for key, one in known.items() if one.execution or one.posted}
    without: list[RequestView] = []
    for resource in filter(is_custom, seen.resources):
        current = _current(resource, by_resource.get((resource.stack_id, resource.name), []))
        if current is not None:
            views[current.asked.request_id] = _with_resource(current, resource)
        elif resource.in_progress or resource.failed:
            without.append(_of_resource(resource))
    return sorted([*views.values(), *without], key=lambda view: view.asked_at or _LATEST)


def _known(seen: ServiceAnswers) -> dict[str, _Known]:
    known: dict[str, _Known] = {}
    for posted in sorted(seen.posted, key=lambda posted: posted.posted_at):
        before = known.get(posted.asked.request_id)
        first = before.posted if before and before.posted else posted
        both = replace(first, claimed=first.claimed and posted.claimed)
        known[posted.asked.request_id] = _Known(asked=posted.asked, posted=both)
    for asked, why in seen.set_aside:
        known[asked.request_id] = replace(known.get(asked.request_id) or _Known(asked=asked), why_aside=why)
    by_execution = {one.asked.execution_id: one.asked for one in known.values()}
    for execution in seen.executions:
        of = of_execution(execution, by_execution)
        if of is not None:
            before = known.get(of.request_id)
            placed = of if of.stack_id else found_among(of, execution, seen.resources)
            asked = placed if placed.stack_id or before is None else replace(before.asked, execution_id=execution.id)
            known[of.request_id] = replace(before or _Known(asked=asked), asked=asked, execution=execution)
    return known


def _current(resource: StackResource, candidates: Iterable[_Known]) -> _Known | None:
    """Return the request that a resource waits for, or failed by."""
    found = list(candidates)
    if resource.failed:
        named = _last(_REQUEST_ID, resource.reason)
        fitting = [one for one in found if one.asked.request_id == named]
        fitting = fitting or [one for one in found if one.ended and _fits(resource, one.asked)]
        return fitting[-1] if fitting else None
    if not resource.in_progress or not found:
        return None
    last = found[-1]
    return last if not last.ended or last.posted or _just_ended(resource, last) else None


def _just_ended(resource: StackResource, one: _Known) -> bool:
    ended = one.execution.updated_at if one.execution else None
    if ended is None or resource.changed_at is None or not _fits(resource, one.asked):
        return False
    return ended >= resource.changed_at - _JUST_ENDED


def _fits(resource: StackResource, asked: AskedRequest) -> bool:
    # What an update replaces or could not make is created, or deleted, within it.
    return resource.action == "UPDATE" or _PHASES.get(resource.action) == asked.request_type


def _alone(one: _Known) -> RequestView:
    """Return a view of a request of whose resource Heat says nothing."""
    stage = _stage(one)
    if one.ended:
        succeeded = one.execution is not None and one.execution.state == "SUCCESS"
        stage = SeenStage.COMPLETE if succeeded else SeenStage.FAILED
    return _view(one, stage)


def _with_resource(one: _Known, resource: StackResource) -> RequestView:
    view = _view(one, SeenStage.FAILED if resource.failed else _stage(one))
    return replace(
        view,
        reason=resource.reason if resource.failed else view.reason,
        stack_name=resource.stack_name or view.stack_name,
        stack_id=resource.stack_id,
        resource=printable(resource.name),
        resource_type=resource.resource_type,
        project_id=view.project_id or resource.project_id,
    )


def _stage(one: _Known) -> SeenStage:
    if one.execution is not None:
        if one.execution.final:
            return SeenStage.SETTLED
        return SeenStage.PAUSED if one.execution.state == "PAUSED" else SeenStage.RUNNING
    if one.why_aside:
        return SeenStage.SET_ASIDE
    if one.posted is None:
        return SeenStage.ASKED
    return SeenStage.CLAIMED if one.posted.claimed else SeenStage.WAITING


def _view(one: _Known, stage: SeenStage) -> RequestView:
    asked, execution = one.asked, one.execution
    return RequestView(
        stage=stage,
        stack_name=asked.stack_name,
        stack_id=asked.stack_id,
        resource=printable(asked.resource),
        request_type=asked.request_type,
        request_id=asked.request_id,
        resource_type=asked.resource_type,
        project_id=asked.project_id,
        handler=asked.handler,
        execution_id=execution.id if execution else "",
        reason=_reason(one, stage),
        asked_at=one.began,
        taken_at=execution.created_at if execution else None,
        deadline=asked.deadline,
        ended_at=execution.updated_at if execution and execution.final else None,
    )


def _reason(one: _Known, stage: SeenStage) -> str:
    if stage is SeenStage.SET_ASIDE:
        return one.why_aside
    if stage is SeenStage.FAILED and one.execution is not None:
        return in_clear(readable_reason(one.execution.state_info)) or f"its execution is {one.execution.state}"
    return _WAITS_FOR.get(stage, "")


def _of_resource(resource: StackResource) -> RequestView:
    stage = SeenStage.FAILED if resource.failed else SeenStage.ASKED
    return RequestView(
        stage=stage,
        request_type=_PHASES.get(resource.action, resource.action.capitalize()),
        request_id=_last(_REQUEST_ID, resource.reason),
        execution_id=_last(_EXECUTION_ID, resource.reason),
        reason=resource.reason if resource.failed else _WAITS_FOR[stage],
        asked_at=resource.changed_at,
        stack_name=resource.stack_name,
        stack_id=resource.stack_id,
        resource=printable(resource.name),
        resource_type=resource.resource_type,
        project_id=resource.project_id,
    )


def _last(pattern: re.Pattern[str], reason: str) -> str:
    """Return what a reason names at its end: what comes before may be a handler's words."""
    found = pattern.findall(reason)
    return found[-1] if found else ""
