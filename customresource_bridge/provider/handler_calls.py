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
from customresource_bridge.provider import cdk, crhelper
from customresource_bridge.provider.ending import Broke, Ending, Returned
from customresource_bridge.provider.response import answer_after
from customresource_bridge.provider.style import Style

LOG = logging.getLogger(__name__)

Run = Callable[[Mapping[str, Any], float], Ending]
"""Runs a function: the event, and the seconds it may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A request whose work goes on after its handler has returned.

    :ivar event: what ``isComplete`` is asked with, or crhelper's handler called again.
    """

    request: Request
    event: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerCalls:
    """One handler.

    :ivar is_complete: the function that is asked whether the work is complete; the CDK's style alone has it.
    :ivar polls: whether the handler itself may have to be called again; crhelper's style alone has it.
    """

    run: Run
    style: Style = Style.LAMBDA
    is_complete: Run | None = None
    polls: bool = False

    @property
    def may_wait(self) -> bool:
        """Whether a request's work may go on after its handler has returned."""
        return self.is_complete is not None or self.polls

    @property
    def looks_at_once(self) -> bool:
        """Whether the first look is due as soon as the handler has returned, as the CDK's framework has it."""
        return self.style is Style.CDK

    def begin(self, request: Request, body: Any, *, seconds: float) -> Response | Unfinished:
        """Call the handler for a request.

        :param body: the request as it came.
        """
        known = cdk.known_answer(request)
        if known is not None:
            return known
        event = json.loads(body) if isinstance(body, str | bytes) else dict(body)
        if self.style is not Style.CDK:
            ending = _ending(self.run, request, event, seconds)
            again = ending.again if isinstance(ending, Returned) else None
            return answer_after(ending, request) if again is None else Unfinished(request=request, event=again)
        event = cdk.event_of(event)
        ending = _ending(self.run, request, event, seconds)
        more = cdk.event_after(ending, request, event) if self.is_complete else None
        return Unfinished(request=request, event=more) if more else cdk.after_on_event(ending, request)

    def look(self, unfinished: Unfinished, *, seconds: float) -> Response | None:
        """Ask whether the work is complete; return the answer then, and None where it goes on."""
        if self.polls:
            return crhelper.after_poll(
                _ending(self.run, unfinished.request, unfinished.event, seconds), unfinished.request, unfinished.event
            )
        if self.is_complete is None:
            raise ValueError("the handler has no isComplete")
        ending = _ending(self.is_complete, unfinished.request, unfinished.event, seconds)
        return cdk.after_is_complete(ending, unfinished.request, unfinished.event)

    def timed_out(self, unfinished: Unfinished) -> Response:
        """Return the answer for what was not complete in time, or was given up."""
        timed_out = crhelper.timed_out if self.polls else cdk.timed_out
        return timed_out(unfinished.request, unfinished.event)


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
            answer = calls.timed_out(outcome)
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
