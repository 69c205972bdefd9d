"""Calls a handler's functions in the style it is written in, and reads what their ends mean for the request.

It neither waits nor keeps anything between two calls.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from customresource_bridge.protocol import Request, Response
from customresource_bridge.protocol.naming import named, shown
from customresource_bridge.protocol.printing import without_text
from customresource_bridge.provider import cdk
from customresource_bridge.provider.response import answer_after
from customresource_bridge.provider.runner import Broke, Ending
from customresource_bridge.provider.style import Style

LOG = logging.getLogger(__name__)

Run = Callable[[Mapping[str, Any], float], Ending]
"""Runs a function: the event, and the seconds it may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A request whose work goes on after its handler has returned.

    :ivar event: what ``isComplete`` is asked with.
    """

    request: Request
    event: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerCalls:
    """One handler.

    :ivar is_complete: the function that is asked whether the work is complete; the CDK's style alone has it.
    """

    run: Run
    style: Style = Style.LAMBDA
    is_complete: Run | None = None

    def begin(self, request: Request, body: Any, *, seconds: float) -> Response | Unfinished:
        """Call the handler for a request.

        :param body: the request as it came.
        """
        known = cdk.known_answer(request)
        if known is not None:
            return known
        event = json.loads(body) if isinstance(body, str | bytes) else dict(body)
        if self.style is Style.LAMBDA:
            return answer_after(_ending(self.run, request, event, seconds), request)
        event = cdk.event_of(event)
        ending = _ending(self.run, request, event, seconds)
        more = cdk.event_after(ending, request, event) if self.is_complete else None
        return Unfinished(request=request, event=more) if more else cdk.after_on_event(ending, request)

    def look(self, unfinished: Unfinished, *, seconds: float) -> Response | None:
        """Ask whether the work is complete; return the answer then, and None where it goes on."""
        if self.is_complete is None:
            raise ValueError("the handler has no isComplete")
        ending = _ending(self.is_complete, unfinished.request, unfinished.event, seconds)
        return cdk.after_is_complete(ending, unfinished.request, unfinished.event)


def answer_of(
    calls: HandlerCalls, request: Request, body: Any, *, seconds: float, wait: Callable[[], bool]
) -> Response:
    """Call the handler for a request, and ask until the work is complete; return the answer.

    :param seconds: how long each call may take.
    :param wait: waits for the next look; returns False where the time for it is over.
    """
    outcome = calls.begin(request, body, seconds=seconds)
    while isinstance(outcome, Unfinished):
        answer = calls.look(outcome, seconds=seconds)
        if answer is None and not wait():
            answer = cdk.timed_out(request, outcome.event)
        if answer is not None:
            return answer
    return outcome


def _ending(run: Run, request: Request, event: Mapping[str, Any], seconds: float) -> Ending:
    try:
        return run(event, seconds)
    except Exception as error:  # ours, and the same again would be too: better a failure than a request unanswered
        kind, where = type(error).__name__, without_text(error)
    # Not while it is handled: oslo.log would add the exception's text, which may quote the event.
    LOG.error("%s: %s", shown(request.identity), where, extra=named(request.identity))
    return Broke(f"The provider failed to run the handler ({kind})")
