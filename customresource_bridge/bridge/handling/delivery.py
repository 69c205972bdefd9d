"""Delivers responses: a request's own, and those of its predecessors that Heat may not have heard.

It tries once and says what became of the response; when to try again is decided elsewhere.
"""

import json
from dataclasses import dataclass

from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.handling.decision import GIVE_UP
from customresource_bridge.bridge.handling.execution_ids import by_predecessor
from customresource_bridge.bridge.handling.response_body import encoded
from customresource_bridge.bridge.in_flight import Hearing, InFlight
from customresource_bridge.bridge.observability.events import ResponseOutcome
from customresource_bridge.bridge.project import Project
from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.protocol import Identity, Request, Response
from customresource_bridge.protocol.answers.progress import Progress
from customresource_bridge.protocol.stack_id import StackId

LOG = oslo_log.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a response.

    :ivar outcome: None where it is to be sent again.
    :ivar why: what the receiver said, or why it said nothing.
    :ivar slow: whether it was not answered in time, and may have been accepted all the same.
    """

    outcome: ResponseOutcome | None
    why: str
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a predecessor's response.

    :ivar slow: whether it was not answered in time, and may have been heard all the same.
    """

    hearing: Hearing
    slow: bool = False


class ResponseDelivery:
    """Delivers for one project."""

    def __init__(self, project: Project, *, clock: Clock) -> None:
        self._project = project
        self._clock = clock

    def deliver(self, entry: InFlight, response: Response) -> Delivered:
        """PUT a request's response; return what became of it."""
        outcome, why = self._project.response_urls.put(entry.response_url, encoded(response), attempt=entry.attempts)
        return Delivered(self._taken(entry, outcome), why, slow=outcome is PutOutcome.SLOW)

    def report(self, entry: InFlight, reason: str) -> None:
        """Tell the stack's owner something of a request before its response: once, since nothing hangs on it."""
        body = json.dumps(Progress(identity=entry.identity, reason=reason).to_dict()).encode()
        outcome, why = self._project.response_urls.put(entry.response_url, body)
        if outcome is not PutOutcome.ACCEPTED:
            LOG.info("%s: Heat has not heard that %s: %s", entry, reason, why)

    def tell(self, request: Request, response: Response) -> Told:
        """Deliver a predecessor's response, by the URL that the request brings along.

        A plugin that sends that URL keeps account of what an answer names, whenever it comes.
        """
        named = (alone.extras for alone in by_predecessor(request))
        ended = response.identity.request_id
        url = next((extras.previous_response_url for extras in named if extras.previous_request_id == ended), None)
        if url is None:
            return Told(Hearing.IN_VAIN)
        outcome, why = self._project.response_urls.put(url, encoded(response))
        if outcome is PutOutcome.ACCEPTED:
            return Told(Hearing.HEARD)
        LOG.info("%s: its predecessor's response is not accepted: %s", request.request_id, why)
        in_vain = outcome is PutOutcome.REFUSED or self._gone(request.identity)
        return Told(Hearing.IN_VAIN if in_vain else Hearing.OPEN, slow=outcome is PutOutcome.SLOW)

    def _taken(self, entry: InFlight, outcome: PutOutcome) -> ResponseOutcome | None:
        """Return what became of the response, or None where it is to be sent again."""
        if outcome is PutOutcome.ACCEPTED:
            return ResponseOutcome.ACCEPTED
        if outcome is PutOutcome.REFUSED:
            return ResponseOutcome.REFUSED
        if self._gone(entry.identity):
            return ResponseOutcome.GONE
        return None if self._clock.now() < entry.deadline + GIVE_UP else ResponseOutcome.EXPIRED

    def _gone(self, identity: Identity) -> bool:
        """Return whether the stack is gone: heat-api-cfn then drops the connection for ever."""
        try:
            stack = StackId.parse(identity.stack_id)
            return not self._project.heat.stack_exists(stack.name, stack.uuid)
        except errors.CustomResourceError as error:
            LOG.debug("%s: cannot tell whether the stack exists: %s", identity.request_id, error)
            return False
