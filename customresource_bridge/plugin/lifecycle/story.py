"""What a stack's owner reads of a request, in the reasons of failures and in events. Pure texts, no secret in any."""

import re
from collections.abc import Sequence
from datetime import datetime

from customresource_bridge.plugin.lifecycle.request_view import RequestExecution, handler
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.protocol.printing import one_line

_EVENT_CHARACTERS = 255
"""What Heat keeps of an event's reason; a resource's own it keeps whole."""
_HOSTS = 80
"""Characters of hosts' names in an event."""
_CUT = "…"
_IDS = re.compile(r"(?: \(execution: [\w-]{1,64}\))?(?: \(RequestId: [\w-]{1,64}\))?\Z")


def with_ids(reason: str, request_id: str = "", *, execution: str | None = None) -> str:
    """Return a text, a handler's own words for one, whole and first, and then what it is about.

    It ends as CloudFormation's reasons do.

    :param execution: the id of the workflow's execution, where one handled the request.
    """
    where = f" (execution: {execution})" if execution else ""
    return f"{reason}{where}{f' (RequestId: {request_id})' if request_id else ''}"


def as_event(reason: str) -> str:
    """Return a reason as long as an event's may be: of one that is longer, the end is kept too, which names ids."""
    if len(reason) <= _EVENT_CHARACTERS:
        return reason
    found = _IDS.search(reason)
    end = found[0] if found else ""
    return f"{reason[: _EVENT_CHARACTERS - len(end) - 1]}{_CUT}{end}"


def asked(pending: Pending, *, execution: str | None) -> str:
    """Return what is told once a request is waited for without a thread."""
    return with_ids(f"{_asked(pending)}, until {_until(pending)}", pending.request_id, execution=execution)


def sent_after_all(pending: Pending) -> str:
    """Return what is told when a request was sent that could not be sent at first."""
    return with_ids(f"{_asked(pending)} after all, until {_until(pending)}", pending.request_id)


def may_stay(pending: Pending, made: str, *, acting: str) -> str:
    """Return what is told of a request that was sent though a task of its predecessor may still act.

    :param made: the id of what that makes.
    :param acting: the predecessor's execution.
    """
    text = f"{pending.request_type} begins, and {made} may stay: a task of the request before it may still act"
    return with_ids(text, pending.request_id, execution=acting)


def runs(pending: Pending, execution: RequestExecution) -> str:
    """Return what is told of a request whose workflow was begun some time ago, and that is not answered."""
    if execution.ended:
        said = f"ended in {execution.state}, and its answer has not reached Heat: the bridge's log says why"
    else:
        said = "runs" if execution.state == "RUNNING" else f"is {execution.state}"
    return with_ids(f"Workflow {execution.workflow} {said}", pending.request_id, execution=execution.id)


def progress(pending: Pending, reason: str) -> str:
    """Return what is told of a handler's report that it is at work."""
    return with_ids(f"{pending.request_type} in progress{f': {reason}' if reason else ''}", pending.request_id)


def untaken_by_bridge(pending: Pending, *, hosts: Sequence[str] | None, now: datetime) -> str:
    """Return what is told of a request that lies in its stack's queue.

    :param hosts: where the project has bridges of its own that say that they are there; None where that is not known.
    """
    text = f"No bridge has taken the {pending.request_type} request for {_age(pending, now)}"
    if hosts:
        there = f"though this project's are there, on {one_line(', '.join(hosts))[:_HOSTS]}: their logs say why"
        return with_ids(f"{text}, {there}", pending.request_id)
    seen = "" if hosts is None else ", and this project has none of its own"
    return with_ids(f"{text}{seen}: does one run for this project?", pending.request_id)


def untaken_by_provider(pending: Pending, *, now: datetime) -> str:
    """Return what is told of a request that lies in a provider's queue."""
    lies = f"the {pending.request_type} request out of {handler(pending)} for {_age(pending, now)}"
    return with_ids(f"No provider has taken {lies}: does one run?", pending.request_id)


def left_behind(physical_resource_id: str) -> list[str]:
    """Return what is told of an id that goes on without its stack: whole, in as many texts as that takes."""
    text = f"Not deleted, and no longer known to the stack: {physical_resource_id}"
    return [text[start : start + _EVENT_CHARACTERS] for start in range(0, len(text), _EVENT_CHARACTERS)]


def _asked(pending: Pending) -> str:
    return f"{pending.request_type} asked of {handler(pending)}"


def _until(pending: Pending) -> str:
    same_day = pending.asked_at.date() == pending.deadline.date()
    return f"{pending.deadline:%H:%M:%S} UTC" if same_day else f"{pending.deadline:%Y-%m-%d %H:%M:%S} UTC"


def _age(pending: Pending, now: datetime) -> str:
    seconds = int((now - pending.asked_at).total_seconds())
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            many = seconds // size
            return f"{many} {name}{'s' if many > 1 else ''}"
    return f"{seconds} seconds"
