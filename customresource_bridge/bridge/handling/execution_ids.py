"""Says under which id a request's execution runs, and whose an execution is: pure.

A request runs under the id derived from it. The one exception keeps the order of a resource's requests, however many
bridges there are and however often a message comes: a Delete whose predecessor has not begun runs under the
predecessor's id. Mistral gives an id once, so from then on the predecessor can never begin; and if the predecessor was
faster, Mistral answers with the predecessor's execution, and the Delete stops that first.

Where several have not begun, all that could follow the last one that has head for the same id: that of the first after
it. One of them gets it.
"""

from collections.abc import Collection
from dataclasses import replace
from itertools import takewhile

from customresource_bridge.clients.mistral.mistral import Execution
from customresource_bridge.protocol import Request, RequestType, description, ids, limits


def own_id(request: Request) -> str:
    """Return the id derived from the request itself."""
    return _derived(request, request.request_id)


def predecessor_id(request: Request) -> str | None:
    """Return the id derived from the newest request that this one puts an end to, if there is one."""
    previous = request.extras.previous_request_id
    return None if previous is None else _derived(request, previous)


def by_predecessor(request: Request) -> tuple[Request, ...]:
    """Return a request as it would name each of its predecessors alone, newest first."""
    extras = request.extras
    if extras.previous_request_id is None:
        return ()
    alone = [replace(extras, earlier=())]
    for before in extras.earlier:
        url = before.response_url
        alone.append(replace(alone[0], previous_request_id=before.request_id, previous_response_url=url))
    return tuple(replace(request, extras=named) for named in alone)


def start_id(request: Request, *, began: Collection[str]) -> str:
    """Return the id to start a request's workflow under.

    :param began: the RequestIds of the predecessors that have.
    """
    if request.request_type is not RequestType.DELETE:
        return own_id(request)
    newer = takewhile(lambda named: named.extras.previous_request_id not in began, by_predecessor(request))
    ids_not_taken = [predecessor_id(named) for named in newer]
    return (ids_not_taken[-1] if ids_not_taken else None) or own_id(request)


def describe(request: Request, execution_id: str) -> str:
    """Return an execution's description: whose it is, and which request can no longer begin.

    :param execution_id: the one to start it under, which may be a predecessor's.
    """
    placed = next((named for named in by_predecessor(request) if predecessor_id(named) == execution_id), request)
    previous = placed.extras.previous_request_id
    return description.describe(request.identity, str(request.request_type), previous=previous)


def delete_description(request_id: str) -> str:
    """Return how the description of a Delete begins: the one kind of request that may be under another's id."""
    return description.beginning(RequestType.DELETE, request_id)


def is_of(request: Request, execution: Execution) -> bool:
    """Return whether an execution was started for a request."""
    return description.is_of(execution.description, request.request_type, request.request_id)


def took_place(execution: Execution, request: Request, request_id: str) -> bool:
    """Return whether an execution is that of a Delete of the request's own resource, in its predecessor's place.

    Its description is found by a search in the whole project, and a request says itself what it puts an end to: only
    the id, which is derived from stack and resource, tells whose it is.

    :param request_id: the Delete's.
    """
    text = execution.description
    previous = description.predecessor_in(text)
    of_delete = description.is_of(text, RequestType.DELETE, request_id)
    return of_delete and previous is not None and execution.id == _derived(request, previous)


def puts_an_end_to(execution: Execution, request: Request) -> bool:
    """Return whether an execution is that of a Delete that took the request's place."""
    return description.predecessor_in(execution.description) == request.request_id[:64]


def is_newer(execution: Execution, request: Request) -> bool:
    """Return whether an execution under a predecessor's id is that of a request which came after this one.

    All Deletes that could follow the last one that began head for one id, and this one is late. One of before that is
    not named any more has ended. Where the list is full, one that had no room in it cannot be told from a newer one.
    """
    whose = description.request_in(execution.description)
    known = {known_id[:64] for known_id in (request.request_id, *request.extras.previous)}
    is_full = len(request.extras.previous) > limits.EARLIER_REQUESTS
    return whose is not None and whose not in known and not execution.final and not is_full


def _derived(request: Request, request_id: str) -> str:
    return ids.execution_id(
        project_id=request.extras.project_id,
        stack_id=request.stack_id,
        logical_resource_id=request.logical_resource_id,
        request_id=request_id,
    )
