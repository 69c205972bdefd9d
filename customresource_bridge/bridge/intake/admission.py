"""Admits claimed messages: a good one becomes a request in flight, and what is none of ours is set aside."""

from dataclasses import replace
from datetime import timedelta

from oslo_log import log as oslo_log

from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.in_flight import InFlight, Table
from customresource_bridge.bridge.intake.claims import Claims
from customresource_bridge.bridge.intake.validation import Unreadable, admit
from customresource_bridge.bridge.observability.events import Claimed, Observer, Repeated, SetAside
from customresource_bridge.bridge.project import Project
from customresource_bridge.bridge.settings import Settings
from customresource_bridge.clients.zaqar.dead_letters import claimed_request_id, set_aside
from customresource_bridge.clients.zaqar.zaqar import Message
from customresource_bridge.protocol import Request, RequestError, ids

LOG = oslo_log.getLogger(__name__)

_UNREADABLE_PATIENCE = timedelta(minutes=5)


class Admission:
    """Puts one project's messages on its table.

    :param claims: keeps the claim of what is admitted.
    :param give_up: how old a message is set aside that cannot be admitted for a mistake of the bridge's own.
    """

    def __init__(  # noqa: PLR0913 - what it reads by, where it puts what it read, and whom it tells
        self,
        project: Project,
        table: Table,
        settings: Settings,
        *,
        claims: Claims,
        observer: Observer,
        clock: Clock,
        give_up: timedelta,
    ) -> None:
        self._project = project
        self._table = table
        self._settings = settings
        self._claims = claims
        self._observer = observer
        self._clock = clock
        self._give_up = give_up

    def admit(self, message: Message) -> InFlight | None:
        """Put a claimed message on the table, unless it is there already or is none of ours.

        :raises ServiceError: Zaqar does not take it back, or does not set it aside.
        """
        try:
            admitted = admit(
                message.body,
                queue=message.queue,
                project_id=self._project.id,
                now=self._clock.now(),
                keys=self._settings.keys,
            )
            url = admitted.response_url
            if not self._project.response_urls.allowed(url):
                raise RequestError("ResponseURL", "is under no allowed base", "see [response] allowed_bases")  # noqa: TRY301
        except RequestError as error:
            self._set_aside(message, str(error))
            return None
        entry = self._entry(message, admitted)
        known = self._table.add(entry)
        if known is entry:
            self._observer(Claimed(entry))
            self._claims.keep(entry)
            return entry
        self._repeated(known, message)
        return None

    def stumbled(self, message: Message, mistake: Exception) -> None:
        """Set aside a message that could not be admitted for so long that it never will be."""
        if message.age < self._give_up.total_seconds():
            return
        try:
            self._set_aside(message, f"The bridge failed at reading it: {type(mistake).__name__}")
        except Exception as error:  # whatever it is, the thread that claims goes on
            later = type(error).__name__
        else:
            return
        LOG.warning("a message of %s is not set aside, its claim will run out: %s", message.queue, later)

    def _set_aside(self, message: Message, reason: str) -> None:
        set_aside(self._project.zaqar, message, reason=reason, now=self._clock.now())
        self._observer(SetAside(message.queue, reason, claimed_request_id(message)))

    def _repeated(self, known: InFlight, message: Message) -> None:
        """Deal with another copy of a request in flight: take its claim where ours is lost, else delete it."""
        self._observer(Repeated(known))
        if known.claimed:
            self._project.zaqar.delete(message)
            return
        known.message = replace(message, body=None)
        known.claimed = True
        self._claims.keep(known)

    def _entry(self, message: Message, admitted: Request | Unreadable) -> InFlight:
        request = admitted if isinstance(admitted, Request) else None
        identity = admitted.identity if isinstance(admitted, Request) else admitted.response.identity
        return InFlight(
            key=ids.execution_id(
                project_id=self._project.id,
                stack_id=identity.stack_id,
                logical_resource_id=identity.logical_resource_id,
                request_id=identity.request_id,
            ),
            identity=identity,
            response_url=admitted.response_url,
            deadline=request.extras.deadline if request else self._clock.now() + _UNREADABLE_PATIENCE,
            request=request,
            message=replace(message, body=None),
            since=self._clock.monotonic(),
            response=None if isinstance(admitted, Request) else admitted.response,
            settled_at=None if request else self._clock.monotonic(),
        )
