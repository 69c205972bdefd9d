"""Handles one request: observes, asks ``decide``, acts, until it must wait or has been answered.

Called by the bridge's workers, for one request by one worker at a time. Everything it does may be done again after a
crash at any point: starting is idempotent by id, answering by RequestId, deleting by itself.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.bridge.answer import encoded
from customresource_bridge.bridge.backoff import backoff
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.deadletters import set_aside
from customresource_bridge.bridge.decide import STOP_GRACE, Answer, Observation, Start, Stop, Wait, decide, timed_out
from customresource_bridge.bridge.fate import MessageFate, fate_of
from customresource_bridge.bridge.inflight import InFlight, Table
from customresource_bridge.bridge.project import Project
from customresource_bridge.bridge.routes import Routes
from customresource_bridge.clients.mistral import Execution
from customresource_bridge.clients.response_url import Delivery
from customresource_bridge.protocol import Request, RequestType, Response, ids
from customresource_bridge.protocol.stack_id import StackId
from customresource_bridge.protocol.workflow import workflow_input

LOG = oslo_log.getLogger(__name__)

SETTLED_AGE = 30
"""Seconds since its post. Two rules of different bridges meet here. Whoever starts a request older than this first asks
whether a Delete has put an end to it. And a Delete whose predecessor was never seen waits until it is this old itself:
then the predecessor, which is older, is past the age at which anybody would start it unasked."""
GIVE_UP = timedelta(minutes=10)
"""How long after the deadline an answer that finds no taker is tried. Heat has failed the resource long before."""
_STEPS = 5
_DELETE_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Look:
    """Look at this request again after so many seconds, or when something is heard of it."""

    after: float


@dataclass(frozen=True, slots=True)
class Done:
    """The request is over for this process."""


Next = Look | Done


class Handler:
    """Acts for one project.

    :param notify_started: called when a request's execution is known to exist.
    """

    def __init__(
        self,
        project: Project,
        routes: Routes,
        *,
        table: Table,
        clock: Clock,
        notify_started: Callable[[InFlight], None],
    ) -> None:
        self._table = table
        self._project = project
        self._routes = routes
        self._clock = clock
        self._notify_started = notify_started

    def advance(self, entry: InFlight) -> Next:
        """Take a request as far as it can be taken now."""
        try:
            if entry.response is None and entry.request is not None:
                waiting = self._settle(entry, entry.request)
                if waiting is not None:
                    return waiting
            if not entry.answered:
                waiting = self._deliver(entry)
                if waiting is not None:
                    return waiting
            return self._clear(entry)
        except errors.CustomResourceError as error:
            return self._befallen(entry, error)

    def _settle(self, entry: InFlight, request: Request) -> Look | None:
        """Find the response, or return when to look again."""
        execution: Execution | None = None
        for _ in range(_STEPS):
            verdict = decide(request, self._observe(entry, request, execution), self._clock.now())
            match verdict:
                case Answer(response):
                    self._found(entry, response)
                    return None
                case Wait():
                    return Look(self._look_after(entry) if entry.started else 1.0)
                case Stop(execution_id):
                    LOG.info("%s: cancelling execution %s", entry, execution_id)
                    self._project.mistral.cancel(execution_id)
                    execution = None
                case Start(to_start):
                    execution = self._start(entry, to_start)
        return Look(1.0)

    def _look_after(self, entry: InFlight) -> float:
        """Return how long a running execution may go unasked: the watcher sees its end, this only makes sure."""
        age = self._clock.monotonic() - entry.since
        left = (entry.deadline - self._clock.now()).total_seconds()
        return min(max(30.0, age / 4), 900.0, max(left, 0.1))

    def _observe(self, entry: InFlight, request: Request, execution: Execution | None) -> Observation:
        """Look as little as is safe: a first delivery is started unseen, since starting tells what was there."""
        overdue = self._clock.now() >= entry.deadline
        old = self._age(entry) >= SETTLED_AGE
        superseded = entry.superseded
        if execution is None and (entry.started or overdue or old):
            execution = self._project.mistral.get(entry.key)
            if execution is None and old and not superseded:
                superseded = bool(self._project.mistral.described(_puts_an_end_to(request.request_id)))
        if execution is not None and not entry.started:
            entry.started = True
            self._notify_started(entry)
        previous, unsettled = None, False
        if execution is None and request.extras.previous_request_id is not None:
            key = _execution_id(request, request.extras.previous_request_id)
            previous = self._project.mistral.get(key)
            unsettled = previous is None and not old and not self._table.ended_here(key)
        return Observation(
            execution=execution,
            previous=previous,
            started=entry.started,
            superseded=superseded,
            unsettled=unsettled,
        )

    def _age(self, entry: InFlight) -> float:
        return entry.message.age + self._clock.monotonic() - entry.since

    def _start(self, entry: InFlight, request: Request) -> Execution:
        handler = self._routes.handler(request)
        execution = self._project.mistral.start(
            entry.key,
            handler.workflow,
            namespace=handler.namespace,
            workflow_input=workflow_input(request),
            description=_description(request),
        )
        LOG.info("%s: workflow '%s' runs as execution %s", entry, handler.workflow, execution.id)
        entry.attempts = 0
        return execution

    def _found(self, entry: InFlight, response: Response) -> None:
        entry.response = response
        entry.attempts = 0
        LOG.info("%s: %s%s", entry, response.status, f" ({response.reason[:200]!r})" if response.reason else "")

    def _deliver(self, entry: InFlight) -> Look | None:
        """PUT the response; return when to try again, or None once that is final."""
        if entry.response is None:  # pragma: no cover - whoever has no request has a response
            raise TypeError(entry)
        delivery, why = self._project.response_urls.put(entry.response_url, encoded(entry.response))
        if delivery is Delivery.RETRY and not self._gone(entry):
            if self._clock.now() < entry.deadline + GIVE_UP:
                LOG.warning("%s: the response is not yet accepted: %s", entry, why)
                return Look(backoff(entry))
            LOG.error("%s: the response found no taker in time: %s", entry, why)
        elif delivery is Delivery.REFUSED:
            LOG.warning("%s: the response was refused: %s", entry, why)
        entry.answered = True
        entry.attempts = 0
        return None

    def _gone(self, entry: InFlight) -> bool:
        """Return whether the stack is gone: heat-api-cfn then drops the connection for ever."""
        try:
            stack = StackId.parse(entry.identity.stack_id)
            if self._project.heat.stack_exists(stack.name, stack.uuid):
                return False
        except errors.CustomResourceError as error:
            LOG.debug("%s: cannot tell whether the stack exists: %s", entry, error)
            return False
        LOG.info("%s: its stack is gone, nobody waits for the response", entry)
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
        return Done()

    def _befallen(self, entry: InFlight, error: errors.CustomResourceError) -> Next:
        fate = fate_of(error)
        LOG.log(fate.level, "%s: %s", entry, error)
        if fate.message is MessageFate.SET_ASIDE:
            body = entry.request.to_dict() if entry.request else None
            message = replace(entry.message, body=body)
            set_aside(self._project.zaqar, message, reason=str(error), now=self._clock.now())
            return Done()
        if fate.answers:
            self._found(entry, Response.failed(entry.identity, str(error), physical_resource_id=_known_id(entry)))
            return Look(0.0)
        hopeless = self._clock.now() >= entry.deadline + STOP_GRACE
        if entry.request is not None and entry.response is None and hopeless:
            late = timed_out(entry.request)
            self._found(entry, replace(late, reason=f"{late.reason}; at last: {error}"))
            return Look(0.0)
        LOG.log(logging.DEBUG, "%s: attempt %d failed", entry, entry.attempts)
        return Look(backoff(entry))


def _known_id(entry: InFlight) -> str | None:
    if entry.request is None:
        return None
    if entry.request.request_type is RequestType.CREATE and not entry.started:
        return ids.NOTHING_MADE
    return entry.request.physical_resource_id


def _execution_id(request: Request, request_id: str) -> str:
    return ids.execution_id(
        project_id=request.extras.project_id,
        stack_id=request.stack_id,
        logical_resource_id=request.logical_resource_id,
        request_id=request_id,
    )


def _puts_an_end_to(request_id: str) -> str:
    return f"after {request_id[:64]}"


def _description(request: Request) -> str:
    """Return what the execution's list shows; the second half tells a late redelivery that its time is over."""
    previous = request.extras.previous_request_id
    end = f" {_puts_an_end_to(previous)}" if previous else ""
    return f"heat-cr {request.request_type} {request.request_id[:64]}{end}"
