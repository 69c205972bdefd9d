"""Zaqar, Mistral and the taker of responses in memory, with a count of each call. Served by ``stub_cloud.py``.

As fast as can be, and as little as a bridge needs of them: it is there to be cheaper than the bridge that it measures.
Posts the requests itself, as the plugin would, and ends executions so that a given number of them is always running.
"""

import json
from bisect import bisect_left
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from customresource_bridge.compat import UTC

PROJECT = "5" * 32
BELL = "heat-cr-bell"


@dataclass(slots=True)
class Queue:
    """One queue: what is free, and what is claimed."""

    free: deque[tuple[str, str]] = field(default_factory=deque)
    claimed: dict[str, tuple[str, str]] = field(default_factory=dict)


class Zaqar:
    """Queues whose messages are kept as JSON."""

    def __init__(self) -> None:
        self.queues: dict[str, Queue] = {}

    def post(self, queue: str, body: str) -> None:
        self.queues.setdefault(queue, Queue()).free.append((uuid4().hex, body))

    def claim(self, name: str, limit: int) -> str | None:
        queue = self.queues.get(name)
        if queue is None or not queue.free:
            return None
        return f'{{"messages": [{", ".join(_claimed(name, queue) for _ in range(min(limit, len(queue.free))))}]}}'

    def delete(self, name: str, claims: list[str]) -> None:
        for claim in claims:
            self.queues[name].claimed.pop(claim, None)

    def release(self, name: str, claim: str) -> None:
        message = self.queues[name].claimed.pop(claim, None)
        if message:
            self.queues[name].free.appendleft(message)

    def page(self, marker: str, limit: int) -> dict[str, Any]:
        names = sorted(self.queues)
        first = bisect_left(names, marker + "\0") if marker else 0
        page = names[first : first + limit]
        following = f"/v2/queues?limit={limit}&marker={page[-1] if page else marker}"
        shown = [{"name": name, "href": f"/v2/queues/{name}"} for name in page]
        return {"queues": shown, "links": [{"rel": "next", "href": following}]}


def _claimed(name: str, queue: Queue) -> str:
    message = queue.free.popleft()
    claim = uuid4().hex  # one for each message, so that a claim's id finds it
    queue.claimed[claim] = message
    href = f"/v2/queues/{name}/messages/{message[0]}?claim_id={claim}"
    return f'{{"href": "{href}", "age": 0, "ttl": 3600, "body": {message[1]}}}'


class Mistral:
    """Executions by id. The oldest ends as soon as more than ``hold`` run."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.hold = 0
        self.repeated = 0
        self.started = 0
        self.listed = 0
        self.running: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self.ended: dict[str, dict[str, Any]] = {}
        self._ended_at: list[tuple[str, str]] = []

    def start(self, given: dict[str, Any]) -> dict[str, Any]:
        key = given["id"]
        known = self.running.get(key) or self.ended.get(key)
        if known is not None:
            self.repeated += 1
            return known
        self.started += 1
        execution = {
            "id": key,
            "state": "RUNNING",
            "input": given["input"],
            "workflow_name": given["workflow_name"],
            "description": given["description"],
        }
        self.running[key] = execution
        self.end_the_oldest()
        return execution

    def end_the_oldest(self) -> None:
        while len(self.running) > self.hold:
            key, execution = self.running.popitem(last=False)
            # A new value: the answer to its creation says RUNNING, as Mistral's does.
            self.ended[key] = {**execution, "state": "SUCCESS", "output": '{"data": {"Name": "value"}}'}
            self._ended_at.append((f"{self._now():%Y-%m-%d %H:%M:%S}", key))

    def finished(self, since: str, marker: str, limit: int) -> dict[str, Any]:
        place = bisect_left(self._ended_at, (since, ""))
        if marker:
            place = next(n for n in range(len(self._ended_at) - 1, -1, -1) if self._ended_at[n][1] == marker) + 1
        rows = self._ended_at[place : place + limit]
        self.listed += len(rows)
        return {"executions": [{"id": key, "state": "SUCCESS", "updated_at": ended_at} for ended_at, key in rows]}


@dataclass
class Stub:
    """All of it.

    :ivar answers: the numbers of the requests that were answered, and how often.
    """

    base: str
    zaqar: Zaqar = field(default_factory=Zaqar)
    mistral: Mistral = field(default_factory=lambda: Mistral(lambda: datetime.now(UTC)))
    answers: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    posted: int = 0

    def post(self, count: int, stacks: int) -> None:
        """Post requests in turn into the queues of so many stacks, and ring for each."""
        for number in range(self.posted, self.posted + count):
            stack = str(UUID(int=number % stacks))
            self.zaqar.post(f"heat-cr-{stack}", json.dumps(self._request(number, stack)))
            self.zaqar.post(BELL, json.dumps({"queue": f"heat-cr-{stack}"}))
        self.posted += count

    def make_queues(self, stacks: int) -> None:
        """Make the empty queues of so many stacks that want nothing."""
        for number in range(stacks):
            self.zaqar.queues.setdefault(f"heat-cr-{UUID(int=number)}", Queue())

    def state(self) -> dict[str, Any]:
        return {
            "posted": self.posted,
            "answered": len(self.answers),
            "answered_twice": sum(count > 1 for count in self.answers.values()),
            "started": self.mistral.started,
            "started_again": self.mistral.repeated,
            "running": len(self.mistral.running),
            "listed": self.mistral.listed,
            "calls": dict(self.calls),
        }

    def _request(self, number: int, stack: str) -> dict[str, Any]:
        deadline = datetime.now(UTC) + timedelta(hours=1)
        return {
            "RequestType": "Create",
            "RequestId": str(UUID(int=number)),
            "ResponseURL": f"{self.base}/cfn/v1/responses/{number}?{'s' * 200}",
            "StackId": f"arn:openstack:heat::{PROJECT}:stacks/bench/{stack}",
            "ResourceType": "Custom::Bench",
            "LogicalResourceId": f"thing{number}",
            "ServiceToken": "mistral:bench",
            "ResourceProperties": dict(_properties()),
            "OpenStack": {"Version": 1, "ProjectId": PROJECT, "Deadline": deadline.isoformat()},
        }


def _properties() -> Iterator[tuple[str, Any]]:
    """What a handler may well be given: about 500 bytes."""
    yield "ServiceToken", "mistral:bench"
    for number in range(8):
        yield f"Property{number}", f"a value of some length, as they are: {number}"
