"""Takes an answer that reached Heat: reads it, keeps the first one of its request, and wakes the resource.

It never touches the resource's own row: an engine thread may hold it. It is the last judge of an answer, since it knows
what was asked for: of a Delete only Status and Reason count.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from oslo_log import log as logging

from customresource_bridge.plugin import clock
from customresource_bridge.plugin.delivery import queue
from customresource_bridge.plugin.heat import events, queries, resource_data, retrigger
from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.plugin.lifecycle import story
from customresource_bridge.plugin.lifecycle.progress import ProgressReport, next_report
from customresource_bridge.plugin.lifecycle.state import Pending, State
from customresource_bridge.plugin.metrics.figures import FIGURES, AnswerFate
from customresource_bridge.protocol import Identity, Response, ResponseError
from customresource_bridge.protocol.answers.progress import Progress, read_progress
from customresource_bridge.protocol.answers.reader import HandlerAnswer, read_value
from customresource_bridge.protocol.answers.spelling import Members
from customresource_bridge.protocol.naming import named, shown

LOG = logging.getLogger(__name__)


def receive(ref: ResourceRef, details: Any) -> None:
    """Take one answer.

    It is routed by its RequestId over all rows of the stack: Heat hands it to any row of that name. A late
    or a further one is kept for what it names; one that names nothing new, or whose resource is gone, is taken without
    effect, so that its sender stops sending it. One that is wrong fails the resource, with the id and the Reason that
    it names, since the handler would send the same again. A report of progress is none, and is not kept as one.

    :raises ResponseError: the body is wrong; where it names no request, nothing was kept.
    """
    try:
        fate = _receive(ref, details)
    except ResponseError:
        FIGURES.answered(AnswerFate.REFUSED)
        raise
    if fate is not None:
        FIGURES.answered(fate)


def _receive(ref: ResourceRef, details: Any) -> AnswerFate | None:
    """Return what became of an answer; None of a report of progress."""
    request_id = _request_id(details)
    found = queries.row_of_request(ref.context, ref.stack_uuid, request_id)
    if found is None:
        late = Identity(stack_id=ref.stack_id, request_id=request_id, logical_resource_id=ref.name)
        LOG.info("%s: a late response, to a request that is over", shown(late), extra=named(late))
        return AnswerFate.WITHOUT_EFFECT
    row_id, name = found
    identity = Identity(stack_id=ref.stack_id, request_id=request_id, logical_resource_id=name)
    progress = read_progress(details, identity)
    if progress is not None:
        note_progress(replace(ref, row_id=row_id, name=name), progress, now=clock.now())
        return None
    answer = read_value(details, identity)
    response = _judged(ref, row_id, answer)
    text = json.dumps(response.to_dict())
    kept = _keep(replace(ref, row_id=row_id, name=name), response, text)
    if kept:
        LOG.info("%s: Heat has the response, %s", shown(identity), response.status, extra=named(identity))
        retrigger.retrigger(ref.context, ref.stack, row_id, now=clock.now())
    if answer.problems:
        raise answer.problems[0]
    return AnswerFate.KEPT if kept else AnswerFate.WITHOUT_EFFECT


def note_progress(
    ref: ResourceRef, progress: Progress, *, now: datetime, tell: Callable[[ResourceRef, str], None] = events.tell
) -> None:
    """Keep a report of progress, and tell the stack's owner of it now and then; of a request that is over, nothing.

    :param tell: writes an event.
    """
    request_id = progress.identity.request_id
    pending = State.parse(resource_data.read(ref.context, ref.row_id, resource_data.STATE_KEY)).pending
    answered = resource_data.read(ref.context, ref.row_id, resource_data.answer_key(request_id)) is not None
    if pending is None or pending.request_id != request_id or answered:
        LOG.info("%s: late progress, of a request that is over", shown(progress.identity))
        return
    before = ProgressReport.parse(resource_data.read(ref.context, ref.row_id, resource_data.PROGRESS_KEY))
    report = next_report(pending, before, progress.reason, now=now)
    if report is None:
        return
    resource_data.write_alone(ref.context, ref.row_id, resource_data.PROGRESS_KEY, report.to_json())
    if report.told_at == now:
        tell(ref, story.progress(pending, report.reason))


def _keep(ref: ResourceRef, response: Response, text: str) -> bool:
    """Store an answer if it is the first, or names what the first did not; return whether it was stored."""
    request_id = response.identity.request_id
    if resource_data.write_first(ref.context, ref.row_id, resource_data.answer_key(request_id), text):
        return True
    first = queue.answer(ref, request_id)
    named_id = response.physical_resource_id
    if not named_id or first is None or first.physical_resource_id == named_id:
        return False
    key = resource_data.further_answer_key(request_id, named_id)
    return bool(resource_data.write_first(ref.context, ref.row_id, key, text))


def _judged(ref: ResourceRef, row_id: int, answer: HandlerAnswer) -> Response:
    if answer.is_flawless:
        return answer.response()
    text = resource_data.read(ref.context, row_id, resource_data.STATE_KEY)
    return judged(answer, State.parse(text).pending)


def judged(answer: HandlerAnswer, pending: Pending | None) -> Response:
    """Return what an answer comes to, as one to the request that is pending, or to an older one."""
    if pending is None or pending.request_id != answer.identity.request_id:
        return answer.response()
    return answer.response(pending.request_type)


def _request_id(details: Any) -> str:
    if not isinstance(details, Mapping):
        raise ResponseError("The response", "is no JSON object", "send one")
    request_id = Members(details).get("RequestId")
    if not isinstance(request_id, str) or not request_id.isascii() or not request_id.replace("-", "").isalnum():
        raise ResponseError("RequestId", "is missing or no RequestId", "copy it from the request")
    return request_id
