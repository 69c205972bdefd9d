"""Takes an answer that reached Heat: reads it, keeps the first one of its request, and wakes the resource.

It never touches the resource's own row: an engine thread may hold it. It is the last judge of an answer, since it knows
what was asked for: of a Delete only Status and Reason count. It needs Heat's database alone, and no stack in memory.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from oslo_log import log as logging

from customresource_bridge.plugin import clock
from customresource_bridge.plugin.heat import queries, resource_data
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


class AnswerEffect(Enum):
    """What an answer did."""

    KEPT = "kept"
    NONE = "nothing: it came late, or once more"
    PROGRESS = "it is a report of progress, and no answer"
    NO_ROW = "nothing: no resource asked for it, or the one that did is gone"


_FATES = {
    AnswerEffect.KEPT: AnswerFate.KEPT,
    AnswerEffect.NONE: AnswerFate.WITHOUT_EFFECT,
    AnswerEffect.NO_ROW: AnswerFate.WITHOUT_EFFECT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredStack:
    """The stack that an answer is for, and what is done to its rows.

    :ivar context: Heat's request context, for its database.
    :ivar stack_id: its ARN.
    :ivar wake: has an engine go on with a row that waits, unless one works on it.
    :ivar tell: writes an event of a row.
    """

    context: Any = field(repr=False)
    stack_id: str
    stack_uuid: str
    wake: Callable[[int], object]
    tell: Callable[[int, str, str], None]

    def row(self, row_id: int, name: str, request_id: str) -> "AnsweredRow":
        """Return the row of one of the stack's requests."""
        identity = Identity(stack_id=self.stack_id, request_id=request_id, logical_resource_id=name)
        return AnsweredRow(context=self.context, row_id=row_id, identity=identity)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredRow:
    """The row of the request that an answer is to."""

    context: Any = field(repr=False)
    row_id: int
    identity: Identity

    def pending(self) -> Pending | None:
        """Return the request that is out."""
        return State.parse(resource_data.read(self.context, self.row_id, resource_data.STATE_KEY)).pending


def take(stack: AnsweredStack, details: Any) -> AnswerEffect:
    """Take one answer.

    It is routed by its RequestId over all rows of the stack: Heat hands it to any row of that name. A late
    or a further one is kept for what it names; one that names nothing new, or whose resource is gone, is taken without
    effect, so that its sender stops sending it. One that is wrong fails the resource, with the id and the Reason that
    it names, since the handler would send the same again. A report of progress is none, and is not kept as one.

    :raises ResponseError: the body is wrong; where it names no request, nothing was kept.
    """
    try:
        effect = _take(stack, details)
    except ResponseError:
        FIGURES.answered(AnswerFate.REFUSED)
        raise
    if effect in _FATES:
        FIGURES.answered(_FATES[effect])
    return effect


def _take(stack: AnsweredStack, details: Any) -> AnswerEffect:
    request_id = _request_id(details)
    found = queries.row_of_request(stack.context, stack.stack_uuid, request_id)
    if found is None:
        late = Identity(stack_id=stack.stack_id, request_id=request_id, logical_resource_id="")
        LOG.info("%s: a late response, to a request that is over", shown(late), extra=named(late))
        return AnswerEffect.NO_ROW
    row_id, name = found
    row = stack.row(row_id, name, request_id)
    progress = read_progress(details, row.identity)
    if progress is not None:
        note_progress(row, progress, now=clock.now(), tell=lambda text: stack.tell(row_id, name, text))
        return AnswerEffect.PROGRESS
    answer = read_value(details, row.identity)
    response = answer.response() if answer.is_flawless else judged(answer, row.pending())
    kept = _keep(row, response)
    if kept:
        LOG.info("%s: Heat has the response, %s", shown(row.identity), response.status, extra=named(row.identity))
    # Also where it was kept before: the engine that did so may have died before it came to this.
    stack.wake(row_id)
    if answer.problems:
        raise answer.problems[0]
    return AnswerEffect.KEPT if kept else AnswerEffect.NONE


def note_progress(row: AnsweredRow, progress: Progress, *, now: datetime, tell: Callable[[str], None]) -> None:
    """Keep a report of progress, and tell the stack's owner of it now and then; of a request that is over, nothing.

    :param tell: writes an event.
    """
    request_id, pending = progress.identity.request_id, row.pending()
    answered = resource_data.read(row.context, row.row_id, resource_data.answer_key(request_id)) is not None
    if pending is None or pending.request_id != request_id or answered:
        LOG.info("%s: late progress, of a request that is over", shown(progress.identity))
        return
    before = ProgressReport.parse(resource_data.read(row.context, row.row_id, resource_data.PROGRESS_KEY))
    report = next_report(pending, before, progress.reason, now=now)
    if report is None:
        return
    resource_data.write_alone(row.context, row.row_id, resource_data.PROGRESS_KEY, report.to_json())
    if report.told_at == now:
        tell(story.progress(pending, report.reason))


def judged(answer: HandlerAnswer, pending: Pending | None) -> Response:
    """Return what an answer comes to, as one to the request that is pending, or to an older one."""
    if pending is None or pending.request_id != answer.identity.request_id:
        return answer.response()
    return answer.response(pending.request_type)


def _keep(row: AnsweredRow, response: Response) -> bool:
    """Store an answer if it is the first, or names what the first did not; return whether it was stored."""
    request_id, text = row.identity.request_id, json.dumps(response.to_dict())
    if resource_data.write_first(row.context, row.row_id, resource_data.answer_key(request_id), text):
        return True
    first = _first(row)
    named_id = response.physical_resource_id
    if not named_id or first is None or first.physical_resource_id == named_id:
        return False
    key = resource_data.further_answer_key(request_id, named_id)
    return bool(resource_data.write_first(row.context, row.row_id, key, text))


def _first(row: AnsweredRow) -> Response | None:
    text = resource_data.read(row.context, row.row_id, resource_data.answer_key(row.identity.request_id))
    if text is None:
        return None
    return read_value(json.loads(text), row.identity, limit=resource_data.MAX_CHARACTERS).response()


def _request_id(details: Any) -> str:
    if not isinstance(details, Mapping):
        raise ResponseError("The response", "is no JSON object", "send one")
    request_id = Members(details).get("RequestId")
    if not isinstance(request_id, str) or not request_id.isascii() or not request_id.replace("-", "").isalnum():
        raise ResponseError("RequestId", "is missing or no RequestId", "copy it from the request")
    return request_id
