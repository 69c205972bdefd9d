"""Compares afterwards what Heat's stacks, Mistral's executions, the handlers' effects and the bridges' logs say."""

import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import tenacity
from faults.excuses import Happened, Ran, UnexcusedError, excuse, excuse_clean_up
from faults.things import Effect, Things, count
from faults.traffic import Stack

from customresource_bridge.clients.mistral.mistral import FINAL_STATES, Mistral
from customresource_bridge.clients.zaqar.dead_letters import letters
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import ids

_OVER = re.compile(r" \[([0-9a-f-]{36})\] in .*: (?:answered, the response was accepted|its stack is gone)")
_PAGE = 500
_HANDED_ON = 250.0
"""Seconds until a bridge has looked at a late copy of what is answered: the claim of one that died, and a sweep."""
BRIDGES_KILLED = {"bridge killed", "both bridges killed", "host 1 killed", "host 2 killed", "host 3 killed"}
_PHASES = ("Create", "Update", "Delete")
_patiently = tenacity.retry(wait=tenacity.wait_fixed(2), stop=tenacity.stop_after_delay(180), reraise=True)
"""After the faults a thread of Mistral's API may be left with a broken database session: another one answers."""


@dataclass
class Verdict:
    """What was counted, what others did, and what is wrong.

    :ivar cleaned_later: what an update's clean-up could not delete, not by our doing, and was deleted with the stack.
    """

    requests: int = 0
    executions: int = 0
    accepted: int = 0
    states: Counter[str] = field(default_factory=Counter)
    things: Things = field(default_factory=Things)
    excused: list[str] = field(default_factory=list)
    cleaned_later: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Checker:
    """Takes down what is there before a run, and says afterwards what is wrong, which should be nothing."""

    def __init__(self, zaqar: Zaqar, mistral: Mistral) -> None:
        self._zaqar = zaqar
        self._mistral = mistral
        self._letters = {one.name for one in letters(zaqar)}

    def check(self, stacks: list[Stack], happened: list[Happened], logs: Iterable[Path]) -> Verdict:
        """Check all that was promised.

        :param logs: those of the bridges.
        """
        verdict = Verdict()
        by_stack: dict[str, list[Ran]] = defaultdict(list)
        for one in executions_of(self._mistral, stacks):
            by_stack[str(one.request["StackId"]).rpartition("/")[2]].append(one)
        answered = set(_OVER.findall("".join(log.read_text(errors="replace") for log in logs)))
        for stack in stacks:
            _stack(stack, by_stack[stack.id], happened, verdict)
        ran = [one for some in by_stack.values() for one in some]
        _executions(ran, verdict)
        _answers(ran, answered, happened, verdict)
        self._things(stacks, by_stack, verdict)
        verdict.wrong += self._queues(stacks)
        return verdict

    def _things(self, stacks: list[Stack], by_stack: Mapping[str, list[Ran]], verdict: Verdict) -> None:
        """Count what the handlers' effects say: everything that was made is gone, and was deleted once."""
        named = {one.id: _thing(one) for some in by_stack.values() for one in some}
        effects = [
            Effect(named[task["workflow_execution_id"]], adds=task["name"] == "add", sure=task["state"] == "SUCCESS")
            for task in self._pages("tasks", "id,name,state,workflow_execution_id", "&name=in:add,remove")
            if task["workflow_execution_id"] in named
        ]
        known = {stack.id for stack in stacks}
        there = {
            one["name"]
            for one in self._pages("environments", "id,name,variables", "")
            if _stack_of(one["variables"]) in known
        }
        # Where its owner asked again, Heat did not hear of the first Delete.
        once = [one for stack in stacks if not stack.nudges for one in by_stack[stack.id]]
        deletes = [one for one in once if one.request["RequestType"] == "Delete" and one.state == "SUCCESS"]
        verdict.things = count(effects, there=there, deletes=Counter(map(_thing, deletes)))
        verdict.wrong += verdict.things.wrong

    def _pages(self, kind: str, fields: str, wanted: str) -> Iterator[dict[str, Any]]:
        marker = ""
        while True:
            query = f"fields={fields}&sort_keys=id&limit={_PAGE}{wanted}{f'&marker={marker}' if marker else ''}"
            page = self._page(kind, query)
            yield from page
            if len(page) < _PAGE:
                return
            marker = page[-1]["id"]

    @_patiently
    def _page(self, kind: str, query: str) -> list[dict[str, Any]]:
        page: list[dict[str, Any]] = self._mistral._executions.http_client.get(f"/{kind}?{query}").json()[kind]
        return page

    @_patiently
    def _queues(self, stacks: list[Stack]) -> list[str]:
        """Return what is wrong with the queues: a message in one of a stack's, or one that was set aside."""
        mine = {ids.stack_queue(stack.id) for stack in stacks if stack.id}
        until = time.monotonic() + _HANDED_ON
        while (left := self._with_messages(mine)) and time.monotonic() < until:
            time.sleep(5)
        aside = [letter for letter in letters(self._zaqar) if letter.name not in self._letters]
        return [
            *(f"queue {queue} is left with messages" for queue in left),
            *(f"a message of {letter.queue} was set aside: {letter.reason}" for letter in aside),
        ]

    def _with_messages(self, mine: set[str]) -> list[str]:
        return [queue for queue in sorted(mine & set(self._zaqar.queues(ids.QUEUE_PREFIX))) if self._holds(queue)]

    def _holds(self, queue: str) -> bool:
        return any(True for _ in self._zaqar.messages(queue, claimed=True))


def _thing(one: Ran) -> str:
    """Return the PhysicalResourceId that an execution is about."""
    if one.request["RequestType"] == "Delete":
        return str(one.request["PhysicalResourceId"])
    return f"record-{one.request['ResourceProperties'].get('Name')}"


def _stack_of(variables: Any) -> str:
    """Return the id of the stack that owns a record; empty for anything else."""
    record = json.loads(variables) if isinstance(variables, str) else variables
    owner = str((record or {}).get("Owner", ""))
    return owner.rpartition("/")[0].rpartition("/")[2]


def executions_of(mistral: Mistral, stacks: list[Stack]) -> Iterable[Ran]:
    """Yield each execution that one of these stacks caused."""
    known = {stack.id for stack in stacks}
    marker = ""
    while True:
        page = _executions_after(mistral, marker)
        for item in page:
            given = json.loads(item.input) if isinstance(item.input, str) else item.input
            request = given.get("request") or {}
            if str(request.get("StackId", "")).rpartition("/")[2] in known:
                began, ended = _moment(item.created_at), _moment(item.updated_at)
                yield Ran(item.id, item.state, request, began, ended, item.state_info)
        if len(page) < _PAGE:
            return
        marker = page[-1].id


@_patiently
def _executions_after(mistral: Mistral, marker: str) -> list[Any]:
    fields = ("id", "state", "state_info", "input", "created_at", "updated_at")
    page: list[Any] = mistral._executions.list(
        fields=fields, limit=_PAGE, marker=marker, description="has:heat-cr", sort_keys="id"
    )
    return page


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def _stack(stack: Stack, ran: list[Ran], happened: list[Happened], verdict: Verdict) -> None:
    wrong = list(stack.problems)
    if stack.operations != 3:
        wrong.append(f"{stack.operations} of 3 operations came to their end")
    for nudge in stack.nudges:
        try:
            verdict.excused.append(f"{stack.name} {nudge.operation}: {excuse(nudge, ran, happened)}")
        except UnexcusedError as found:
            wrong.append(f"{nudge.operation} {nudge.status}: {found}")
    if stack.nudges:
        wrong += _outcomes(stack, ran)
    else:
        later = [one for one in ran if one.request["RequestType"] == "Delete" and one.state != "SUCCESS"]
        for one in later:
            try:
                verdict.cleaned_later.append(f"{stack.name}: {excuse_clean_up(one, happened)}")
            except UnexcusedError as found:
                wrong.append(str(found))
        wrong += _exactly(stack, [one for one in ran if one not in later])
    verdict.wrong += [f"{stack.name}: {problem}" for problem in wrong]


def _exactly(stack: Stack, ran: list[Ran]) -> list[str]:
    """Where nobody asked twice: each thing was made, changed and deleted once, with one success each."""
    names = [f"R{number}" for number in range(stack.resources)]
    asked = Counter((one.request["LogicalResourceId"], one.request["RequestType"], one.state) for one in ran)
    wanted = Counter((name, phase, "SUCCESS") for name in names for phase in _PHASES)
    outcomes = Counter((name, status) for name in names for status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"))
    wanted[names[-1], "Delete", "SUCCESS"] += 1  # of the record whose name was changed, in the update's clean-up
    outcomes[names[-1], "UPDATE_COMPLETE"] += 1
    wrong = [f"Mistral ran {dict(asked - wanted)} too many"] if asked - wanted else []
    wrong += [f"Mistral did not run {dict(wanted - asked)}"] if wanted - asked else []
    # An event may be missing, where its engine was killed; one too many may not be there.
    more = stack.outcomes - outcomes
    return wrong + ([f"Heat tells of {dict(more)} besides"] if more else [])


def _outcomes(stack: Stack, ran: list[Ran]) -> list[str]:
    """Where somebody asked twice: no success is told of that no execution had."""
    had = Counter(one.request["LogicalResourceId"] for one in ran if one.state == "SUCCESS")
    told: Counter[str] = Counter()
    for (name, status), times in stack.outcomes.items():
        told[name] += times if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"} else 0
    return [f"Heat tells of successes that nothing had: {dict(told - had)}"] if told - had else []


def _executions(ran: list[Ran], verdict: Verdict) -> None:
    by_request = Counter(one.request["RequestId"] for one in ran)
    verdict.requests, verdict.executions = len(by_request), len(ran)
    verdict.states = Counter(one.state for one in ran)
    verdict.wrong += [f"request {key} ran {count} times" for key, count in by_request.items() if count > 1]
    for one in ran:
        if one.state not in FINAL_STATES:
            verdict.wrong.append(f"execution {one.id} ({one.request['RequestType']}) is left in state {one.state}")


def _answers(ran: list[Ran], answered: set[str], happened: list[Happened], verdict: Verdict) -> None:
    """Each request was over for a bridge, unless it was killed before it could say so."""
    killed = [one for one in happened if one.name in BRIDGES_KILLED]
    verdict.accepted = len({one.request["RequestId"] for one in ran} & answered)
    for one in ran:
        key = one.request["RequestId"]
        if key not in answered and not any(
            one.began <= fault.ended and one.ended + 30 >= fault.began for fault in killed
        ):
            verdict.wrong.append(f"request {key}: no bridge says that its answer was accepted ({one.state})")
