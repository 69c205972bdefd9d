"""Stacks that are created, updated and deleted while the faults go on, by a tenant who waits and asks again."""

import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from customresource_bridge import errors
from customresource_bridge.clients.http import QuietAdapter, check, service_errors

PATIENCE = 240.0
"""Seconds without a change until a stack that Heat has forgotten is asked for again, as its owner would."""


@dataclass
class Stack:
    """One stack, what became of it, and whether its owner had to ask twice."""

    name: str
    resources: int
    id: str = ""
    operations: int = 0
    nudges: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    doing: str = ""
    since: float = 0.0

    def template(self, address: str) -> dict[str, Any]:
        """Return a template of so many records."""
        records = {
            f"R{number}": {
                "type": "Custom::Record",
                "properties": {
                    "ServiceToken": "mistral:record",
                    "ServiceTimeout": 150,
                    "Name": f"{self.name}-{number}",
                    "Address": address,
                },
            }
            for number in range(self.resources)
        }
        outputs = {name: {"value": {"get_attr": [name, "Revision"]}} for name in records}
        return {"heat_template_version": "2021-04-16", "resources": records, "outputs": outputs}


class Heat:
    """Heat's API, asked again where it is away: it is one of the services that are killed."""

    def __init__(self, session: Any) -> None:
        self._adapter = QuietAdapter(session=session, service_type="orchestration", timeout=60)

    def ask(self, method: str, path: str, body: Any = None, *, patience: float = 180.0) -> Any:
        """Return an answer's JSON, or None for a 404."""
        until = time.monotonic() + patience
        while True:
            try:
                with service_errors("Heat", method):
                    answer = self._adapter.request(path, method, json=body)
                check(answer, "Heat", method)
                return answer.json() if method == "GET" else {}
            except errors.NotFound:
                return None
            except (errors.ServiceUnavailable, errors.Conflict, errors.Forbidden, errors.Unauthorized):
                if time.monotonic() > until:
                    raise
                time.sleep(1)


class Traffic:
    """So many workers, each with one stack after the other, until enough requests were made.

    :param wanted: requests in all.
    """

    def __init__(self, session: Any, rng: random.Random, *, wanted: int, workers: int, resources: int) -> None:
        self.stacks: list[Stack] = []
        self._heat = Heat(session)
        self._rng = rng
        self._wanted = wanted
        self._resources = resources
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(workers)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

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
            stack = Stack(f"chaos-{uuid.uuid4().hex[:8]}", self._rng.randint(1, self._resources))
            self.stacks.append(stack)
            return stack

    def _work(self) -> None:
        while (stack := self._next()) is not None:
            try:
                self._live(stack)
            except Exception as error:
                stack.problems.append(f"{stack.doing}: {error!r}")
            stack.doing = ""

    def _live(self, stack: Stack) -> None:
        body = {"stack_name": stack.name, "disable_rollback": True, "timeout_mins": 60}
        self._begin(stack, "CREATE")
        answer = self._create(stack, {**body, "template": stack.template("192.0.2.1")})
        stack.id = answer
        self._until(stack, "CREATE", lambda: self._update(stack, "192.0.2.1"))
        self._begin(stack, "UPDATE")
        self._update(stack, "192.0.2.2")
        self._until(stack, "UPDATE", lambda: self._update(stack, "192.0.2.2"))
        self._begin(stack, "DELETE")
        self._delete(stack)
        self._until(stack, "DELETE", lambda: self._delete(stack))

    def _begin(self, stack: Stack, doing: str) -> None:
        stack.doing, stack.since = doing, time.monotonic()

    def _create(self, stack: Stack, body: dict[str, Any]) -> str:
        # A create whose answer was lost may have happened: look before asking again.
        until = time.monotonic() + 180
        while time.monotonic() < until:
            known = self._heat.ask("GET", f"/stacks/{stack.name}")
            if known:
                return str(known["stack"]["id"])
            try:
                self._heat.ask("POST", "/stacks", body, patience=0)
            except errors.ServiceError:
                time.sleep(1)
        raise AssertionError("Heat does not take the stack")

    def _update(self, stack: Stack, address: str) -> None:
        body = {"template": stack.template(address), "disable_rollback": True, "timeout_mins": 60}
        self._heat.ask("PUT", f"/stacks/{stack.name}/{stack.id}", body)

    def _delete(self, stack: Stack) -> None:
        self._heat.ask("DELETE", f"/stacks/{stack.name}/{stack.id}")

    def _until(self, stack: Stack, wanted: str, again: Callable[[], None]) -> None:
        """Wait until the operation is complete; where it failed or Heat forgot it, ask for it again."""
        deadline = time.monotonic() + 5 * PATIENCE
        asked = time.monotonic()
        while time.monotonic() < deadline:
            answer = self._heat.ask("GET", f"/stacks/{stack.name}/{stack.id}?resolve_outputs=false")
            status = str(answer["stack"]["stack_status"]) if answer else "DELETE_COMPLETE"
            complete = status == f"{wanted}_COMPLETE" or (stack.nudges and status == "UPDATE_COMPLETE" != wanted)
            if complete and not (wanted == "DELETE" and status != "DELETE_COMPLETE"):
                stack.operations += 1
                return
            failed = status.endswith("_FAILED")
            if failed or time.monotonic() - asked > PATIENCE:
                why = str(answer["stack"].get("stack_status_reason", ""))[:160] if answer else ""
                stack.nudges.append(f"{wanted}: {status} {why}")
                again()
                asked = time.monotonic()
            time.sleep(0.7)
        raise AssertionError(f"stuck: {wanted} never became complete")
