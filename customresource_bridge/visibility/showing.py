"""Finds one request and asks the services for its steps."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from customresource_bridge import errors
from customresource_bridge.clients.heat.reader import StackEvent, StackSummary
from customresource_bridge.clients.mistral.reader import ExecutionSummary
from customresource_bridge.protocol.naming import printable
from customresource_bridge.visibility.detail import RequestDetail, detail, with_attribute
from customresource_bridge.visibility.reading import Listing, Readers, Selection, list_requests, tried
from customresource_bridge.visibility.view import RequestView

_MOST = 1000
"""Executions that are looked through for one that ended."""


def show_resource(readers: Readers, stack: str, resource: str) -> RequestDetail:
    """Return the last request of a stack's resource.

    :raises NotFound: the project has no such stack, or nothing is seen of such a resource's requests.
    """
    listing = list_requests(readers, Selection(stack=stack, most=_MOST))
    found = [view for view in listing.views if view.resource == printable(resource)]
    if not found:
        what = f"nothing is seen of requests of the resource '{printable(resource)}' of '{printable(stack)}'"
        raise _not_found("Heat", what, listing)
    return _steps(readers, _last(found), listing)


def show_request(readers: Readers, request_id: str) -> RequestDetail:
    """Return the request of a RequestId.

    :raises NotFound: nothing is seen of it.
    """
    listing = list_requests(readers, Selection(most=_MOST))
    for view in listing.views:
        if view.request_id == request_id:
            return _steps(readers, view, listing)
    raise _not_found("Mistral", f"nothing is seen of '{printable(request_id)}'", listing)


def _not_found(service: str, what: str, listing: Listing) -> errors.NotFound:
    """Return the error that a request is not there; with what was not to be seen, where it may be."""
    return errors.NotFound(service, "find the request", "; ".join([what, *listing.notes]))


def _last(views: list[RequestView]) -> RequestView:
    """Return the request that is in flight, or else the last."""
    return next((view for view in reversed(views) if view.stage.in_flight), views[-1])


def _steps(readers: Readers, view: RequestView, listing: Listing) -> RequestDetail:
    """Return a request with what its services say of it; with a note for each that does not answer."""
    stack, notes = StackSummary(id=view.stack_id, name=view.stack_name, status=""), [*listing.notes]
    said = with_attribute(RequestDetail(view=view), _attribute(readers, stack, view))
    view = said.view
    executions = tried(lambda: _execution(readers, view), notes, "its execution's steps are not shown")
    tasks = (
        tried(lambda: readers.mistral.tasks(view.execution_id), notes, "its tasks are not shown") if executions else []
    )
    events = tried(lambda: _events(readers, stack, view), notes, "Heat's events are not shown")
    found = detail(view, execution=executions[0] if executions else None, tasks=tasks, events=events)
    return replace(found, copies=said.copies, problem=said.problem, notes=tuple(dict.fromkeys(notes)))


def _execution(readers: Readers, view: RequestView) -> list[ExecutionSummary]:
    """Return the execution of a request, or nothing."""
    found = readers.mistral.execution(view.execution_id) if view.execution_id else None
    return [found] if found else []


def _attribute(readers: Readers, stack: StackSummary, view: RequestView) -> Mapping[str, Any]:
    """Return what Heat says of the request of a resource; nothing of one that is gone."""
    try:
        return readers.heat.attribute(stack, view.resource, "request") if view.stack_id else {}
    except errors.ServiceError:
        return {}


def _events(readers: Readers, stack: StackSummary, view: RequestView) -> list[StackEvent]:
    """Return the events of a request's resource; none of a request whose stack is not known."""
    return list(readers.heat.events_of(stack, view.resource)) if view.stack_id else []
