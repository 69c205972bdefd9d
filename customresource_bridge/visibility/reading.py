"""Asks the services for what a list of requests is made of: a few lists, page by page, never one call for each request.

The reader's own rights decide what comes back. What they do not suffice for is said in a note, and the rest is shown.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from customresource_bridge import errors
from customresource_bridge.clients.heat.reader import PAGE, HeatReader, StackResource, StackSummary
from customresource_bridge.clients.mistral.reader import FAILED_STATES, OPEN_STATES, ExecutionSummary, MistralReader
from customresource_bridge.clients.zaqar.dead_letters import letters
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.compat import StrEnum
from customresource_bridge.protocol import ids
from customresource_bridge.visibility.asked import AskedRequest, of_body, of_execution, of_message
from customresource_bridge.visibility.join import PostedRequest, ServiceAnswers, is_custom, join
from customresource_bridge.visibility.view import RequestView, SeenStage

_AT_ONCE = 8
_SINGLY = 50
"""Executions that are asked for one by one, at most."""
LOOKED_INTO = 500
"""Stacks whose resources are asked for, at most: Heat lists resources of one stack at a time."""
LISTED = 4 * PAGE - 1
"""Stacks of a status that are listed, at most: four pages, for each of which Heat goes through all that there are."""
_ENDED = ("SUCCESS", *FAILED_STATES)
_NO_GLOBAL_INDEX = (
    "Heat's policy stacks:global_index does not let you list all projects' stacks: "
    "requests without an execution are not shown"
)
_T = TypeVar("_T")
_R = TypeVar("_R")


class Which(StrEnum):
    """Which requests are wanted."""

    ALL = "all"
    IN_FLIGHT = "in flight"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is wanted.

    :ivar stack: a name or an id; empty means all of the project.
    :ivar most: how many executions that have ended are looked at.
    """

    which: Which = Which.ALL
    stack: str = ""
    all_projects: bool = False
    most: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What was found.

    :ivar notes: what the reader's rights did not suffice for, a sentence each.
    """

    views: Sequence[RequestView]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """The services of one project, and the time.

    :ivar project_id: returns the project's id; an administrator is shown all projects' executions.
    """

    heat: HeatReader
    mistral: MistralReader
    zaqar: Zaqar
    project_id: Callable[[], str | None]
    now: Callable[[], datetime]

    @classmethod
    def from_session(
        cls, session: Any, *, now: Callable[[], datetime], region_name: str | None = None, interface: str = "public"
    ) -> "Readers":
        """Return readers with the authority of a keystoneauth session."""
        where: dict[str, Any] = {"region_name": region_name, "interface": interface}
        return cls(
            heat=HeatReader.from_session(session, **where),
            mistral=MistralReader.from_session(session, **where),
            zaqar=Zaqar.from_session(session, timeout=60.0, **where),
            project_id=session.get_project_id,
            now=now,
        )


def list_requests(readers: Readers, selection: Selection) -> Listing:
    """Return the requests that are wanted, oldest first; without Mistral's or Zaqar's part where those do not answer.

    :raises NotFound: the project has no such stack.
    :raises ServiceError: Heat did not answer.
    """
    notes: list[str] = []
    named = [readers.heat.find(selection.stack)] if selection.stack else None
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(tried, lambda: _executions(readers, selection), notes, "executions are not shown")
        stacks = _stacks(readers.heat, selection, notes) if named is None else named
        executions = running.result()
    looked_into = _looked_into(stacks, executions, selection, notes)
    resources = [one for found in _each(partial(_resources, readers, notes), looked_into) for one in found]
    unseen = _without_execution(resources, executions)
    posted: list[PostedRequest] = []
    aside: list[tuple[AskedRequest, str]] = []
    if unseen and selection.all_projects:
        ended = partial(readers.mistral.executions, _ENDED, all_projects=True, most=selection.most)
        executions += tried(lambda: list(ended()), notes, "executions are not shown")
    elif unseen:
        lost = "whether a message of a request waits is not known"
        asked = _each(lambda stack: tried(lambda: _posted(readers, stack), notes, lost), unseen)
        posted = [one for found in asked for one in found]
        aside = tried(lambda: _set_aside(readers.zaqar), notes, "dead letters are not shown")
        executions += _settled(readers.mistral, posted, executions, notes)
    views = join(ServiceAnswers(resources=resources, executions=executions, posted=posted, set_aside=aside))
    within = {stack.id for stack in stacks} | {resource.stack_id for resource in resources}
    return Listing(
        views=[view for view in views if _is_wanted(view, selection, within)], notes=list(dict.fromkeys(notes))
    )


def tried(ask: Callable[[], list[_T]], notes: list[str], consequence: str) -> list[_T]:
    """Return what a service says; nothing, and a note, where it does not; nothing where there is nothing to ask."""
    try:
        return ask()
    except (errors.NotFound, errors.ConfigurationError):
        return []
    except errors.ServiceError as error:
        notes.append(f"{error}; {consequence}")
        return []


def _stacks(heat: HeatReader, selection: Selection, notes: list[str]) -> list[StackSummary]:
    """Return the stacks that are wanted, of each status those that were created last.

    Those that failed are asked for first: one that is begun anew meanwhile is then seen among those that Heat works on.
    """
    statuses = {Which.IN_FLIGHT: ("IN_PROGRESS",), Which.FAILED: ("FAILED",)}
    found: dict[str, StackSummary] = {}
    try:
        for status in statuses.get(selection.which, ("FAILED", "IN_PROGRESS")):
            listed = list(islice(heat.stacks((status,), all_projects=selection.all_projects), LISTED))
            if len(listed) == LISTED:
                notes.append(
                    f"of the stacks that are {status} the {LISTED} created last are listed: of others, requests are "
                    "shown where they have an execution; --stack shows those of one"
                )
            found |= {stack.id: stack for stack in listed}
    except errors.Forbidden:
        if not selection.all_projects:
            raise
        notes.append(_NO_GLOBAL_INDEX)
    return list(found.values())


def _looked_into(
    stacks: Sequence[StackSummary], executions: Iterable[ExecutionSummary], selection: Selection, notes: list[str]
) -> Sequence[StackSummary]:
    """Return the stacks whose resources are asked for.

    Of very many, first those of which no execution is seen, and among them those that wait: of one that Heat works on,
    an execution that has ended tells nothing.
    """
    if len(stacks) <= LOOKED_INTO:
        return stacks
    asked = [(of_execution(execution, {}), execution.final) for execution in executions]
    running = {one.stack_id for one, final in asked if one is not None and not final}
    ended = {one.stack_id for one, final in asked if one is not None and final}

    def is_seen(stack: StackSummary) -> bool:
        return stack.id in running or (stack.id in ended and not stack.in_progress)

    whose = "one project, or of one stack (--stack)," if selection.all_projects else "one stack (--stack)"
    notes.append(
        f"{len(stacks) - LOOKED_INTO} of {len(stacks)} stacks were not looked into: their requests are shown where "
        f"they have an execution; the list of {whose} has the others"
    )
    return sorted(stacks, key=lambda stack: (is_seen(stack), not stack.in_progress))[:LOOKED_INTO]


def _resources(readers: Readers, notes: list[str], stack: StackSummary) -> list[StackResource]:
    """Return a stack's custom resources; none, and a note, where Heat cannot say: other stacks are still shown."""
    consequence = f"what Heat knows of the stack '{stack.name}' is not shown"
    return [one for one in tried(lambda: readers.heat.resources(stack), notes, consequence) if is_custom(one)]


def _executions(readers: Readers, selection: Selection) -> list[ExecutionSummary]:
    where, mistral = selection.all_projects, readers.mistral
    found: list[ExecutionSummary] = []
    if selection.which is not Which.FAILED:
        found += mistral.executions(OPEN_STATES, all_projects=where)
    if selection.which is not Which.IN_FLIGHT:
        ended = FAILED_STATES if selection.which is Which.FAILED else _ENDED
        found += mistral.executions(ended, all_projects=where, most=selection.most)
    return found if where else _own(readers, found)


def _own(readers: Readers, executions: Iterable[ExecutionSummary]) -> list[ExecutionSummary]:
    """Return the executions of the readers' project."""
    project = readers.project_id()
    return [execution for execution in executions if execution.project_id in {"", project}]


def _without_execution(resources: Iterable[StackResource], executions: Iterable[ExecutionSummary]) -> list[str]:
    """Return the ids of stacks with a resource that waits, and no execution of it that runs is seen."""
    asked = [of_execution(execution, {}) for execution in executions if not execution.final]
    running = {(one.stack_id, one.resource) for one in asked if one is not None}
    waiting = {one.stack_id for one in resources if one.in_progress and (one.stack_id, one.name) not in running}
    return sorted(waiting)


def _posted(readers: Readers, stack_id: str) -> list[PostedRequest]:
    queue, now = ids.stack_queue(stack_id), readers.now()
    every = list(readers.zaqar.messages(queue, claimed=True))
    free = {message.message_id.reveal() for message in readers.zaqar.messages(queue)} if every else set()
    found = [(of_message(message), message) for message in every]
    return [
        PostedRequest(
            asked=asked,
            claimed=message.message_id.reveal() not in free,
            posted_at=now - timedelta(seconds=message.age),
        )
        for asked, message in found
        if asked is not None
    ]


def _set_aside(zaqar: Zaqar) -> list[tuple[AskedRequest, str]]:
    found = [(letter.message.body, letter.reason) for letter in letters(zaqar)]
    read = [(of_body(body.get("body")), why) for body, why in found if isinstance(body, dict)]
    return [(asked, why) for asked, why in read if asked is not None]


def _settled(
    mistral: MistralReader, posted: Iterable[PostedRequest], executions: Iterable[ExecutionSummary], notes: list[str]
) -> list[ExecutionSummary]:
    """Return the executions of requests whose messages are still there, and that are not listed: they have ended.

    Mistral lists none by their ids, so that each costs a call: few are asked for, those that wait longest.
    """
    known = {execution.id for execution in executions}
    by_age = sorted((one for one in posted if one.claimed), key=lambda one: one.posted_at)
    wanted = [key for key in dict.fromkeys(one.asked.execution_id for one in by_age) if key not in known]
    if len(wanted) > _SINGLY:
        notes.append(f"of {len(wanted) - _SINGLY} requests it is not known whether their executions have ended")
    ask = partial(_execution, mistral, notes)
    return [found for asked in _each(ask, wanted[:_SINGLY]) for found in asked]


def _execution(mistral: MistralReader, notes: list[str], execution_id: str) -> list[ExecutionSummary]:
    def ask() -> list[ExecutionSummary]:
        found = mistral.execution(execution_id)
        return [found] if found else []

    return tried(ask, notes, "executions are not shown")


def _each(ask: Callable[[_T], _R], items: Sequence[_T]) -> list[_R]:
    """Ask for each item, a few at once."""
    if len(items) < 2:  # noqa: PLR2004 - one needs no threads
        return [ask(item) for item in items]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return list(threads.map(ask, items))


def _is_wanted(view: RequestView, selection: Selection, within: set[str]) -> bool:
    if selection.stack and view.stack_id not in within:
        return False
    match selection.which:
        case Which.IN_FLIGHT:
            return view.stage.in_flight
        case Which.FAILED:
            return view.stage is SeenStage.FAILED
        case _:
            return True
