"""A stack on Heat's own tables whose operations' posts and workflows are the test's own, in their order."""

import json
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any

from heat_tables import Tables

from customresource_bridge import errors
from customresource_bridge.plugin.delivery import queue
from customresource_bridge.plugin.heat import resource_data
from customresource_bridge.plugin.heat.authority import NoAuthorityError
from customresource_bridge.plugin.lifecycle.plan import Absent, Goal
from customresource_bridge.plugin.lifecycle.spec import Delivery, Spec
from customresource_bridge.plugin.lifecycle.state import Entry, PhysicalResource, State
from customresource_bridge.plugin.lifecycle.wait_decision import Seen
from customresource_bridge.plugin.operation import Operation
from customresource_bridge.protocol import Response
from customresource_bridge.protocol.ids import BELL_QUEUE, default_physical_resource_id

QUEUE = Spec(resource_type="T", service_token="zaqar:q")
DIRECT = Spec(resource_type="T", service_token="mistral:w", delivery=Delivery.DIRECT)
OLD, NEW = (PhysicalResource(physical_resource_id=name, spec=QUEUE) for name in ("k1", "k2"))
REPLACED = Entry(physical_resource_id="k1", spec=QUEUE, superseded=True)


@dataclass
class Cloud(Tables):
    """One stack, whose signer is never made and whose posts come to nothing; and what was done for it, in order."""

    done: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    is_without_authority: bool = False
    fails: list[BaseException] = field(default_factory=list)
    """What the next attempts to send raise."""

    problem: str | errors.CustomResourceError | None = None
    """Why a request cannot be sent, or cannot be made."""
    workflow: tuple[Seen, Response | None] = (Seen.MISSING, None)
    """What a look at a workflow that is to be stopped tells, and what it came to."""

    def resource(self, name: str = "a") -> Any:
        return self.ref(
            self.row(name),
            name,
            verify_authority=self.verify_authority,
            zaqar=lambda: self,
            cfn_url=lambda: "http://heat:8000/v1",
            arn_path="/arn",
        )

    def verify_authority(self) -> None:
        if self.is_without_authority:
            raise NoAuthorityError("p")

    def start(self, ref: Any, goal: Goal, *, traversal: str = "op") -> Operation:
        operation = self.operation(ref, goal, traversal=traversal)
        operation.advance()
        return operation

    def operation(self, ref: Any, goal: Goal, *, traversal: str) -> Operation:
        return Operation(
            ref,
            goal,
            traversal=traversal,
            moved=lambda _state: None,
            warn=self.warnings.append,
            ways={Delivery.QUEUE: self.queue, Delivery.DIRECT: self.direct},
            now=self.clock,
        )

    def post(self, queue_name: str, _message: Any, *, ttl: int) -> None:
        """Take a message, as Zaqar's client does; a bell is heard by nobody."""
        assert ttl > 0
        if queue_name != BELL_QUEUE:
            self.send("posted")

    def send(self, what: str) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.done.append(what)

    @property
    def queue(self) -> Any:
        kept = {name: getattr(queue, name) for name in ("look", "cancel", "execution")}
        sends = {name: partial(getattr(queue, name), ensure_signer=self.sign) for name in ("send", "send_again")}
        return SimpleNamespace(check=self.check, **kept, **sends)

    def sign(self, _ref: Any) -> None:
        self.done.append("signer")

    def check(self, *_request: Any) -> str | None:
        if isinstance(self.problem, errors.CustomResourceError):
            raise self.problem
        return self.problem

    @property
    def direct(self) -> Any:
        return SimpleNamespace(
            check=lambda *_: None,
            send=lambda *_: self.send("started"),
            send_again=lambda *_: self.send("started"),
            look=lambda *_, interrupt: self.workflow if interrupt else (self._direct_seen(), None),
            cancel=lambda *_: None,
            execution=lambda *_: "e-1",
        )

    def _direct_seen(self) -> Seen:
        return Seen.RUNNING if "started" in self.done else Seen.MISSING


def answer(ref: Any, request_id: str, physical_resource_id: str, *, status: str = "SUCCESS") -> None:
    """Store an answer as a signal does."""
    text = json.dumps({"Status": status, "Reason": "x", "PhysicalResourceId": physical_resource_id})
    resource_data.write(ref.context, ref.row_id, resource_data.answer_key(request_id), text)


def deletes(cloud: Cloud, ref: Any, *, traversal: str = "delete") -> list[str]:
    """Delete the resource with a handler that does as it is told; return the ids that the Deletes named."""
    named: list[str] = []
    operation = cloud.start(ref, Absent(), traversal=traversal)
    while operation.pending is not None:
        named.append(operation.pending.physical_resource_id)
        answer(ref, operation.pending.request_id, named[-1])
        operation.advance()
    return named


def derived(ref: Any, request_id: str) -> str:
    return default_physical_resource_id(stack_id=ref.stack_id, logical_resource_id=ref.name, request_id=request_id)


def remember(ref: Any, state: State) -> None:
    resource_data.write(ref.context, ref.row_id, resource_data.STATE_KEY, state.to_json())
