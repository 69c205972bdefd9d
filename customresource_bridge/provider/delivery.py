"""Puts a request's answer until it is taken, refused for good, or too late."""

import itertools
import json
import logging
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from threading import Event
from typing import Protocol

from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.protocol import Request, Response, Secret
from customresource_bridge.protocol.naming import named, shown

LOG = logging.getLogger(__name__)
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


def deliver(
    request: Request, response: Response, *, answers: Answers, clock: Callable[[], datetime], stop: Event
) -> DeliveryEnd:
    """Put the answer to a request, again and again if need be."""
    name, extra = shown(request.identity), named(request.identity)
    body = json.dumps(response.to_dict(), ensure_ascii=False, separators=(",", ":")).encode()
    wait = 1.0
    for attempt in itertools.count():
        outcome, why = answers.put(request.response_url, body, attempt=attempt)
        if outcome is PutOutcome.ACCEPTED:
            LOG.info("%s has its answer, %s", name, response.status, extra=extra)
            break
        if outcome is PutOutcome.REFUSED:
            LOG.error("%s: its ResponseURL refuses any answer: %s", name, why, extra=extra)
            return DeliveryEnd.REFUSED
        if clock() >= request.extras.deadline:
            LOG.error("%s: not answered before its deadline: %s", name, why, extra=extra)
            break
        LOG.warning("%s: not answered yet: %s", name, why, extra=extra)
        if stop.wait(max(wait, _SLOW_PAUSE) if outcome is PutOutcome.SLOW else wait):
            return DeliveryEnd.BROKEN_OFF
        wait = min(wait * 2, _LONGEST_PAUSE)
    return DeliveryEnd.OVER
