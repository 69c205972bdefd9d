"""Where Horizon's other pages show a stack and an execution, if it has such pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from customresource_bridge.dashboard.lanes import RequestLane
from customresource_bridge.dashboard.pages import LaneGroup
from customresource_bridge.visibility.view import RequestView

_STACK = "horizon:project:stacks:detail"
_EXECUTION = "horizon:mistral:executions:detail"
_STEPS = "horizon:project:custom_resources:steps"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedLane:
    """A request with the addresses of pages that say more; each is empty where there is none."""

    lane: RequestLane
    stack: str = ""
    execution: str = ""
    steps: str = ""


def linked(group: LaneGroup, project_id: str) -> list[LinkedLane]:
    """Return the lanes of a group with their links: pages of a project show what is of this project alone."""
    return [_linked(one, project_id) for one in group.lanes]


def _linked(lane: RequestLane, project_id: str) -> LinkedLane:
    view = lane.view
    if view.project_id != project_id:
        return LinkedLane(lane=lane)
    return LinkedLane(
        lane=lane,
        stack=_address(_STACK, [view.stack_id]),
        execution=_address(_EXECUTION, [view.execution_id]),
        steps=_steps(view),
    )


def _steps(view: RequestView) -> str:
    """Return the address of a request's steps; empty where nothing names it."""
    named = {"request": view.request_id}
    if not view.request_id:
        named = {"stack": view.stack_id, "resource": view.resource}
    page = _address(_STEPS)
    return f"{page}?{urlencode(named)}" if page and all(named.values()) else ""


def _address(name: str, arguments: Sequence[str] = ()) -> str:
    if not all(arguments):
        return ""
    try:
        return str(reverse(name, args=arguments))
    except NoReverseMatch:
        return ""
