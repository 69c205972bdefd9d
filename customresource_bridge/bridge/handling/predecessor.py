"""What a request's predecessor came to, and what of it the request needs: pure.

A predecessor is a request that another one puts an end to (``PreviousRequestId``). Heat gave it up before it had an
answer, so its outcome may be known to Mistral alone, and with it the id of what it made.
"""

from dataclasses import dataclass, replace
from typing import Any

from customresource_bridge.bridge.in_flight import Hearing
from customresource_bridge.clients.mistral.mistral import Execution
from customresource_bridge.protocol import Request, RequestType, Response, ids
from customresource_bridge.protocol.answers.workflow import REQUEST_INPUT, outcome
from customresource_bridge.protocol.description import phase_in, request_in

_SHOWN = 100
"""Letters of an id in a sentence: an event holds 255."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Predecessor:
    """What is known of a request that began, and that another one puts an end to.

    :ivar named: the other one, as it would name it alone.
    :ivar draining: whether it was cancelled, and a task of it may still act.
    :ivar hearing: whether Heat has heard its outcome.
    """

    named: Request
    execution: Execution
    draining: bool = False
    hearing: Hearing = Hearing.OPEN

    @property
    def request_id(self) -> str:
        """Its RequestId."""
        return self.named.extras.previous_request_id or ""


def outcome_of_predecessor(request: Request, previous: Execution) -> Response | None:
    """Return the predecessor's own response, with its own ids.

    None while it runs; and of a Check, which makes nothing that Heat would have to hear of.
    """
    predecessor = _predecessor(request, previous)
    if predecessor is None or predecessor.request_type is RequestType.CHECK:
        return None
    return outcome(predecessor, state=previous.state, output=previous.output, state_info=previous.state_info)


def what_may_stay(request: Request, previous: Execution) -> str | None:
    """Return what to say of a request that begins though a task of its predecessor may still make something."""
    predecessor = _predecessor(request, previous)
    if predecessor is None or not predecessor.request_type.makes:
        return None
    made = predecessor.physical_resource_id or _derived(request, predecessor.request_id)
    acts = f"a task of the {predecessor.request_type} before it may still act (execution: {previous.id})"
    return f"it begins, and {made[:_SHOWN]} may stay: {acts}"


def learnt_id(request: Request, previous: Execution) -> str | None:
    """Return the id to delete that the predecessor's handler named after all, however its workflow ended.

    Only one that names the id derived for that Create, which stands for an id not known. A Delete of any other id is
    about a resource of its own: what an Update has made meanwhile is told to Heat by the Update's response.
    """
    response = outcome_of_predecessor(request, previous) if _stands_in(request) else None
    return response.physical_resource_id if response else None


def _predecessor(request: Request, previous: Execution) -> Request | None:
    request_id = request.extras.previous_request_id
    whose = request_in(previous.description)
    if request_id is None or whose not in {None, request_id[:64]}:
        return None  # in its place another one ran
    kind, named = _asked(request, previous)
    return replace(
        request,
        request_id=request_id,
        request_type=kind,
        physical_resource_id=None if kind is RequestType.CREATE else named or request.physical_resource_id,
        extras=replace(request.extras, previous_request_id=None),
    )


def _asked(request: Request, previous: Execution) -> tuple[RequestType, str | None]:
    """Return what the predecessor asked for, and the id that it named."""
    given: Any = previous.input.get(REQUEST_INPUT)
    given = given if isinstance(given, dict) else {}
    named = given.get("PhysicalResourceId")
    kinds = [phase_in(previous.description), given.get("RequestType")]
    known = next((kind for kind in kinds if kind in tuple(RequestType)), None)
    fallback = RequestType.CREATE if _stands_in(request) else RequestType.UPDATE
    return RequestType(known) if known else fallback, named if isinstance(named, str) and named else None


def _stands_in(request: Request) -> bool:
    create = request.extras.previous_request_id
    if request.request_type is not RequestType.DELETE or create is None:
        return False
    return request.physical_resource_id == _derived(request, create)


def _derived(request: Request, create: str) -> str:
    return ids.default_physical_resource_id(
        stack_id=request.stack_id, logical_resource_id=request.logical_resource_id, request_id=create
    )
