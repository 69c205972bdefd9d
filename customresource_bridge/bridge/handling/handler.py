"""Handles one request: observes, asks ``decide``, acts, until the request must wait or has been answered.

Everything it does may be done again after a crash at any point: starting is idempotent by id, answering by RequestId,
deleting by itself. It never handles one request in two threads, and it keeps nothing beyond the request's entry.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.handling.backoff import backoff
from customresource_bridge.bridge.handling.decision import (
    GIVE_UP,
    Observation,
    Respond,
    Start,
    Stop,
    Tell,
    Wait,
    decide,
    drains_until,
    heeds_until,
    timed_out,
)
from customresource_bridge.bridge.handling.delivery import ResponseDelivery
from customresource_bridge.bridge.handling.error_policy import MessageFate, is_answered, policy_for
from customresource_bridge.bridge.handling.execution_ids import is_newer, is_of, puts_an_end_to
from customresource_bridge.bridge.handling.executions import Executions
from customresource_bridge.bridge.handling.predecessor import Predecessor, what_may_stay
from customresource_bridge.bridge.handling.routes import Routes
from customresource_bridge.bridge.in_flight import Hearing, InFlight
from customresource_bridge.bridge.intake.claims import FIRST_TTL
from customresource_bridge.bridge.observability.events import (
    Answered,
    Observer,
    ResponseOutcome,
    SetAside,
    Settled,
    Started,
)
from customresource_bridge.bridge.project import Project
from customresource_bridge.clients.mistral.mistral import Execution
from customresource_bridge.clients.zaqar.dead_letters import claimed_request_id, set_aside
from customresource_bridge.protocol import Request, RequestType, Response, Secret, ids
from customresource_bridge.protocol.crypto.signature import signed

LOG = oslo_log.getLogger(__name__)

_STEPS = 8
_SOON = 1.0
_DELETE_ATTEMPTS = 3
_LOUD = 10
_FIRST_TELLING = 20.0
"""Seconds that a predecessor's outcome may wait for a thread and an answer, however little time the request has."""


@dataclass(frozen=True, slots=True)
class Look:
    """Look at this request again after so many seconds, or when something is heard of it."""

    after: float


@dataclass(frozen=True, slots=True)
class Onward:
    """It goes on at once, by a thread of the pool that is for what comes next: see ``InFlight.delivers``.

    :ivar patience: seconds until it goes on without what it has to tell; None where it tells nothing.
    """

    patience: float | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """The request is over for this process."""


Next = Look | Onward | Over


class RequestHandler:
    """Acts for one project.

    :param notify_started: called when a request's execution is known to exist.
    :param observer: told of each step of a request.
    :param keys: what messages are signed with; none means that signatures are not asked for.
    """

    def __init__(  # noqa: PLR0913 - what it acts on, whom it tells, and what it signs with
        self,
        project: Project,
        routes: Routes,
        *,
        clock: Clock,
        notify_started: Callable[[InFlight], None],
        observer: Observer,
        keys: Sequence[Secret] = (),
    ) -> None:
        self._project = project
        self._executions = Executions(project.mistral, routes)
        self._delivery = ResponseDelivery(project, clock=clock)
        self._clock = clock
        self._notify_started = notify_started
        self._observer = observer
        self._keys = keys

    def advance(self, entry: InFlight) -> Next:
        """Take a request as far as it can be taken now: to its response, or from there to its end."""
        try:
            if (telling := entry.telling) is not None and entry.request is not None:
                return self._tell(entry, entry.request, telling)
            if entry.response is None and entry.request is not None:
                return self._settle(entry, entry.request)
            if not entry.answered:
                waiting = self._deliver(entry)
                if waiting is not None:
                    return waiting
            return self._clear(entry)
        except errors.CustomResourceError as error:
            return self._failed(entry, error)

    def tell_no_more(self, entry: InFlight) -> None:
        """Have a request go on though Heat may not have heard what a predecessor of it came to."""
        if entry.telling is not None:
            self._goes_on(entry, entry.telling)

    def _goes_on(self, entry: InFlight, unheard: Response) -> None:
        LOG.warning("%s: goes on though the response to its predecessor was not accepted", entry)
        entry.telling, entry.hearings[unheard.identity.request_id] = None, Hearing.IN_VAIN

    def after_mistake(self, entry: InFlight, error: Exception) -> Next:
        """Say what follows an error that no table knows: the same once more, while Heat may wait for the response.

        Then the message is set aside: nothing that was tried for so long can answer it.
        """
        _log_attempt(entry, logging.ERROR, "unexpected error", mistake=error)
        if self._clock.now() < entry.deadline + GIVE_UP:
            return Look(backoff(entry))
        # Not its text, which may hold anything: that is in the log alone.
        return self._set_aside(entry, f"The bridge failed at it until Heat waited no more: {type(error).__name__}")

    def _settle(self, entry: InFlight, request: Request) -> Look | Onward:
        """Find the response, or say when to look again."""
        execution: Execution | None = None
        stopped = False
        for _ in range(_STEPS):
            seen = self._observe(entry, request, execution, stopped=stopped)
            match decide(request, seen, self._clock.now()):
                case Respond(response):
                    self._found(entry, response)
                    return Onward()
                case Wait(draining):
                    return Look(_SOON if stopped and not draining else self._look_after(entry, draining=draining))
                case Stop(execution_id):
                    LOG.info("%s: cancelling execution %s", entry, execution_id)
                    self._executions.cancel(execution_id)
                    execution, stopped = None, True
                case Tell(response):
                    entry.telling = response
                    return Onward(patience=max(self._heeds_for(entry, request), _FIRST_TELLING))
                case Start(to_start, execution_id):
                    self._say_what_may_stay(entry, seen.previous)
                    execution = self._executions.start(to_start, execution_id)
                    entry.attempts, stopped = 0, False
        return Look(_SOON)

    def _say_what_may_stay(self, entry: InFlight, previous: tuple[Predecessor, ...]) -> None:
        """Have the stack's owner know where a request begins though its predecessors' tasks were not waited for."""
        for before in previous:
            if self._heeds_for(entry, before.named) > 0 or not self._executions.drains(before.execution):
                continue
            if (said := what_may_stay(before.named, before.execution)) is not None:
                LOG.warning("%s: %s", entry, said)
                self._delivery.report(entry, said)

    def _look_after(self, entry: InFlight, *, draining: bool) -> float:
        """Return how long a running execution may go unasked: the watcher sees its end, this only makes sure.

        Nothing sees the end of the tasks of one that was cancelled.
        """
        age = self._clock.monotonic() - entry.in_hand_since
        if draining:
            return min(max(_SOON, age / 20), 15.0)
        left = (entry.deadline - self._clock.now()).total_seconds()
        return min(max(30.0, age / 4), 900.0, max(left, 0.1))

    def _observe(
        self, entry: InFlight, request: Request, execution: Execution | None, *, stopped: bool = False
    ) -> Observation:
        """Look as little as is safe: a new message is started unseen, since starting tells what was there."""
        began: tuple[Predecessor, ...] = ()
        resumed, superseded = execution is None, entry.superseded
        if execution is None:
            began = self._executions.previous(request)
            execution = next((other.execution for other in began if is_of(request, other.execution)), None)
            came_later = any(is_newer(other.execution, request) for other in began)
            if execution is not None or came_later:
                began = ()  # this one took a predecessor's place, or a later one did
                superseded = superseded or came_later
            elif entry.started or self._may_run(entry) or self._waits_for(entry, began):
                execution = self._executions.get(entry.execution_id)
        if execution is not None and puts_an_end_to(execution, request):
            execution, superseded = None, True
        elif execution is not None and not entry.started:
            self._seen(entry, execution, resumed=resumed)
        return Observation(
            execution=execution,
            previous=tuple(self._predecessor(entry, before, looks=execution is None) for before in began),
            started=entry.started,
            superseded=superseded,
            stopped=stopped,
            draining=execution is not None and self._drains(entry, request, execution),
        )

    def _may_run(self, entry: InFlight) -> bool:
        """Return whether a request may run already, so that to look first is cheaper than to start it once more.

        A message that is older than a claim is one that another bridge had, most likely: one that begins where another
        has ended finds thousands of them.
        """
        return entry.message.age > FIRST_TTL or self._clock.now() >= entry.deadline

    def _waits_for(self, entry: InFlight, began: tuple[Predecessor, ...]) -> bool:
        """Return whether a request might wait for a predecessor, and so has to know whether it runs already."""
        return any(before.execution.final and _hearing(entry, before) is Hearing.OPEN for before in began)

    def _predecessor(self, entry: InFlight, before: Predecessor, *, looks: bool) -> Predecessor:
        """Return what is known of a predecessor.

        :param looks: whether it matters that a task of it may still act.
        """
        drains = looks and self._heeds_for(entry, before.named) > 0 and self._executions.drains(before.execution)
        return replace(before, draining=drains, hearing=_hearing(entry, before))

    def _drains(self, entry: InFlight, request: Request, execution: Execution) -> bool:
        if self._clock.now() >= drains_until(request) or not self._executions.drains(execution):
            return False
        entry.drain()
        return True

    def _claimed_at(self, entry: InFlight) -> datetime:
        return self._clock.now() - timedelta(seconds=self._clock.monotonic() - entry.since)

    def _seen(self, entry: InFlight, execution: Execution, *, resumed: bool) -> None:
        now = self._clock.monotonic()
        entry.runs(
            execution.id, execution.workflow_name, at=now, age=execution.age(self._clock.now()) if resumed else 0.0
        )
        self._notify_started(entry)
        self._observer(Started(entry, execution.id, entry.workflow, resumed=resumed, seconds=now - entry.since))

    def _tell(self, entry: InFlight, request: Request, response: Response) -> Look | Onward:
        """Deliver a predecessor's response; return when to try again, or that the request may go on."""
        entry.telling = None
        told = self._delivery.tell(request, response)
        entry.hearings[response.identity.request_id] = told.hearing
        if told.hearing is not Hearing.OPEN:
            return Onward()
        left = self._heeds_for(entry, request)
        if left > 0:
            return Look(min(backoff(entry, slow=told.slow), left))
        self._goes_on(entry, response)
        return Onward()

    def _heeds_for(self, entry: InFlight, request: Request) -> float:
        """Return for how many seconds more a request waits for its predecessor."""
        return (heeds_until(request, self._claimed_at(entry)) - self._clock.now()).total_seconds()

    def _found(self, entry: InFlight, response: Response) -> None:
        now = self._clock.monotonic()
        entry.settle(response, at=now)
        self._observer(Settled(entry, None if entry.run is None else now - entry.run.seen_at))

    def _deliver(self, entry: InFlight) -> Look | None:
        """PUT the response; return when to try again, or None once that is final."""
        if entry.response is None:  # pragma: no cover - an entry without a request has a response
            raise TypeError(entry)
        delivered = self._delivery.deliver(entry, entry.response)
        if delivered.outcome is None:
            _log_attempt(entry, logging.WARNING, f"the response is not yet accepted: {delivered.why}")
            return Look(backoff(entry, slow=delivered.slow))
        entry.answer()
        self._observer(self._answered(entry, delivered.outcome, delivered.why))
        return None

    def _answered(self, entry: InFlight, taken: ResponseOutcome, why: str) -> Answered:
        now = self._clock.monotonic()
        since = now if entry.settled_at is None else entry.settled_at
        said = "" if taken is ResponseOutcome.ACCEPTED else why
        return Answered(entry, taken, said, seconds=now - since, total_seconds=now - entry.since)

    def _clear(self, entry: InFlight) -> Next:
        """Delete the message, if it is still ours to delete. One that stays comes again, and is answered again."""
        if entry.claimed:
            try:
                self._project.zaqar.delete(entry.message)
            except errors.ServiceError as error:
                if entry.attempts < _DELETE_ATTEMPTS and isinstance(error, errors.ServiceUnavailable):
                    return Look(backoff(entry))
                LOG.warning("%s: answered, but its message stays: %s", entry, error)
        return Over()

    def _failed(self, entry: InFlight, error: errors.CustomResourceError) -> Next:
        """Do what the table of error policies says."""
        policy = policy_for(error)
        if policy.message is MessageFate.SET_ASIDE:
            return self._set_aside(entry, str(error))
        if entry.response is not None:
            return self._not_cleared(entry, error, policy.level)
        if is_answered(error, claimed_at=entry.since):
            self._found(entry, Response.failed(entry.identity, str(error), physical_resource_id=_known_id(entry)))
            return Onward()
        if entry.request is not None and self._is_hopeless(entry, error):
            late = timed_out(entry.request)
            self._found(entry, replace(late, reason=f"{late.reason}; at last: {error}"))
            return Onward()
        _log_attempt(entry, policy.level, str(error))
        return Look(backoff(entry))

    def _not_cleared(self, entry: InFlight, error: errors.CustomResourceError, level: int) -> Next:
        """Try again what follows the response, for as long as a response is put again."""
        _log_attempt(entry, level, str(error))
        return Look(backoff(entry)) if self._clock.now() < entry.deadline + GIVE_UP else Over()

    def _set_aside(self, entry: InFlight, reason: str) -> Over:
        """Have the message among the dead letters, if it is still ours; one that cannot be put there comes again."""
        if not entry.claimed:
            return Over()
        message = replace(entry.message, body=_body(entry, self._keys))
        try:
            set_aside(self._project.zaqar, message, reason=reason, now=self._clock.now())
        except errors.CustomResourceError as error:
            LOG.warning("%s: not set aside, its claim will run out: %s", entry, error)
        else:
            self._observer(SetAside(message.queue, reason, claimed_request_id(message)))
        return Over()

    def _is_hopeless(self, entry: InFlight, error: errors.CustomResourceError) -> bool:
        """Return whether a request is answered though its execution may run: where nothing lets the bridge stop it.

        A Mistral that is away comes back, and then the execution is stopped, however late.
        """
        over = self._clock.now() >= entry.deadline + GIVE_UP
        return over and not isinstance(error, errors.ServiceUnavailable)


def _hearing(entry: InFlight, before: Predecessor) -> Hearing:
    return entry.hearings.get(before.request_id, Hearing.OPEN)


def _log_attempt(entry: InFlight, level: int, why: str, *, mistake: Exception | None = None) -> None:
    """Log a failed attempt: the first and then each tenth as loud as it is, so that an outage does not fill the log."""
    loud = entry.attempts % _LOUD == 0
    LOG.log(level if loud else logging.DEBUG, "%s: attempt %d: %s", entry, entry.attempts + 1, why, exc_info=mistake)


def _body(entry: InFlight, keys: Sequence[Secret]) -> dict[str, Any]:
    """Return the message's body, as genuine as it came: its signature was found good, and is made once more."""
    if entry.request is not None:
        return signed(entry.request.to_dict(), keys)
    return {
        "StackId": entry.identity.stack_id,
        "RequestId": entry.identity.request_id,
        "LogicalResourceId": entry.identity.logical_resource_id,
        "ResponseURL": entry.response_url.reveal(),
    }


def _known_id(entry: InFlight) -> str | None:
    if entry.request is None:
        return None
    if entry.request.request_type is RequestType.CREATE and not entry.started:
        return ids.NOTHING_MADE
    return entry.request.physical_resource_id
