"""Puts a request's answer: once, or until it is taken, refused for good, or too late."""

import itertools
import json
import logging
from collections.abc import Callable
from datetime import datetime
from threading import Event
from typing import Protocol

from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.compat import StrEnum
from customresource_bridge.protocol import Request, Response, Secret
from customresource_bridge.protocol.naming import named, shown

LOG = logging.getLogger(__name__)
_SHORTEST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_SLOW_PAUSE = 15.0
"""Seconds before a response is put again that was not answered in time: it may be taken yet."""


class Answers(Protocol):
    """The part of :class:`customresource_bridge.clients.response_url.ResponseURLs` that is needed here."""

    def allowed(self, url: Secret) -> bool:
        """Return whether the URL may be opened."""

    def put(self, url: Secret, body: bytes, *, attempt: int = 0) -> tuple[PutOutcome, str]:
        """PUT a response; each attempt may take longer."""


class DeliveryEnd(StrEnum):
    """What became of an answer."""

    OVER = "over"  # it was taken, or its deadline has passed
    REFUSED = "refused"
    BROKEN_OFF = "broken off"  # the provider ends
    NOT_TAKEN = "not taken"  # not yet
    SLOW = "slow"  # not answered in time: it may have been taken


_NOT_YET = frozenset({DeliveryEnd.NOT_TAKEN, DeliveryEnd.SLOW})


def put_once(
    request: Request, response: Response, *, answers: Answers, clock: Callable[[], datetime], attempt: int = 0
) -> DeliveryEnd:
    """Put the answer to a request.

    :param attempt: how many times it was put before: each time it may take longer.
    """
    name, extra = shown(request.identity), named(request.identity)
    body = json.dumps(response.to_dict(), ensure_ascii=False, separators=(",", ":")).encode()
    outcome, why = answers.put(request.response_url, body, attempt=attempt)
    if outcome is PutOutcome.ACCEPTED:
        # Then that one counts: it came first, and nothing here hears of it.
        LOG.info("%s: %s was taken, unless the handler had PUT its own answer", name, response.status, extra=extra)
        return DeliveryEnd.OVER
    if outcome is PutOutcome.REFUSED:
        LOG.error("%s: its ResponseURL refuses any answer: %s", name, why, extra=extra)
        return DeliveryEnd.REFUSED
    if clock() >= request.extras.deadline:
        LOG.error("%s: not answered before its deadline: %s", name, why, extra=extra)
        return DeliveryEnd.OVER
    LOG.warning("%s: not answered yet: %s", name, why, extra=extra)
    return DeliveryEnd.SLOW if outcome is PutOutcome.SLOW else DeliveryEnd.NOT_TAKEN


def deliver(
    request: Request, response: Response, *, answers: Answers, clock: Callable[[], datetime], stop: Event
) -> DeliveryEnd:
    """Put the answer to a request, again and again if need be."""
    wait = _SHORTEST_PAUSE
    for attempt in itertools.count():
        end = put_once(request, response, answers=answers, clock=clock, attempt=attempt)
        if end not in _NOT_YET:
            return end
        if stop.wait(max(wait, _SLOW_PAUSE) if end is DeliveryEnd.SLOW else wait):
            break
        wait = min(wait * 2, _LONGEST_PAUSE)
    return DeliveryEnd.BROKEN_OFF


def pause_before_next(left: float) -> float:
    """Return the seconds after which an answer is put again that other requests must not wait for.

    :param left: seconds until its deadline; shortly before it the pauses become shorter.
    """
    return max(_SHORTEST_PAUSE, min(_LONGEST_PAUSE, left / 2))
