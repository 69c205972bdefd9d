"""What a page shows, asked of the services with a user's rights. What a service does not say is a note on the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from customresource_bridge import errors
from customresource_bridge.clients.zaqar.dead_letters import DeadLetter, letters
from customresource_bridge.dashboard.lanes import RequestLane, lanes
from customresource_bridge.protocol.naming import printable
from customresource_bridge.protocol.printing import in_clear
from customresource_bridge.visibility.bridges import SeenBridge, seen_bridges
from customresource_bridge.visibility.reading import Listing, Readers, Selection, list_requests, tried
from customresource_bridge.visibility.spans import span
from customresource_bridge.visibility.view import SeenStage

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneGroup:
    """Requests that have come equally far."""

    title: str
    lanes: Sequence[RequestLane]


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeRow:
    """A bridge in a table, its texts fit to be printed."""

    seen: SeenBridge
    host: str
    version: str
    last_seen: str
    oldest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPage:
    """A page.

    :ivar letters: dead letters of the project that the user is in.
    :ivar notes: what could not be learnt, a sentence each.
    """

    groups: Sequence[LaneGroup]
    bridges: Sequence[BridgeRow] = ()
    letters: Sequence[DeadLetter] = ()
    notes: Sequence[str] = ()


def request_page(readers: Readers, selection: Selection) -> RequestPage:
    """Return the page of the requests that are wanted, with the bridges and dead letters of the user's project."""
    notes: list[str] = []
    listing = said(lambda: list_requests(readers, selection), notes, "requests are not shown") or Listing(views=())
    bridges = tried(lambda: seen_bridges(readers.zaqar), notes, "bridges are not shown")
    set_aside = tried(lambda: list(letters(readers.zaqar)), notes, "dead letters are not shown")
    running = any(view.stage is SeenStage.RUNNING for view in listing.views)
    tasks = _tasks(readers, notes) if running and not selection.all_projects else {}
    made = lanes(listing.views, now=readers.now(), tasks=tasks)
    return RequestPage(
        groups=grouped(made),
        bridges=[_row(bridge) for bridge in bridges],
        letters=set_aside,
        notes=list(dict.fromkeys([*map(in_clear, listing.notes), *map(in_clear, notes)])),
    )


def said(ask: Callable[[], _Answer], notes: list[str], consequence: str) -> _Answer | None:
    """Return an answer; None, and a note, where there is none."""
    try:
        return ask()
    except errors.Unauthorized as error:
        notes.append(f"{error}; {consequence}: log in again")
    except errors.CustomResourceError as error:
        notes.append(f"{error}; {consequence}")
    return None


def grouped(made: Sequence[RequestLane]) -> list[LaneGroup]:
    """Return what is in flight, oldest first, and what has ended, newest first."""
    flying = [one for one in made if one.view.stage.in_flight]
    failed = [one for one in made if one.view.stage is SeenStage.FAILED]
    complete = [one for one in made if one.view.stage is SeenStage.COMPLETE]
    return [
        LaneGroup(title="In flight", lanes=flying),
        LaneGroup(title="Failed", lanes=failed[::-1]),
        LaneGroup(title="Complete", lanes=complete[::-1]),
    ]


def _tasks(readers: Readers, notes: list[str]) -> dict[str, str]:
    """Return by an execution's id the task that it is at: of several the one that began last."""
    running = tried(readers.mistral.running_tasks, notes, "running tasks are not shown")
    found: dict[str, str] = {}
    for task in running:
        found.setdefault(task.execution_id, task.name)
    return found


def _row(bridge: SeenBridge) -> BridgeRow:
    oldest = bridge.said.oldest
    return BridgeRow(
        seen=bridge,
        host=printable(bridge.said.host),
        version=printable(bridge.said.version),
        last_seen=span(bridge.seen),
        oldest="-" if oldest is None else span(oldest),
    )
