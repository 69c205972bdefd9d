"""Compares afterwards what Heat's stacks, Mistral's executions and the handlers' effects say."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from customresource_bridge.clients.mistral import FINAL_STATES, Mistral
from customresource_bridge.clients.zaqar import Zaqar
from customresource_bridge.protocol import ids

from .traffic import Stack


@dataclass
class Verdict:
    """What was counted, and what is wrong."""

    requests: int = 0
    executions: int = 0
    states: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def executions_of(mistral: Mistral, stacks: list[Stack]) -> list[tuple[dict[str, Any], str, str]]:
    """Return request, state and id of each execution that one of these stacks caused."""
    known = {stack.id for stack in stacks}
    found = []
    marker = ""
    while True:
        page = mistral._executions.list(
            fields=("id", "state", "input"), limit=500, marker=marker, description="has:heat-cr", sort_keys="id"
        )
        for item in page:
            given = json.loads(item.input) if isinstance(item.input, str) else item.input
            request = given.get("request") or {}
            if str(request.get("StackId", "")).rpartition("/")[2] in known:
                found.append((request, item.state, item.id))
        if len(page) < 500:
            return found
        marker = page[-1].id


def check(stacks: list[Stack], zaqar: Zaqar, mistral: Mistral) -> Verdict:
    """Return what is wrong, which should be nothing."""
    verdict = Verdict()
    _stacks(stacks, verdict)
    _executions(executions_of(mistral, stacks), verdict)
    _effects(stacks, mistral, verdict)
    _queues(stacks, zaqar, verdict)
    return verdict


def _stacks(stacks: list[Stack], verdict: Verdict) -> None:
    for stack in stacks:
        verdict.wrong += [f"{stack.name}: {problem}" for problem in stack.problems]
        if stack.operations != 3:
            verdict.wrong.append(f"{stack.name}: {stack.operations} of 3 operations came to their end")


def _executions(found: list[tuple[dict[str, Any], str, str]], verdict: Verdict) -> None:
    by_request = Counter(request["RequestId"] for request, _, _ in found)
    verdict.requests, verdict.executions = len(by_request), len(found)
    verdict.states = Counter(state for _, state, _ in found)
    verdict.wrong += [f"request {key} ran {count} times" for key, count in by_request.items() if count > 1]
    for request, state, key in found:
        if state not in FINAL_STATES:
            verdict.wrong.append(f"execution {key} ({request['RequestType']}) is left in state {state}")


def _effects(stacks: list[Stack], mistral: Mistral, verdict: Verdict) -> None:
    names = {f"record-{stack.name}-{number}" for stack in stacks for number in range(stack.resources)}
    response = mistral._executions.http_client.get("/environments?fields=name")
    left = {one["name"] for one in response.json()["environments"]} & names
    verdict.wrong += [f"the effect {name} is left though its stack is gone" for name in sorted(left)]


def _queues(stacks: list[Stack], zaqar: Zaqar, verdict: Verdict) -> None:
    left = set(zaqar.queues(ids.QUEUE_PREFIX)) & {ids.stack_queue(stack.id) for stack in stacks if stack.id}
    for queue in sorted(left):
        if any(True for _ in zaqar.messages(queue)):
            verdict.wrong.append(f"queue {queue} is left with messages")
