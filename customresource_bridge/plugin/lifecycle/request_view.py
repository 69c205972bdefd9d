"""What is shown of a resource's request: the attribute ``request``. Pure, and no secret in it."""

from dataclasses import dataclass
from typing import Any

from customresource_bridge.compat import StrEnum
from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.progress import ProgressReport
from customresource_bridge.plugin.lifecycle.state import Pending

ATTRIBUTE = "request"


class RequestStage(StrEnum):
    """How far a request has come, as far as can be seen."""

    NOT_SENT = "not sent"
    """It could not be sent, and is tried again."""
    ASKED = "asked"
    """It was sent, and none says that it has it."""
    TAKEN = "taken"
    """Mistral has its execution."""
    ANSWERED = "answered"
    """Heat has the answer, and has not yet gone on."""
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestExecution:
    """The workflow execution of a request."""

    id: str
    state: str
    workflow: str
    ended: bool = False


def request_view(
    pending: Pending | None,
    lease: Lease,
    *,
    answered: bool,
    execution: RequestExecution | None,
    report: ProgressReport | None = None,
) -> dict[str, Any]:
    """Return what is known of a resource's request: of the one that is out, or of its last.

    :param report: the handler's latest report of its progress.
    :param answered: whether an answer to it is kept that was not yet taken over.
    """
    out = pending if pending is not None and pending.request_id == lease.request_id else None
    ours = report if report is not None and report.request_id == lease.request_id else None
    return {
        "request_id": lease.request_id,
        "type": str(out.request_type) if out else None,
        "stage": str(_stage(out, lease, answered=answered, execution=execution)),
        "asked": out.asked_at.isoformat(timespec="seconds") if out else None,
        "deadline": out.deadline.isoformat(timespec="seconds") if out else None,
        "copies": lease.posts,
        "handler": handler(out) if out else None,
        "taken_by": f"workflow {execution.workflow}" if execution else None,
        "execution": execution.id if execution else None,
        "execution_state": execution.state if execution else None,
        "progress": ours.reason if ours else None,
        "progress_at": ours.at.isoformat(timespec="seconds") if ours else None,
        "problem": out.hindrance or None if out else None,
    }


def _stage(out: Pending | None, lease: Lease, *, answered: bool, execution: RequestExecution | None) -> RequestStage:
    if out is None:
        return RequestStage.OVER
    if answered:
        return RequestStage.ANSWERED
    if execution is not None:
        return RequestStage.TAKEN
    return RequestStage.ASKED if lease.posts else RequestStage.NOT_SENT


def handler(pending: Pending) -> str:
    """Return who is asked, without what may be a secret."""
    spec = pending.spec
    of_phase = spec.workflows.get(str(pending.request_type).lower())
    if of_phase is not None:
        return f"mistral:{of_phase.workflow}"
    # What follows the '?' may be a pre-signed queue's signature.
    token = spec.service_token.partition("?")[0][:200]
    return token or f"the handler of {spec.resource_type}"
