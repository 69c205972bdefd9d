"""Stacks that are created, updated and deleted while the faults go on, by a tenant who waits and asks again."""

import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from customresource_bridge import errors
from customresource_bridge.clients.http import QuietAdapter, check, service_errors

FORGOTTEN_AFTER = 90.0
"""Seconds after a request's deadline until a stack without a change counts as one that Heat has forgotten."""


@dataclass(frozen=True)
class Nudge:
    """That a stack's owner had to ask again. The checker wants a reason.

    :ivar began: when the operation was first asked for.
    :ivar resources: name, status and reason of each, as Heat told them then.
    """

    operation: str
    status: str
    reason: str
    began: float
    at: float
    resources: list[tuple[str, str, str]]


@dataclass
class Stack:
    """One stack, and what became of it.

    :ivar outcomes: what Heat's events say of each resource before the stack's end, by name and status.
    """

    name: str
    resources: int
    timeout: int
    id: str = ""
    operations: int = 0
    nudges: list[Nudge] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    doing: str = ""
    since: float = 0.0
    asked_at: float = 0.0

    def record(self, number: int, *, renamed: bool) -> str:
        """Return a record's name: the last one gets another, and so is another thing."""
        return f"{self.name}-{number}{'-b' if renamed and number == self.resources - 1 else ''}"

    def template(self, address: str, *, renamed: bool = False) -> dict[str, Any]:
        """Return a template of so many records."""
        records = {
            f"R{number}": {
                "type": "Custom::Record",
                "properties": {
                    "ServiceToken": "mistral:record",
                    "ServiceTimeout": self.timeout,
                    "Name": self.record(number, renamed=renamed),
                    "Address": address,
                },
            }
            for number in range(self.resources)
        }
        outputs = {name: {"value": {"get_attr": [name, "Revision"]}} for name in records}
        return {"heat_template_version": "2021-04-16", "resources": records, "outputs": outputs}


class Api:
    """A service's API, asked again where it is away: it is one of those that are killed."""

    def __init__(self, session: Any, service_type: str) -> None:
        self._adapter = QuietAdapter(session=session, service_type=service_type, timeout=60)

    def ask(self, method: str, path: str, body: Any = None, *, patience: float = 180.0) -> Any:
        """Return an answer's JSON, or None for a 404."""
        until = time.monotonic() + patience
        while True:
            try:
                with service_errors("The service", method):
                    answer = self._adapter.request(path, method, json=body)
                check(answer, "The service", method)
                return answer.json() if method == "GET" else {}
            except errors.NotFound:
                return None
            except (errors.ServiceUnavailable, errors.Conflict, errors.Forbidden, errors.Unauthorized):
                if time.monotonic() > until:
                    raise
                time.sleep(1)


class Owner:
    """Does to one stack after the other what its owner does."""

    def __init__(self, session: Any) -> None:
        self._heat = Api(session, "orchestration")
        self._mistral = Api(session, "workflowv2")

    def live(self, stack: Stack) -> None:
        """Create a stack, update it, one record under another name, see that all had its effect, and delete it."""
        self._begin(stack, "CREATE")
        stack.id = self.create(stack.name, stack.template("192.0.2.1"))
        self._until(stack, "CREATE", lambda: self._update(stack, "192.0.2.1", renamed=False))
        self._begin(stack, "UPDATE")
        self._update(stack, "192.0.2.2")
        self._until(stack, "UPDATE", lambda: self._update(stack, "192.0.2.2"))
        self._compare(stack, "192.0.2.2")
        self._begin(stack, "DELETE")
        self.delete(stack.name, stack.id)
        self._until(stack, "DELETE", lambda: self.delete(stack.name, stack.id))

    def create(self, name: str, template: dict[str, Any]) -> str:
        """Create a stack; return its id. A create whose answer was lost may have happened: look before asking again."""
        body = {"stack_name": name, "disable_rollback": True, "timeout_mins": 60, "template": template}
        until = time.monotonic() + 180
        while time.monotonic() < until:
            # Not by its name: Heat answers that with a redirect, which no client of ours follows.
            known = self._heat.ask("GET", f"/stacks?name={name}")["stacks"]
            if known:
                return str(known[0]["id"])
            try:
                self._heat.ask("POST", "/stacks", body, patience=0)
            except errors.ServiceError:
                time.sleep(1)
        raise AssertionError("Heat does not take the stack")

    def delete(self, name: str, key: str) -> None:
        """Have a stack deleted."""
        self._heat.ask("DELETE", f"/stacks/{name}/{key}")

    def status(self, name: str, key: str) -> tuple[str, str]:
        """Return a stack's status and the reason; DELETE_COMPLETE where it is gone."""
        answer = self._heat.ask("GET", f"/stacks/{name}/{key}?resolve_outputs=false")
        if not answer:
            return "DELETE_COMPLETE", ""
        return str(answer["stack"]["stack_status"]), str(answer["stack"].get("stack_status_reason", ""))

    def _begin(self, stack: Stack, doing: str) -> None:
        stack.doing, stack.since, stack.asked_at = doing, time.monotonic(), time.time()

    def _update(self, stack: Stack, address: str, *, renamed: bool = True) -> None:
        template = stack.template(address, renamed=renamed)
        body = {"template": template, "disable_rollback": True, "timeout_mins": 60}
        self._heat.ask("PUT", f"/stacks/{stack.name}/{stack.id}", body)

    def _until(self, stack: Stack, wanted: str, again: Callable[[], None]) -> None:
        """Wait until the operation is complete; where it failed or Heat forgot it, ask for it again."""
        patience = stack.timeout + FORGOTTEN_AFTER
        deadline = time.monotonic() + 5 * patience
        asked = time.monotonic()
        while time.monotonic() < deadline:
            status, reason = self.status(stack.name, stack.id)
            complete = status == f"{wanted}_COMPLETE" or (stack.nudges and status == "UPDATE_COMPLETE" != wanted)
            if complete and not (wanted == "DELETE" and status != "DELETE_COMPLETE"):
                stack.operations += 1
                return
            if status.endswith("_FAILED") or time.monotonic() - asked > patience:
                told = self._told(stack)
                stack.nudges.append(Nudge(wanted, status, reason, stack.asked_at, time.time(), told))
                again()
                asked = time.monotonic()
            time.sleep(0.7)
        raise AssertionError(f"stuck: {wanted} never became complete")

    def _told(self, stack: Stack) -> list[tuple[str, str, str]]:
        answer = self._heat.ask("GET", f"/stacks/{stack.name}/{stack.id}/resources") or {"resources": []}
        return [
            (one["resource_name"], one["resource_status"], str(one.get("resource_status_reason") or ""))
            for one in answer["resources"]
        ]

    def _compare(self, stack: Stack, address: str) -> None:
        """Compare what there is with what was asked for, and what Heat shows with what there is."""
        shown = self._heat.ask("GET", f"/stacks/{stack.name}/{stack.id}")["stack"]["outputs"]
        outputs = {one["output_key"]: one["output_value"] for one in shown}
        for number in range(stack.resources):
            name = stack.record(number, renamed=True)
            found = self._mistral.ask("GET", f"/environments/record-{name}")
            record = found["variables"] if found else {}
            record = json.loads(record) if isinstance(record, str) else record
            if record.get("Address") != address:
                stack.problems.append(f"record {number} is {record}, where {address} was asked for")
            if outputs.get(f"R{number}") != str(record.get("Revision")):
                stack.problems.append(f"Heat shows revision {outputs.get(f'R{number}')} of {record}")
            revision = 1 if number == stack.resources - 1 else 2
            if not stack.nudges and record.get("Revision") != revision:
                stack.problems.append(f"record {name} was made or changed once and is {record}")
        events = self._heat.ask("GET", f"/stacks/{stack.name}/{stack.id}/events?limit=1000")["events"]
        seen = [(one["resource_name"], one["resource_status"]) for one in events]
        stack.outcomes.update(one for one in seen if one[0] != stack.name and not one[1].endswith("IN_PROGRESS"))


class Traffic:
    """So many workers, each with one stack after the other, until enough requests were made.

    :param wanted: requests in all.
    :param timeout: the resources' ServiceTimeout.
    """

    def __init__(  # noqa: PLR0913 - by name
        self, session: Any, rng: random.Random, *, wanted: int, workers: int, resources: int, timeout: int
    ) -> None:
        self.stacks: list[Stack] = []
        self.owner = Owner(session)
        self._rng = rng
        self._wanted = wanted
        self._resources = resources
        self._timeout = timeout
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(workers)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def begin_no_more(self) -> None:
        """Let the stacks that there are come to their end."""
        self._wanted = 0

    def running(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def requests(self) -> int:
        """Return how many requests the finished operations stand for."""
        return sum(stack.operations * stack.resources for stack in self.stacks)

    def waiting(self) -> dict[str, float]:
        """Return which operations are under way, and since when."""
        return {f"{stack.name} {stack.doing}": stack.since for stack in self.stacks if stack.doing}

    def _next(self) -> Stack | None:
        with self._lock:
            if 3 * sum(stack.resources for stack in self.stacks) >= self._wanted:
                return None
            resources = self._rng.randint(1, self._resources)
            stack = Stack(f"chaos-{uuid.uuid4().hex[:8]}", resources, timeout=self._timeout)
            self.stacks.append(stack)
            return stack

    def _work(self) -> None:
        while (stack := self._next()) is not None:
            try:
                self.owner.live(stack)
            except Exception as error:
                stack.problems.append(f"{stack.doing}: {error!r}")
            stack.doing = ""
