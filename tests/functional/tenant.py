"""A plain tenant of the standalone cloud: stacks, workflows and queues, as the ordinary services give them."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from functional.pace import pauses
from keystoneauth1 import adapter, session

from customresource_bridge.clients.zaqar.zaqar import Zaqar

PATIENCE = 180.0


def until(happened: Callable[[], Any], what: str, *, seconds: float = PATIENCE) -> Any:
    """Return the first true answer of ``happened``; AssertionError names ``what`` if it does not come in time."""
    end, pause = time.monotonic() + seconds, pauses()
    while not (answer := happened()):
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(next(pause))
    return answer


@dataclass(frozen=True)
class Stack:
    """One stack of the tenant."""

    tenant: "Tenant"
    id: str
    name: str

    @property
    def queue(self) -> str:
        return f"heat-cr-{self.id}"

    def show(self) -> dict[str, Any]:
        return self._shown()

    def _shown(self, **how: Any) -> dict[str, Any]:
        shown: dict[str, Any] = self.tenant.heat.get(f"/stacks/{self.name}/{self.id}", params=how).json()["stack"]
        return shown

    def status(self) -> str:
        return str(self._shown(resolve_outputs=False)["stack_status"])

    def wait(self, *, seconds: float = PATIENCE) -> str:
        """Return the status as soon as it is no longer IN_PROGRESS."""

        def ended() -> str | None:
            status = self.status()
            return None if status.endswith("IN_PROGRESS") else status

        status: str = until(ended, f"{self.name} ends", seconds=seconds)
        return status

    def reason(self) -> str:
        return str(self.show()["stack_status_reason"])

    def outputs(self) -> dict[str, Any]:
        return {item["output_key"]: item.get("output_value") for item in self.show()["outputs"]}

    def resource(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.tenant.heat.get(f"/stacks/{self.name}/{self.id}/resources/{name}").json()
        resource: dict[str, Any] = found["resource"]
        return resource

    def update(self, template: Any, *, wait: bool = True, rollback: bool = False, **parameters: Any) -> str:
        body = {"template": load(template), "parameters": parameters, "disable_rollback": not rollback}
        self.tenant.heat.put(f"/stacks/{self.name}/{self.id}", json=body)
        return self.wait() if wait else ""

    def check(self) -> str:
        """Have Heat check the stack; return what it comes to."""
        self.tenant.heat.post(f"/stacks/{self.name}/{self.id}/actions", json={"check": None})
        return self.wait()

    def delete(self, *, wait: bool = True) -> None:
        self.tenant.heat.delete(f"/stacks/{self.name}/{self.id}", raise_exc=False)
        if wait:
            self.gone()

    def gone(self) -> None:
        """Wait until the stack is deleted."""
        until(lambda: self._came_to("DELETE"), f"{self.name} is deleted")
        status = self.status()
        assert status == "DELETE_COMPLETE", f"{self.name}: {status}: {self.reason()}"

    def rolled_back(self) -> str:
        """Return the status once a rollback has ended; between the failure and it the stack is FAILED for a moment."""
        until(lambda: self._came_to("ROLLBACK"), f"{self.name} is rolled back")
        return self.status()

    def _came_to(self, action: str) -> bool:
        return self.status() in {f"{action}_COMPLETE", f"{action}_FAILED"}


@dataclass
class Tenant:
    """The services in one project."""

    session: session.Session
    stacks: list[Stack] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.heat = self._adapter("orchestration")
        self.mistral = self._adapter("workflowv2")
        self.zaqar = self._adapter("messaging", "/v2")
        self.zaqar.additional_headers["Client-ID"] = str(uuid4())
        self.keystone = self._adapter("identity", "/v3")

    def _adapter(self, service_type: str, suffix: str = "", **more: Any) -> adapter.Adapter:
        endpoint = str(self.session.get_endpoint(service_type=service_type)).rstrip("/").removesuffix("/v3")
        return adapter.Adapter(self.session, endpoint_override=endpoint + suffix, connect_retries=1, **more)

    def create(
        self, template: Any, *, wait: bool = True, rollback: bool = False, minutes: int = 5, **parameters: Any
    ) -> Stack:
        """Create a stack, under a name that nobody used before, which has so many minutes for it."""
        name = f"e2e-{uuid4().hex[:10]}"
        body = {
            "stack_name": name,
            "template": load(template),
            "parameters": parameters,
            "disable_rollback": not rollback,
            "timeout_mins": minutes,
        }
        stack = Stack(self, self.heat.post("/stacks", json=body).json()["stack"]["id"], name)
        self.stacks.append(stack)
        if wait:
            stack.wait()
        return stack

    @contextmanager
    def cleaned(self) -> Iterator["Tenant"]:
        """Delete what was created within, all at once."""
        first = len(self.stacks)
        try:
            yield self
        finally:
            mine, self.stacks[first:] = self.stacks[first:], []
            for stack in mine:
                stack.delete(wait=False)
            for stack in mine:
                stack.gone()

    def upload(self, text: str) -> None:
        """Create the workflows of a definition, or bring them up to date."""
        head = {"Content-Type": "text/plain"}
        if self.mistral.post("/workflows", data=text, headers=head, raise_exc=False).status_code != 201:
            self.mistral.put("/workflows", data=text, headers=head)

    def queues(self) -> set[str]:
        found: set[str] = set()
        marker = ""
        while page := self.zaqar.get(f"/queues?limit=20&marker={marker}").json()["queues"]:
            found |= {queue["name"] for queue in page}
            marker = page[-1]["name"]
        return found

    def messages(self, queue: str) -> list[Any]:
        """Return the bodies of all messages of a queue, of those that are claimed too."""
        return [message.body for message in Zaqar.from_session(self.session).messages(queue, claimed=True)]

    def post(self, queue: str, body: Any) -> None:
        self.zaqar.post(f"/queues/{queue}/messages", json={"messages": [{"body": body, "ttl": 300}]})

    def environments(self) -> dict[str, dict[str, Any]]:
        found = self.mistral.get("/environments").json()["environments"]
        return {item["name"]: json.loads(item["variables"]) for item in found}

    def executions(self, workflow: str) -> list[dict[str, Any]]:
        path = f"/executions?workflow_name={workflow}&fields=id,state,workflow_name,params"
        return list(self.mistral.get(path).json()["executions"])


def load(template: Any) -> Any:
    """Return a template's text from its file, or the template as it is."""
    return template.read_text() if isinstance(template, Path) else template
