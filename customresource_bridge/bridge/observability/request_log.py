"""The log of requests: one line for each event of each request, at INFO, with all that names it. An observer.

A grep for a RequestId shows a request's whole way through this bridge; with heat-engine's log and the gateway's, its
whole way. The names are also in the record by themselves (``extra``), for oslo.log's JSON formatter.
"""

import logging
from typing import Any

from oslo_log import log as oslo_log

from customresource_bridge.bridge.in_flight import InFlight
from customresource_bridge.bridge.observability.events import (
    Answered,
    Claimed,
    ClaimLost,
    Event,
    GivenBack,
    Repeated,
    ResponseOutcome,
    SetAside,
    Settled,
    Started,
)
from customresource_bridge.protocol import Response
from customresource_bridge.protocol.naming import named, printable

LOG = oslo_log.getLogger(__name__)

_TAKEN = {
    ResponseOutcome.ACCEPTED: (logging.INFO, "answered, the response was accepted"),
    ResponseOutcome.REFUSED: (logging.WARNING, "the response was refused"),
    ResponseOutcome.GONE: (logging.INFO, "its stack is gone, the response is dropped"),
    ResponseOutcome.EXPIRED: (logging.ERROR, "the response was not accepted in time"),
}


def log_step(event: Event) -> None:
    """Log one event."""
    match event:
        case SetAside(queue, reason, request_id):
            extra = {"RequestId": request_id} if request_id else {}
            called = f" [{request_id}]" if request_id else ""
            LOG.warning("message in %s%s is set aside: %s", queue, called, reason, extra=extra)
        case Answered(entry, taken, why):
            level, text = _TAKEN[taken]
            LOG.log(level, "%s: %s%s", str(entry), text, f": {why}" if why else "", extra=_extra(entry))
        case ClaimLost(entry, why):
            LOG.warning("%s: its claim is lost: %s", str(entry), why, extra=_extra(entry))
        case _:
            LOG.info("%s: %s", str(event.entry), _text(event), extra=_extra(event.entry))


def _extra(entry: InFlight) -> dict[str, Any]:
    return named(entry.identity, entry.request_type)


def _text(event: Claimed | Repeated | Started | Settled | GivenBack) -> str:
    match event:
        case Claimed():
            return "claimed"
        case Repeated():
            return "another copy was claimed"
        case Started():
            how = "goes on" if event.resumed else "runs"
            return f"workflow '{printable(event.workflow)}' {how} as execution {event.execution_id}"
        case Settled():
            return _outcome(event.entry.response)
        case GivenBack():
            return "given back"


def _outcome(response: Response | None) -> str:
    if response is None:  # pragma: no cover - settled means that there is one
        return "settled"
    return f"{response.status}{f' ({response.reason[:200]!r})' if response.reason else ''}"
