"""Handles one request: observes, asks ``decide``, acts, until the request must wait or has been answered.

Everything it does may be done again after a crash at any point: starting is idempotent by id, answering by RequestId,
deleting by itself. It never handles one request in two threads, and it keeps nothing beyond the request's entry.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.handling.backoff import backoff
from customresource_bridge.bridge.handling.decision import (
    STOP_GRACE,
    Observation,
    Respond,
    Start,
    Stop,
    Wait,
    decide,
    timed_out,
)
from customresource_bridge.bridge.handling.error_policy import MessageFate, policy_for
from customresource_bridge.bridge.handling.execution_ids import (
    delete_description,
    description,
    is_of,
    predecessor_id,
    puts_an_end_to,
    took_place,
)
from customresource_bridge.bridge.handling.response_body import encoded
from customresource_bridge.bridge.handling.routes import Routes
from customresource_bridge.bridge.in_flight import InFlight
from customresource_bridge.bridge.intake.dead_letters import claimed_request_id, set_aside
from customresource_bridge.bridge.observability.events import (
    Answered,
    Observer,
    ResponseOutcome,
    SetAside,
    Settled,
    Started,
)
from customresource_bridge.bridge.project import Project
from customresource_bridge.clients.mistral import Execution
from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.protocol import Request, RequestType, Response, ids
from customresource_bridge.protocol.stack_id import StackId
from customresource_bridge.protocol.workflow import workflow_input

LOG = oslo_log.getLogger(__name__)

GIVE_UP = timedelta(minutes=10)
"""How long after the deadline a response that was not accepted is put again. Heat has failed the resource by then."""
_STEPS = 5
_DELETE_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Look:
    """Look at this request again after so many seconds, or when something is heard of it."""

    after: float


@dataclass(frozen=True, slots=True)
class Deliver:
    """Its response is known: it is to be delivered next, by a thread that delivers."""


@dataclass(frozen=True, slots=True)
class Over:
    """The request is over for this process."""


Next = Look | Deliver | Over


class RequestHandler:
    """Acts for one project.

    :param notify_started: called when a request's execution is known to exist.
    :param observer: told of each step of a request.
    """

    def __init__(
        self,
        project: Project,
        routes: Routes,
        *,
        clock: Clock,
        notify_started: Callable[[InFlight], None],
        observer: Observer,
    ) -> None:
        self._project = project
        self._routes = routes
        self._clock = clock
        self._notify_started = notify_started
        self._observer = observer

    def advance(self, entry: InFlight) -> Next:
        """Take a request as far as it can be taken now: to its response, or from there to its end."""
        try:
            if entry.response is None and entry.request is not None:
                return self._settle(entry, entry.request)
            if not entry.answered:
                waiting = self._deliver(entry)
                if waiting is not None:
                    return waiting
            return self._clear(entry)
        except errors.CustomResourceError as error:
            return self._failed(entry, error)

    def _settle(self, entry: InFlight, request: Request) -> Look | Deliver:
        """Find the response, or say when to look again."""
        execution: Execution | None = None
        for _ in range(_STEPS):
            verdict = decide(request, self._observe(entry, request, execution), self._clock.now())
            match verdict:
                case Respond(response):
                    self._found(entry, response)
                    return Deliver()
                case Wait():
                    return Look(self._look_after(entry))
                case Stop(execution_id):
                    LOG.info("%s: cancelling execution %s", entry, execution_id)
                    self._project.mistral.cancel(execution_id)
                    execution = None
                case Start(to_start, execution_id):
                    execution = self._start(entry, to_start, execution_id)
        return Look(1.0)

    def _look_after(self, entry: InFlight) -> float:
        """Return how long a running execution may go unasked: the watcher sees its end, this only makes sure."""
        age = self._clock.monotonic() - entry.since
        left = (entry.deadline - self._clock.now()).total_seconds()
        return min(max(30.0, age / 4), 900.0, max(left, 0.1))

    def _observe(self, entry: InFlight, request: Request, execution: Execution | None) -> Observation:
        """Look as little as is safe: a first delivery is started unseen, since starting tells what was there."""
        previous, resumed = None, execution is None
        if execution is None:
            previous = self._previous(request)
            if previous is not None and is_of(request, previous):
                execution, previous = previous, None  # it took its predecessor's place
            elif entry.started or self._clock.now() >= entry.deadline:
                execution = self._project.mistral.get(entry.execution_id)
        superseded = entry.superseded
        if execution is not None and puts_an_end_to(execution, request):
            execution, superseded = None, True
        elif execution is not None and not entry.started:
            self._seen(entry, execution, resumed=resumed)
        return Observation(execution=execution, previous=previous, started=entry.started, superseded=superseded)

    def _seen(self, entry: InFlight, execution: Execution, *, resumed: bool) -> None:
        now = self._clock.monotonic()
        entry.runs(execution.id, execution.workflow_name, at=now)
        self._notify_started(entry)
        self._observer(Started(entry, execution.id, entry.workflow, resumed=resumed, seconds=now - entry.since))

    def _previous(self, request: Request) -> Execution | None:
        """Return what runs for the request that this one puts an end to, or already for this one in its place."""
        key, previous = predecessor_id(request), request.extras.previous_request_id
        if key is None or previous is None:
            return None
        found = self._project.mistral.get(key)
        if found is None and request.request_type is RequestType.DELETE:
            for other in self._project.mistral.described(delete_description(previous)):
                described = self._project.mistral.get(other)
                if described is not None and took_place(described, request, previous):
                    return described
        return found

    def _start(self, entry: InFlight, request: Request, execution_id: str) -> Execution | None:
        """Start the workflow; return None where the predecessor was faster, so that it is to be looked at again."""
        try:
            execution = self._begin(request, execution_id)
        except errors.CustomResourceError as error:
            # What may no longer begin may have begun: under other routes or rights, here or at another bridge.
            begun = self._project.mistral.get(execution_id) if policy_for(error).answers else None
            if begun is None:
                raise
            execution = begun
        if execution_id != entry.key and not is_of(request, execution):
            return None
        entry.attempts = 0
        return execution

    def _begin(self, request: Request, execution_id: str) -> Execution:
        handler = self._routes.handler(request)
        return self._project.mistral.start(
            execution_id,
            handler.workflow,
            namespace=handler.namespace,
            workflow_input=workflow_input(request),
            description=description(request),
        )

    def _found(self, entry: InFlight, response: Response) -> None:
        now = self._clock.monotonic()
        entry.settle(response, at=now)
        self._observer(Settled(entry, None if entry.run is None else now - entry.run.seen_at))

    def _deliver(self, entry: InFlight) -> Look | None:
        """PUT the response; return when to try again, or None once that is final."""
        if entry.response is None:  # pragma: no cover - an entry without a request has a response
            raise TypeError(entry)
        delivery, why = self._project.response_urls.put(entry.response_url, encoded(entry.response))
        taken = self._taken(entry, delivery)
        if taken is None:
            LOG.warning("%s: the response is not yet accepted: %s", entry, why)
            return Look(backoff(entry))
        entry.answer()
        self._observer(self._answered(entry, taken, why))
        return None

    def _answered(self, entry: InFlight, taken: ResponseOutcome, why: str) -> Answered:
        now = self._clock.monotonic()
        since = now if entry.settled_at is None else entry.settled_at
        said = "" if taken is ResponseOutcome.ACCEPTED else why
        return Answered(entry, taken, said, seconds=now - since, total_seconds=now - entry.since)

    def _taken(self, entry: InFlight, delivery: PutOutcome) -> ResponseOutcome | None:
        """Return what became of the response, or None where it is to be sent again."""
        if delivery is PutOutcome.ACCEPTED:
            return ResponseOutcome.ACCEPTED
        if delivery is PutOutcome.REFUSED:
            return ResponseOutcome.REFUSED
        if self._gone(entry):
            return ResponseOutcome.GONE
        return None if self._clock.now() < entry.deadline + GIVE_UP else ResponseOutcome.EXPIRED

    def _gone(self, entry: InFlight) -> bool:
        """Return whether the stack is gone: heat-api-cfn then drops the connection for ever."""
        try:
            stack = StackId.parse(entry.identity.stack_id)
            if self._project.heat.stack_exists(stack.name, stack.uuid):
                return False
        except errors.CustomResourceError as error:
            LOG.debug("%s: cannot tell whether the stack exists: %s", entry, error)
            return False
        return True

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
        LOG.log(policy.level, "%s: %s", entry, error)
        if policy.message is MessageFate.SET_ASIDE:
            body = entry.request.to_dict() if entry.request else None
            message = replace(entry.message, body=body)
            set_aside(self._project.zaqar, message, reason=str(error), now=self._clock.now())
            self._observer(SetAside(message.queue, str(error), claimed_request_id(message)))
            return Over()
        if policy.answers:
            self._found(entry, Response.failed(entry.identity, str(error), physical_resource_id=_known_id(entry)))
            return Deliver()
        hopeless = self._clock.now() >= entry.deadline + STOP_GRACE
        if entry.request is not None and entry.response is None and hopeless:
            late = timed_out(entry.request)
            self._found(entry, replace(late, reason=f"{late.reason}; at last: {error}"))
            return Deliver()
        LOG.log(logging.DEBUG, "%s: attempt %d failed", entry, entry.attempts)
        return Look(backoff(entry))


def _known_id(entry: InFlight) -> str | None:
    if entry.request is None:
        return None
    if entry.request.request_type is RequestType.CREATE and not entry.started:
        return ids.NOTHING_MADE
    return entry.request.physical_resource_id
