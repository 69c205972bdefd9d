"""Takes one request after the other from a queue, has it handled, answers, and only then deletes its message.

It keeps no state: killed anywhere, the claim expires and the
request is taken again, by this or another consumer; RequestId is what a handler tells the repetition by.
"""

import itertools
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from traceback import format_tb
from typing import Any, Protocol

from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.clients.zaqar import MIN_CLAIM_TTL, Message
from customresource_bridge.errors import Forbidden, NotFound, ServiceError, Unauthorized
from customresource_bridge.protocol import Request, Response, Secret
from customresource_bridge.protocol.errors import RequestError
from customresource_bridge.protocol.naming import shown
from customresource_bridge.provider.claim_renewal import kept
from customresource_bridge.provider.response import answer_after
from customresource_bridge.provider.runner import Broke, Ending

LOG = logging.getLogger(__name__)
_RENEW_EVERY = MIN_CLAIM_TTL / 3
_LONGEST_PAUSE = 30.0
_SLOW_PAUSE = 15.0
"""Seconds before a response is put again that was not answered in time: it may be taken yet."""


class Queue(Protocol):
    """The part of :class:`customresource_bridge.clients.zaqar.Zaqar` that a consumer needs."""

    def claim_one(self, queue: str, *, ttl: int) -> Message | None:
        """Claim the oldest free message."""

    def renew(self, message: Message, *, ttl: int) -> None:
        """Keep a claim."""

    def delete(self, message: Message) -> None:
        """Delete a claimed message."""


class Answers(Protocol):
    """The part of :class:`customresource_bridge.clients.response_url.ResponseURLs` that a consumer needs."""

    def allowed(self, url: Secret) -> bool:
        """Return whether the URL may be opened."""

    def put(self, url: Secret, body: bytes, *, attempt: int = 0) -> tuple[PutOutcome, str]:
        """PUT a response; each attempt may take longer."""


Run = Callable[[Mapping[str, Any], float], Ending]
"""Runs the handler: the event, and the seconds it may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """One consumer of one queue.

    :ivar seconds: how long a handler may run at most; the request's own deadline may be nearer.
    :ivar pause: seconds between two looks at an empty queue.
    :ivar stop: set it, and the consumer ends after the request at hand.
    """

    queue: str
    zaqar: Queue
    answers: Answers
    run: Run
    clock: Callable[[], datetime]
    stop: Event
    seconds: float = 900.0
    pause: float = 1.0

    def serve(self) -> None:
        """Handle requests until told to stop.

        :raises ServiceError: the queue cannot be used with these credentials, and waiting will not help.
        """
        while not self.stop.is_set():
            try:
                busy = self.serve_one()
            except (Unauthorized, Forbidden, NotFound):
                raise
            except ServiceError as error:
                LOG.warning("%s; trying again", error)
                busy = False
            if not busy:
                self.stop.wait(self.pause)

    def serve_one(self) -> bool:
        """Handle the oldest request, and return whether there was one."""
        message = self.zaqar.claim_one(self.queue, ttl=MIN_CLAIM_TTL)
        if message is None:
            return False
        with kept(self.zaqar, message, ttl=MIN_CLAIM_TTL, every=_RENEW_EVERY):
            settled = self._handle(message)
        if settled:
            self.zaqar.delete(message)
        return True

    def _handle(self, message: Message) -> bool:
        try:
            request = Request.parse(message.body)
        except RequestError as error:
            LOG.error("A message in queue %s is no request and cannot be answered: %s", self.queue, error)  # noqa: TRY400 - no traceback: it would show the message
            return True
        if not self.answers.allowed(request.response_url):
            LOG.error("%s: dropped, its ResponseURL is under no --allowed-base", shown(request.identity))
            return True
        LOG.info("%s", shown(request.identity, str(request.request_type)))
        return self._deliver(request, answer_after(self._end(request, message.body), request))

    def _end(self, request: Request, event: Any) -> Ending:
        left = (request.extras.deadline - self.clock()).total_seconds()
        if left <= 0:
            return Broke("The request came to its provider only after its deadline")
        body = json.loads(event) if isinstance(event, str | bytes) else event
        try:
            return self.run(body, min(self.seconds, left))
        except Exception as error:  # ours, and the same again would be too: better a failure than a request unanswered
            where = "".join(format_tb(error.__traceback__))
            LOG.error("%s: %s in\n%s", shown(request.identity), type(error).__name__, where)  # noqa: TRY400 - no message: it may quote the event
            return Broke(f"The provider failed to run the handler ({type(error).__name__})")

    def _deliver(self, request: Request, response: Response) -> bool:
        named = shown(response.identity)
        body = json.dumps(response.to_dict(), ensure_ascii=False, separators=(",", ":")).encode()
        wait = 1.0
        for attempt in itertools.count():
            delivery, why = self.answers.put(request.response_url, body, attempt=attempt)
            if delivery is PutOutcome.ACCEPTED:
                LOG.info("%s has its answer", named)
                return True
            if delivery is PutOutcome.REFUSED:
                LOG.error("%s: its ResponseURL refuses any answer: %s", named, why)
                return True
            if self.clock() >= request.extras.deadline:
                LOG.error("%s: not answered before its deadline: %s", named, why)
                return True
            LOG.warning("%s: not answered yet: %s", named, why)
            if self.stop.wait(max(wait, _SLOW_PAUSE) if delivery is PutOutcome.SLOW else wait):
                break
            wait = min(wait * 2, _LONGEST_PAUSE)
        return False  # its claim expires, and it is handled again
