"""Takes one request after the other from a queue, has it handled, answers, and only then deletes its message.

What it has to know of a request for longer is in the journal. Killed anywhere, the claim expires and the request is
taken again, by this or another consumer; RequestId is what a handler tells the repetition by. A request that waits
between two calls of isComplete or polls of crhelper's, or whose answer was not taken meanwhile, has no worker and no
message any more: the journal has it, and the provider that serves the queue with the same journal goes on with it.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Event
from typing import Any, Protocol

from customresource_bridge.clients.zaqar.zaqar import MIN_CLAIM_TTL, Message
from customresource_bridge.errors import Forbidden, NotFound, ServiceError, Unauthorized
from customresource_bridge.protocol import Request, Response
from customresource_bridge.protocol.answers.reader import read_value
from customresource_bridge.protocol.errors import RequestError
from customresource_bridge.protocol.naming import named, shown
from customresource_bridge.provider.handler_calls import HandlerCalls, Unfinished
from customresource_bridge.provider.queue.claim_renewal import kept
from customresource_bridge.provider.queue.delivery import Answers, DeliveryEnd, deliver, pause_before_next, put_once
from customresource_bridge.provider.queue.in_hand import InHand
from customresource_bridge.provider.queue.journal import Journal, JournalEntry, JournalStage, Key
from customresource_bridge.provider.response import too_late

LOG = logging.getLogger(__name__)
_RENEW_EVERY = MIN_CLAIM_TTL / 3
_HELD = MIN_CLAIM_TTL * 0.75
"""Seconds that the journal takes a request for held: less than the claim, so that who claims it next may have it."""
_BEFORE_DEADLINE = 3.0
"""Seconds before the deadline in which work that is not complete is answered for: Heat reads no later reason."""


class Queue(Protocol):
    """The part of :class:`customresource_bridge.clients.zaqar.zaqar.Zaqar` that a consumer needs."""

    def claim_one(self, queue: str, *, ttl: int) -> Message | None:
        """Claim the oldest free message."""

    def renew(self, message: Message, *, ttl: int) -> None:
        """Keep a claim."""

    def delete(self, message: Message) -> None:
        """Delete a claimed message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """One consumer of one queue.

    :ivar journal: shared by all consumers of the queue in this process, and by the next process if it is a file.
    :ivar in_hand: what the workers are at.
    :ivar seconds: how long a handler may run at most; the request's own deadline may be nearer.
    :ivar query_interval: seconds between two calls of isComplete, or of crhelper's polls.
    :ivar total_timeout: seconds until isComplete has to say so; None leaves it to the request's deadline.
    :ivar pause: seconds between two looks at an empty queue.
    :ivar stop: set it, and the consumer ends after the request at hand.
    """

    queue: str
    zaqar: Queue
    answers: Answers
    calls: HandlerCalls
    clock: Callable[[], datetime]
    stop: Event
    journal: Journal = field(default_factory=lambda: Journal(""))
    in_hand: InHand = field(default_factory=InHand)
    seconds: float = 900.0
    query_interval: float = 5.0
    total_timeout: float | None = None
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
                busy, problem = False, str(error)
            else:
                problem = ""
            # Not while it is handled: oslo.log would add the exception's text once more.
            if problem:
                LOG.warning("%s; trying again", problem)
            if not busy:
                self.stop.wait(self.pause)

    def waits(self) -> bool:
        """Return whether requests wait for isComplete."""
        return self.calls.may_wait and self.journal.waiting() > 0

    def serve_one(self) -> bool:
        """Go on with one request that is due and handle the oldest new one; return whether there was either."""
        went_on = self._go_on()
        message = self._claimed()
        if message is None:
            return went_on
        if self._handle(message):
            self._delete(message)
        return True

    def _claimed(self) -> Message | None:
        """Claim the oldest free message; one whose claim is heard of late only if it still is ours."""
        asked = self._now()
        message = self.zaqar.claim_one(self.queue, ttl=MIN_CLAIM_TTL)
        if message is None or self._now() - asked < _RENEW_EVERY:
            return message
        try:
            self.zaqar.renew(message, ttl=MIN_CLAIM_TTL)
        except ServiceError as error:
            problem = str(error)
        else:
            return message
        LOG.warning("A message in queue %s is left, its claim was answered late: %s", self.queue, problem)
        return None

    def _delete(self, message: Message) -> None:
        try:
            self.zaqar.delete(message)
        except Forbidden as error:  # not the queue's: the claim was lost, and another consumer has the message now
            problem = str(error)
        else:
            return
        LOG.warning("A message in queue %s is left to the consumer that has claimed it: %s", self.queue, problem)

    def _handle(self, message: Message) -> bool:
        try:
            request: Request | None = Request.parse(message.body)
        except RequestError as error:
            request, problem = None, str(error)
        if request is None:
            LOG.error("A message in queue %s is no request and cannot be answered: %s", self.queue, problem)
            return True
        if not self._may_answer(request):
            return True
        name, extra = shown(request.identity, str(request.request_type)), named(request.identity)
        entry = self.journal.take(request, now=self._now(), until=self._now() + _HELD)
        if entry is None:
            LOG.info("%s: another copy of a request that is in hand or answered", name, extra=extra)
            return True
        with self._held(entry.key, message):
            LOG.info("%s%s", name, "" if entry.is_new else ": again, it was broken off", extra=extra)
            return self._work(request, message.body, entry)

    def _may_answer(self, request: Request) -> bool:
        if self.answers.allowed(request.response_url):
            return True
        name, extra = shown(request.identity, str(request.request_type)), named(request.identity)
        LOG.error("%s: dropped, its ResponseURL is under no --allowed-base", name, extra=extra)
        return False

    def _work(self, request: Request, body: Any, entry: JournalEntry) -> bool:
        if entry.response is not None:
            return self._answer(request, entry.key, read_value(entry.response, request.identity).response())
        self._give_up_previous(request)
        left = self._left(request)
        if left <= 0:
            return self._answer(request, entry.key, too_late(request))
        outcome = self.calls.begin(request, body, seconds=min(self.seconds, left))
        if isinstance(outcome, Response):
            return self._answer(request, entry.key, outcome)
        self._let_wait(outcome, entry.key)
        return True

    def _let_wait(self, unfinished: Unfinished, key: Key) -> None:
        request, now = unfinished.request, self._now()
        ends_at = max(now, request.extras.deadline.timestamp() - _BEFORE_DEADLINE)
        if self.total_timeout is not None:
            ends_at = min(ends_at, now + self.total_timeout)
        LOG.info(
            "%s: to be completed, asked every %g s for %.0f s at most",
            shown(request.identity),
            self.query_interval,
            ends_at - now,
            extra=named(request.identity),
        )
        look_at = now if self.calls.looks_at_once else min(now + self.query_interval, ends_at)
        self.journal.wait(key, body=request.to_dict(), event=unfinished.event, look_at=look_at, ends_at=ends_at)

    def _go_on(self) -> bool:
        """Go on with a request that waits, if one is due."""
        if not self.calls.may_wait:
            return False
        entry = self.journal.take_due(now=self._now(), until=self._now() + _HELD)
        if entry is None:
            return False
        with self._held(entry.key):
            self._look(Request.parse(entry.body), entry)
        return True

    def _look(self, request: Request, entry: JournalEntry) -> None:
        if not self._may_answer(request):
            self.journal.answered(entry.key)
            return
        if entry.stage is JournalStage.SETTLED and entry.response is not None:
            self._answer(request, entry.key, read_value(entry.response, request.identity).response())
            return
        left = self._left(request)
        answer = None
        unfinished = Unfinished(request=request, event=entry.event)
        if left > 0:
            answer = self.calls.look(unfinished, seconds=min(self.seconds, left))
        if answer is None and entry.ends_at is not None and self._now() >= entry.ends_at:
            answer = self.calls.timed_out(unfinished)
        if answer is None:
            self.journal.look_again(entry.key, at=self._now() + self.query_interval)
        else:
            self._answer(request, entry.key, answer)

    def _give_up_previous(self, request: Request) -> None:
        """Have the work end for the requests that this one takes the place of: Heat is told which ids they had."""
        for previous in request.extras.previous:
            self.journal.end(Key(request.stack_id, previous), now=self._now())

    def _answer(self, request: Request, key: Key, response: Response) -> bool:
        """Answer a request, and return whether its message is needed no more."""
        self.journal.settle(key, response.to_dict())
        delivered = self._deliver(request, response)
        if delivered is DeliveryEnd.OVER:
            self.journal.answered(key)
        elif delivered is DeliveryEnd.REFUSED:
            self.journal.refused(key)
        elif delivered is not DeliveryEnd.BROKEN_OFF:
            at = self._now() + pause_before_next(self._left(request))
            self.journal.put_again(key, body=request.to_dict(), at=at)
        return delivered is not DeliveryEnd.BROKEN_OFF

    def _deliver(self, request: Request, response: Response) -> DeliveryEnd:
        if not self.calls.may_wait:
            return deliver(request, response, answers=self.answers, clock=self.clock, stop=self.stop)
        # The requests that wait have to be looked at: one ResponseURL that hangs must not keep this worker from it.
        return put_once(request, response, answers=self.answers, clock=self.clock)

    @contextmanager
    def _held(self, key: Key, message: Message | None = None) -> Iterator[None]:
        def hold() -> None:
            self.journal.hold(key, until=self._now() + _HELD)

        claim = None if message is None else partial(self.zaqar.renew, message, ttl=MIN_CLAIM_TTL)
        try:
            with self.in_hand.one(), kept(hold, claim, every=_RENEW_EVERY):
                yield
        finally:
            self.journal.release(key)

    def _left(self, request: Request) -> float:
        return (request.extras.deadline - self.clock()).total_seconds()

    def _now(self) -> float:
        return self.clock().timestamp()
